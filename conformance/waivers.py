"""Waivers: failures of a product version that are known, with a reason, a link and an end.

A waiver turns exactly one kind of failure into `waived`: that of its id in its channel (and,
where `finding` is given, with those words in the finding's reason). One that is expired, healed
or matches nothing is a problem that fails the run, so that the file never outlives its facts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, field_validator

from conformance.catalogue import UnknownRequirement, catalogue
from conformance.verdicts import Finding, Verdict

SCHEMA_FILE = Path(__file__).with_name("waivers.schema.json")

EXAMPLE = (
    '[[waiver]] id = "WRONG-6", channel = "zero-knowledge", reason = "why it fails", '
    'link = "https://…", expiry = 2027-06-30'
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
    channel: str = Field(description='the kind of room in which it fails, or "-"')
    reason: str = Field(min_length=10, description="why it fails and why that is accepted")
    link: HttpUrl = Field(description="the upstream issue or advisory")
    expiry: date = Field(description="the last day on which the waiver is valid")
    finding: str | None = Field(
        default=None, min_length=3, description="words that the finding's reason has to contain"
    )

    @field_validator("id")
    @classmethod
    def _is_in_the_catalogue(cls, value: str) -> str:
        if value not in catalogue():
            raise ValueError(str(UnknownRequirement(value, catalogue().requirements)))
        return value

    @property
    def label(self) -> str:
        """The waiver in one line, as reports show it."""
        return f"{self.reason} ({self.link}, until {self.expiry.isoformat()})"

    def matches(self, finding: Finding) -> bool:
        """Does the finding fail exactly as the waiver says?"""
        return (
            finding.verdict in (Verdict.FAIL, Verdict.WAIVED)
            and (finding.requirement, finding.channel) == (self.id, self.channel)
            and (self.finding is None or self.finding in finding.reason)
        )


def waivers_schema() -> dict[str, Any]:
    """The JSON Schema of a waiver file."""

    class WaiverFile(BaseModel):
        model_config = ConfigDict(extra="forbid", title="Waivers of plugnmeet-conformance")
        waiver: list[Waiver] = []

    schema = WaiverFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def load_waivers(path: Path) -> list[Waiver]:
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
        if key != "waiver":
            line = _line_of(text, rf"^\s*\[*\s*{re.escape(key)}\b")
            raise WaiversInvalid(path, line, f"unknown key {key!r}", "Name each table [[waiver]].")
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
        if any((w.id, w.channel) == (waiver.id, waiver.channel) for w in waivers):
            raise WaiversInvalid(
                path,
                start,
                f"{waiver.id} in channel {waiver.channel!r} is waived twice",
                "Remove one of the two.",
            )
        waivers.append(waiver)
    return waivers


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
        f"the waiver of {w.id} ({w.channel}) expired on {w.expiry.isoformat()}: "
        f"look at {w.link}, then renew it or remove it"
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
    name = f"the waiver of {waiver.id} ({waiver.channel})"
    own = [f for f in findings if (f.requirement, f.channel) == (waiver.id, waiver.channel)]
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
    channels = catalogue()[waiver.id].channels
    if waiver.channel not in channels:
        raise WaiversInvalid(
            path,
            _line_of(text, r"^\s*channel\s*=", start) or start,
            f"waiver {index + 1}, channel: {waiver.id} is not judged in {waiver.channel!r}",
            f"Choose one of {', '.join(channels)}.",
        )
    return waiver


_MENDS = {
    "extra_forbidden": "Remove it; the fields are id, channel, reason, link, expiry and finding.",
    "missing": f"Add it, as in {EXAMPLE}.",
    "value_error": "Correct the id.",
    "url_parsing": "Give the address of the upstream issue.",
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
