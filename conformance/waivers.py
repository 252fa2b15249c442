"""Waivers: known failures of a product version, each with a reason, a source and an expiry date.

A waiver turns one failure into `waived`: that of its requirement in its kind of room and, where
`finding` is given, only with those words in the finding's reason. A waiver that is expired, is
outdated (the requirement passes now) or matches nothing is a problem that fails the run, so that a
waiver file never outlives its facts.

The files of product versions, `waivers/plugnmeet-<version>.toml`, serve every combination of parts:
a waiver names the part with the weakness, and counts only where that part is the product's own.
`conformance.waiver_files` reads the files; docs/waivers.md describes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    field_validator,
    model_validator,
)

from conformance.catalogue import UnknownRequirement, catalogue
from conformance.verdicts import Finding, Verdict

SCHEMA_FILE = Path(__file__).with_name("waivers.schema.json")

Part = Literal["server", "client"]

Status = Literal["undisclosed", "reported", "public"]
"""Who knows about the weakness.

undisclosed: the makers have not been told; details are withheld until they have been.
reported: the makers have been told; details are withheld until they publish them.
public: details are public; `reason` and `source` give them.
"""

_WITHHELD: Final[Mapping[Status, str]] = {
    "undisclosed": "undisclosed: details are withheld until the makers have been told",
    "reported": "reported to the makers: details are withheld until they publish them",
}
"""How reports show a waiver without a reason."""

_DETAILS: Final = ("reason", "source", "finding")


class Waiver(BaseModel):
    """One known failure; the last day on which the waiver is valid is `expiry` (UTC)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        json_schema_extra={
            "if": {"properties": {"status": {"const": "public"}}},
            "then": {"required": ["reason", "source"]},
            "else": {"not": {"anyOf": [{"required": [name]} for name in _DETAILS]}},
        },
    )

    id: str = Field(description="the requirement that fails")
    room_kind: str = Field(description='the kind of room in which it fails, or "-"')
    status: Status = Field(
        default="public",
        description="who knows about the weakness. undisclosed: the makers have not been told; "
        "reported: the makers have been told; public: details are public. Only a public one has "
        "reason, source and finding",
    )
    reason: str | None = Field(
        default=None, min_length=10, description="why it fails and why that is accepted"
    )
    source: HttpUrl | None = Field(
        default=None, description="the issue, advisory, document or line of code that shows it"
    )
    expiry: date = Field(description="the last day on which the waiver is valid")
    subject: Part | None = Field(
        default=None, description="the part of the product with the weakness; none: in every run"
    )
    beside: Literal["reference", "product"] | None = Field(
        default=None,
        description="whose the other part must be for the weakness to show; none: either",
    )
    finding: str | None = Field(
        default=None, min_length=3, description="words that the finding's reason must contain"
    )

    @field_validator("id")
    @classmethod
    def _is_in_the_catalogue(cls, value: str) -> str:
        if value not in catalogue():
            raise ValueError(str(UnknownRequirement(value, catalogue().requirements)))
        return value

    @model_validator(mode="after")
    def _details_fit_the_status(self) -> Self:
        given = [name for name in _DETAILS if getattr(self, name) is not None]
        if self.status != "public" and given:
            raise ValueError(f'status is "{self.status}", so {", ".join(given)} must not be given')
        if self.status == "public":
            for name in ("reason", "source"):
                if name not in given:
                    raise ValueError(
                        f"{name} is missing. Add it, or withhold all details with "
                        'status = "undisclosed" (the makers do not know) or status = "reported"'
                    )
        if self.beside is not None and self.subject is None:
            raise ValueError("beside is given without subject: name the part with the weakness")
        return self

    def concerns(self, real: Mapping[Part, bool]) -> bool:
        """Whether the weakness can show in a run.

        Args:
            real: whether each part of the run is the product's own, and not the reference.
        """
        if self.subject is None:
            return True
        other: Part = "client" if self.subject == "server" else "server"
        return real[self.subject] and self.beside in (
            None,
            "product" if real[other] else "reference",
        )

    @property
    def place(self) -> tuple[str, str, str | None]:
        """Requirement, kind of room and part; a file has one waiver for each."""
        return self.id, self.room_kind, self.subject

    @property
    def label(self) -> str:
        """The waiver in one line, as reports show it."""
        source = f"{self.source}, " if self.source else ""
        words = self.reason or _WITHHELD[self.status]
        return f"{words} ({source}until {self.expiry.isoformat()})"

    def matches(self, finding: Finding) -> bool:
        """Whether the finding fails exactly as the waiver says."""
        return (
            finding.verdict in (Verdict.FAIL, Verdict.WAIVED)
            and (finding.requirement, finding.room_kind) == (self.id, self.room_kind)
            and (self.finding is None or self.finding in finding.reason)
        )


