"""Waivers: known failures of a product version, each with a reason, a source and an expiry date.

A waiver names the checks of a requirement that fail, and the claims in them that do not hold. It
turns exactly these failures into `waived`: another check of the requirement, or another claim of
the same check, fails as ever. `conformance.waiving` applies waivers to the findings of a run.

The files of product versions, `waivers/plugnmeet-<version>.toml`, serve every combination of parts:
a waiver names the part with the weakness, and counts only where that part is the product's own.
`conformance.waiver_files` reads the files; docs/waivers.md describes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    field_validator,
    model_validator,
)

from conformance.catalogue import UnknownRequirement, catalogue
from conformance.verdicts import Finding
from conformance.waived_claims import check_name, is_hashed, names

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


def _is_the_name_of_a_check(name: str) -> str:
    if not re.fullmatch(r"test_\w+(\[[^\]]+\])?", name):
        raise ValueError(
            f"{name!r} is no check: write the function of a scenario, as in test_sees_nobody, "
            "with its parameters in brackets where only some of them fail"
        )
    return name


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
    checks: list[Annotated[str, AfterValidator(_is_the_name_of_a_check)]] = Field(
        min_length=1,
        description="the checks that fail: functions of scenarios, with or without parameters "
        "in brackets; no other check of the requirement is waived",
    )
    claims: list[Annotated[str, AfterValidator(check_name)]] = Field(
        min_length=1,
        description="the claims that do not hold in these checks: each a sentence, a /pattern/, "
        "or sha256:SALT:DIGEST of the sentence; no other claim is waived",
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
        if self.status != "public" and not all(is_hashed(one) for one in self.claims):
            raise ValueError(
                f'status is "{self.status}", so claims must be hashes: '
                "`conform waive RUN --hashed` writes them"
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
    def name(self) -> str:
        """The waiver in messages: its requirement and kind of room."""
        return f"the waiver of {self.id} ({self.room_kind})"

    @property
    def label(self) -> str:
        """The waiver in one line, as reports show it."""
        source = f"{self.source}, " if self.source else ""
        words = self.reason or _WITHHELD[self.status]
        return f"{words} ({source}until {self.expiry.isoformat()})"

    def is_twice(self, other: Waiver) -> bool:
        """Whether both waive the same check of the same part."""
        places = [(one.id, one.room_kind, one.subject) for one in (self, other)]
        return places[0] == places[1] and bool(set(self.checks) & set(other.checks))

    def is_about(self, finding: Finding) -> bool:
        """Whether the finding is of the requirement, the kind of room and a check of the waiver."""
        place = (finding.requirement, finding.room_kind)
        return place == (self.id, self.room_kind) and any(
            is_check(name, finding.check) for name in self.checks
        )

    def accepts(self, claim: str) -> bool:
        """Whether the waiver names this claim, which did not hold."""
        return any(names(one, claim) for one in self.claims)


def is_check(name: str, check: str) -> bool:
    """Whether a finding's check (a test id) is the one that a waiver calls by this name."""
    own = check.rpartition("::")[2]
    return name == own or name == own.partition("[")[0]


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


if __name__ == "__main__":
    import json

    SCHEMA_FILE.write_text(json.dumps(waivers_schema(), indent=2) + "\n", encoding="utf-8")
