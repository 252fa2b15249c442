"""Waivers: failures of a product version that are known, with a reason, a link and an end.

A waiver turns exactly one kind of failure into `waived`: that of its id in its room_kind (and,
where `finding` is given, with those words in the finding's reason). One that is expired, healed
or matches nothing is a problem that fails the run, so that the file never outlives its facts.

The files of product versions, `waivers/plugnmeet-<version>.toml`, serve every combination: each
waiver says which part has the weakness, and counts only where that part is the product's own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    field_validator,
    model_validator,
)

from conformance.catalogue import UnknownRequirement, catalogue
from conformance.verdicts import Finding, Verdict

SCHEMA_FILE = Path(__file__).with_name("waivers.schema.json")

EXAMPLE = (
    '[[waiver]] id = "WRONG-6", room_kind = "zero-knowledge", reason = "why it fails", '
    'source = "https://…", expiry = 2027-06-30'
)

PRIVATELY = "reported privately"
"""The whole reason of a waiver for a weakness that the makers may not have mended yet."""

Part = Literal["server", "client"]

_FOLDERS = (
    Path(__file__).with_name("data") / "waivers",
    Path(__file__).resolve().parents[1] / "waivers",
)


class WaiversInvalid(ValueError):
    """A waiver file that cannot be used: says the file, the line, what is wrong and the mend."""

    def __init__(self, path: Path, line: int | None, problem: str, mend: str) -> None:
        self.path, self.line, self.problem, self.mend = path, line, problem, mend
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {problem}. {mend}")


class Waiver(BaseModel):
    """One known failure; the last day on which it is valid is `expiry` (UTC)."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str = Field(description="the requirement that fails")
    room_kind: str = Field(description='the kind of room in which it fails, or "-"')
    reason: str = Field(min_length=10, description="why it fails and why that is accepted")
    source: HttpUrl | None = Field(
        default=None, description="the issue, advisory, document or line of code that shows it"
    )
    expiry: date = Field(description="the last day on which the waiver is valid")
    subject: Part | None = Field(
        default=None, description="the part of the product that has it; none: any run"
    )
    beside: Literal["reference", "product"] | None = Field(
        default=None, description="whose the other part has to be for it to show; none: anybody's"
    )
    finding: str | None = Field(
        default=None, min_length=3, description="words that the finding's reason has to contain"
    )

    @field_validator("id")
    @classmethod
    def _is_in_the_catalogue(cls, value: str) -> str:
        if value not in catalogue():
            raise ValueError(str(UnknownRequirement(value, catalogue().requirements)))
        return value

    @model_validator(mode="after")
    def _says_where_or_nothing(self) -> Self:
        private = self.reason.lower() == PRIVATELY
        if private and (self.source or self.finding):
            raise ValueError(f"a weakness {PRIVATELY} has neither source nor finding: no detail")
        if not private and self.source is None:
            raise ValueError("source is missing: say where the weakness can be read about")
        if self.beside is not None and self.subject is None:
            raise ValueError("beside without subject: say which part has it, then what is beside")
        return self

    def concerns(self, real: Mapping[Part, bool]) -> bool:
        """Whether it can show in a run in which these parts are the product's own."""
        if self.subject is None:
            return True
        other: Part = "client" if self.subject == "server" else "server"
        return real[self.subject] and self.beside in (
            None,
            "product" if real[other] else "reference",
        )

    @property
    def place(self) -> tuple[str, str, str | None]:
        """What it is about: id, room_kind and part; a file has one waiver for each."""
        return self.id, self.room_kind, self.subject

    @property
    def label(self) -> str:
        """The waiver in one line, as reports show it."""
        source = f"{self.source}, " if self.source else ""
        return f"{self.reason} ({source}until {self.expiry.isoformat()})"

    def matches(self, finding: Finding) -> bool:
        """Does the finding fail exactly as the waiver says?"""
        return (
            finding.verdict in (Verdict.FAIL, Verdict.WAIVED)
            and (finding.requirement, finding.room_kind) == (self.id, self.room_kind)
            and (self.finding is None or self.finding in finding.reason)
        )