@dataclass(frozen=True)
class WaiverFile:
    """The waivers of one file; `product` is the product version that the file is about, if any."""

    waivers: Sequence[Waiver]
    product: str | None = None

    def about(self, real: Mapping[Part, bool]) -> list[Waiver]:
        """The waivers that concern a run; see `Waiver.concerns` for `real`."""
        return [waiver for waiver in self.waivers if waiver.concerns(real)]

    def version_problem(self, server_version: str | None) -> str | None:
        """Why these waivers do not fit the version of the tested server, or None."""
        if self.product is None or server_version is None or server_version == self.product:
            return None
        return (
            f"the waivers are for version {self.product}, and the tested server has version "
            f"{server_version}: give the waivers of that version"
        )


def apply_waivers(
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    *,
    today: date,
    partial: bool = False,
) -> tuple[list[Finding], list[str]]:
    """Mark waived findings; return all findings and the problems that fail the run.

    In a partial run, a waiver of a requirement that was not judged is no problem. A waiver of a
    requirement whose verdict is inconclusive or error is no problem either: nothing shows whether
    the waiver still holds, and the run is not green anyway. The function is idempotent.
    """
    valid = [w for w in waivers if w.expiry >= today]
    problems = [
        f"the waiver of {w.id} ({w.room_kind}) expired on {w.expiry.isoformat()}: "
        f"look at {_where_to_look(w)}, then renew it or remove it"
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
        problem = _outdated(waiver, findings, partial=partial)
        if problem:
            problems.append(problem)
    return result, problems


def today() -> date:
    """The current date in UTC, by which waivers expire."""
    return datetime.now(UTC).date()


def waivers_schema() -> dict[str, Any]:
    """The JSON Schema of a waiver file."""

    class Waivers(BaseModel):
        model_config = ConfigDict(extra="forbid", title="Waivers of plugnmeet-conformance")
        product: str | None = None
        waiver: list[Waiver] = []

    schema = Waivers.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _where_to_look(waiver: Waiver) -> str:
    if waiver.status == "undisclosed":
        return "the evidence of the finding"
    return str(waiver.source or "the report to the makers")


def _outdated(waiver: Waiver, findings: Sequence[Finding], *, partial: bool) -> str | None:
    """Why a waiver that has not expired no longer fits the findings, or None."""
    name = f"the waiver of {waiver.id} ({waiver.room_kind})"
    own = [f for f in findings if (f.requirement, f.room_kind) == (waiver.id, waiver.room_kind)]
    verdicts = {f.verdict for f in own}
    if not own:
        return None if partial else f"{name} matches nothing: this run did not judge it; remove it"
    if any(waiver.matches(f) for f in own) or verdicts & {Verdict.INCONCLUSIVE, Verdict.ERROR}:
        return None
    if verdicts & {Verdict.FAIL, Verdict.WAIVED}:
        return (
            f"{name} matches nothing: the requirement failed, but without {waiver.finding!r} in "
            "the reason; check whether this is a new failure"
        )
    if verdicts == {Verdict.NOT_APPLICABLE}:
        return f"{name} matches nothing: the requirement is not applicable; remove it"
    return f"{name} is outdated: the requirement passes now; remove it"


if __name__ == "__main__":
    import json

    SCHEMA_FILE.write_text(json.dumps(waivers_schema(), indent=2) + "\n", encoding="utf-8")
