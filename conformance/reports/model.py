"""What a run found, as data: the one source of every report format.

`results.json` is this model; its JSON Schema is `results.schema.json` beside this file. Files of
earlier schema versions are converted by `conformance.reports.schema_versions`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from conformance.catalogue import Catalogue, catalogue
from conformance.printable import printable
from conformance.reports.figures import Figures
from conformance.reports.schema_versions import parse_results
from conformance.verdicts import Finding, RunVerdict, Text

Key = Literal["right", "wrong", "none"]

SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Shot(_Data):
    """A screenshot of one participant's page; `path` is relative to the run's folder."""

    caption: Text
    room: Text
    participant: Text
    path: Text
    key: Key | None = None


class Series(_Data):
    """Pictures of `sender` that `viewer` saw over time.

    `points` are (seconds since the room was filled, distinct pictures so far); `viewer_key` and
    `sender_key` say which key each of them typed. Empty `points` mean: never saw any.
    """

    room: Text
    viewer: Text
    viewer_key: Key
    sender: Text
    sender_key: Key
    points: list[tuple[float, int]] = Field(default_factory=list)

    @property
    def total(self) -> int:
        """Distinct pictures in the end."""
        return self.points[-1][1] if self.points else 0


class Results(_Data):
    """One run.

    `started` is ISO 8601 in UTC, `command` reproduces the run, `selection` is what a partial run
    was narrowed to, `exclusions` what it left out by name, `profile` the key of the profile that
    it is judged by (None: all of the catalogue), `versions` those of everything that took part,
    `disturbances` the conditions that it was judged under, with what they did.
    `catalogue` is the one that the run was judged by, so that an old file can still be read.
    """

    schema_version: Literal[2] = 2
    run_id: Text
    started: Text
    command: Text
    stack: Text
    client: Text
    verdict: RunVerdict
    findings: list[Finding] = Field(default_factory=list)
    profile: Text | None = None
    selection: Text = ""
    exclusions: list[Text] = Field(default_factory=list)
    versions: Annotated[dict[str, str], BeforeValidator(printable)] = Field(default_factory=dict)
    broken_rules: list[Text] = Field(default_factory=list)
    disturbances: list[Text] = Field(default_factory=list)
    figures: Figures = Field(default_factory=Figures)
    series: list[Series] = Field(default_factory=list)
    shots: list[Shot] = Field(default_factory=list)
    catalogue: Catalogue = Field(default_factory=catalogue)

    def not_yet(self) -> dict[str, str]:
        """The ids that no scenario of this version covers, each with the reason."""
        return {
            r.id: r.not_yet for r in self.catalogue.requirements.values() if r.not_yet is not None
        }


def results_schema() -> dict[str, Any]:
    """The JSON Schema of results.json."""
    schema = Results.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def load_results(path: Path) -> Results:
    """Read a results.json of the current or an earlier schema version.

    Raises:
        OSError: the file cannot be read.
        NewerSchema: a newer version of this program wrote it.
        ValueError: the file does not hold results.
    """
    return Results.model_validate(parse_results(path.read_bytes()))


if __name__ == "__main__":
    import json

    SCHEMA_FILE.write_text(json.dumps(results_schema(), indent=2) + "\n", encoding="utf-8")
