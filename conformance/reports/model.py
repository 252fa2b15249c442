"""The results of a run as data: the only source of all report formats.

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
    """The number of pictures of `sender` that `viewer` saw over time.

    `points` are (seconds since the room was filled, distinct pictures so far), and empty if the
    viewer never saw any. `viewer_key` and `sender_key` say which key each participant has.
    """

    room: Text
    viewer: Text
    viewer_key: Key
    sender: Text
    sender_key: Key
    points: list[tuple[float, int]] = Field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of distinct pictures at the end."""
        return self.points[-1][1] if self.points else 0


class Results(_Data):
    """One run.

    `started` is ISO 8601 in UTC. `command` repeats the run. `selection` is the selection of a
    partial run. `exclusions` are the requirements that the run left out by name. `profile` is the
    key of the profile that judged the run; None is the whole catalogue. `versions` has the version
    of every part. `broken_rules` are the rules that were broken on purpose. `disturbances` are the
    conditions of the run, with what they did. `catalogue` is the catalogue of the run, so that an
    old file can still be read.
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
        """The ids that no scenario of the run's version covers, each with the reason."""
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