@dataclass(frozen=True)
class WaiverFile:
    """The waivers of one file; `product` is the product's version that it is about, if any."""

    waivers: Sequence[Waiver]
    product: str | None = None

    def about(self, real: Mapping[Part, bool]) -> list[Waiver]:
        """Those that concern a run in which these parts are the product's own."""
        return [waiver for waiver in self.waivers if waiver.concerns(real)]

    def version_problem(self, server_version: str | None) -> str | None:
        """Why these waivers are not those of the server on trial, or None."""
        if self.product is None or server_version is None or server_version == self.product:
            return None
        return (
            f"the waivers are those of version {self.product}, the server on trial is "
            f"{server_version}: name the waivers of that version"
        )


def waivers_path(given: str) -> Path:
    """The file that `given` names: a path, or a product version whose waivers come with us.

    Raises:
        WaiversInvalid: there are none for that version.
    """
    path = Path(given)
    if not re.fullmatch(r"v?\d+\.\d+(\.\d+)?", given) or path.exists():
        return path
    name = f"plugnmeet-{given.removeprefix('v')}.toml"
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    known = sorted(
        file.stem.removeprefix("plugnmeet-")
        for folder in _FOLDERS
        for file in folder.glob("plugnmeet-*.toml")
    )
    raise WaiversInvalid(
        Path(name),
        None,
        f"there are no waivers for version {given}",
        f"Known versions: {', '.join(known) or 'none'}; or give the path of a file.",
    )


def waivers_schema() -> dict[str, Any]:
    """The JSON Schema of a waiver file."""

    class Waivers(BaseModel):
        model_config = ConfigDict(extra="forbid", title="Waivers of plugnmeet-conformance")
        product: str | None = None
        waiver: list[Waiver] = []

    schema = Waivers.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def load_waivers(path: Path) -> WaiverFile:
    """The waivers of a TOML file; `WaiversInvalid` names file, line, problem and mend."""
    text = _read(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise WaiversInvalid(
            path, int(found[1]) if found else None, f"not TOML: {error}", f"Write {EXAMPLE}."
        ) from error
    for key in data:
        if key not in ("waiver", "product"):
            line = _line_of(text, rf"^\s*\[*\s*{re.escape(key)}\b")
            raise WaiversInvalid(path, line, f"unknown key {key!r}", "Name each table [[waiver]].")
    product = data.get("product")
    if product is not None and not isinstance(product, str):
        line = _line_of(text, r"^\s*product")
        raise WaiversInvalid(path, line, "product is no text", 'Write product = "2.4.0".')
    entries = data.get("waiver", [])
    if not isinstance(entries, list):
        line = _line_of(text, r"^\s*\[\s*waiver")
        raise WaiversInvalid(
            path, line, "waiver is not a list", "Write [[waiver]], twice bracketed."
        )
    lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[", line)]
    waivers: list[Waiver] = []
    for index, entry in enumerate(entries):
        start = lines[index] if index < len(lines) else None
        waiver = _waiver(path, text, start, index, entry)
        if any(w.place == waiver.place for w in waivers):
            raise WaiversInvalid(
                path,
                start,
                f"{waiver.id} in room_kind {waiver.room_kind!r} is waived twice",
                "Remove one of the two.",
            )
        waivers.append(waiver)
    return WaiverFile(waivers, product)


def apply_waivers(
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    *,
    today: date,
    partial: bool = False,
) -> tuple[list[Finding], list[str]]:
    """Findings with the waived ones marked, and the problems that fail the run.

    In a partial run a waiver about something that was not judged is no problem. One whose
    requirement was judged inconclusive or ended in an error is neither healed nor confirmed; the
    run is not green anyhow. Applying the same waivers twice changes nothing.
    """
    valid = [w for w in waivers if w.expiry >= today]
    problems = [
        f"the waiver of {w.id} ({w.room_kind}) expired on {w.expiry.isoformat()}: "
        f"look at {w.source or 'what was reported'}, then renew it or remove it"
        for w in waivers
        if w.expiry < today
    ]
    result = []
    for finding in findings:
        waiver = next((w for w in valid if w.matches(finding)), None)
        if waiver is not None:
            finding = finding.model_copy(update={"verdict": Verdict.WAIVED, "waiver": waiver.label})
        elif finding.verdict is Verdict.WAIVED:
            finding = finding.model_copy(update={"verdict": Verdict.FAIL, "waiver": None})
        result.append(finding)
    for waiver in valid:
        problem = _stale(waiver, findings, partial=partial)
        if problem:
            problems.append(problem)
    return result, problems


def _stale(waiver: Waiver, findings: Sequence[Finding], *, partial: bool) -> str | None:
    """Why a waiver that is still valid by its date no longer tells the truth, or None."""
    name = f"the waiver of {waiver.id} ({waiver.room_kind})"
    own = [f for f in findings if (f.requirement, f.room_kind) == (waiver.id, waiver.room_kind)]
    verdicts = {f.verdict for f in own}
    if not own:
        return None if partial else f"{name} matches nothing: this run did not judge it; remove it"
    if any(waiver.matches(f) for f in own) or verdicts & {Verdict.INCONCLUSIVE, Verdict.ERROR}:
        return None
    if verdicts & {Verdict.FAIL, Verdict.WAIVED}:
        return (
            f"{name} matches nothing: it failed, but not with {waiver.finding!r} in the reason; "
            "look whether this is a new failure"
        )
    if verdicts == {Verdict.NOT_APPLICABLE}:
        return f"{name} matches nothing: the requirement is not applicable; remove it"
    return f"{name} is healed: the requirement passes now; remove it"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise WaiversInvalid(path, line, "not UTF-8", "Save the file as UTF-8.") from error
    except OSError as error:
        raise WaiversInvalid(
            path, None, f"cannot be read ({error.strerror})", "Give the path of a TOML file."
        ) from error


def _waiver(path: Path, text: str, start: int | None, index: int, entry: object) -> Waiver:
    try:
        waiver = Waiver.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        line = _line_of(text, rf"^\s*{re.escape(field)}\s*=", start) if field else start
        message = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise WaiversInvalid(
            path,
            line or start,
            f"waiver {index + 1}, {field or 'entry'}: {message}",
            _MENDS.get(first["type"], f"Write {EXAMPLE}."),
        ) from error
    room_kinds = catalogue()[waiver.id].room_kinds
    if waiver.room_kind not in room_kinds:
        raise WaiversInvalid(
            path,
            _line_of(text, r"^\s*room_kind\s*=", start) or start,
            f"waiver {index + 1}, room_kind: {waiver.id} is not judged in {waiver.room_kind!r}",
            f"Choose one of {', '.join(room_kinds)}.",
        )
    return waiver


_MENDS = {
    "extra_forbidden": (
        "Remove it; the fields are id, room_kind, subject, beside, reason, source (once: link), "
        "expiry and finding."
    ),
    "missing": f"Add it, as in {EXAMPLE}.",
    "url_parsing": "Give the address of the upstream issue.",
    "literal_error": 'Write subject = "server" or subject = "client", or leave it out.',
    "date_from_datetime_parsing": "Write a date, as in expiry = 2027-06-30.",
    "date_type": "Write a date, as in expiry = 2027-06-30.",
    "string_too_short": "Say why it fails and why that is accepted.",
}


def _line_of(text: str, pattern: str, start: int | None = None) -> int | None:
    """The first line, from line `start` on and within its table, that the pattern matches."""
    for number, line in enumerate(text.splitlines(), 1):
        if start is not None and number < start:
            continue
        if start is not None and number > start and re.match(r"\s*\[\[", line):
            return None
        if re.match(pattern, line):
            return number
    return None


if __name__ == "__main__":
    import json

    SCHEMA_FILE.write_text(json.dumps(waivers_schema(), indent=2) + "\n", encoding="utf-8")
