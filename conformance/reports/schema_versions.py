"""Reads results.json files of earlier schema versions.

Version 2 (current) calls the kind of room `room_kind`. Version 1 called it `channel`, and some
checks had other parameter ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic_core import from_json

CURRENT: Final = 2
"""The schema version that this program writes."""

RENAMED: Final[Mapping[str, str]] = {
    # since schema version 2: the id of a check names its kind of room, not its group
    "lived-simple": "simple",
    "lived-zero-knowledge": "zero-knowledge",
    "refusals-simple": "simple",
    "refusals-zero-knowledge": "zero-knowledge",
    "sessions-simple": "simple",
    "sessions-zero-knowledge": "zero-knowledge",
}
"""Parameter ids in the names of checks: the id in a version 1 file, and the current id."""

_RENAMED_ID: Final = re.compile(rf"(?<=[\[-])({'|'.join(map(re.escape, RENAMED))})(?=\]\Z)")


class NewerSchema(ValueError):
    """A newer version of this program wrote the file; the message is one line."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"schema version {version} is newer than this program, which reads up to version "
            f"{CURRENT}: update plugnmeet-conformance"
        )


def parse_results(text: bytes) -> Any:
    """Parse the JSON text of a results.json and convert it to the current schema version.

    The result is not validated: `conformance.reports.model.Results` does that.

    Raises:
        NewerSchema: the file has a newer schema version.
        ValueError: the text is not JSON.
    """
    data = from_json(text)
    version = data.get("schema_version") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        return data
    if version > CURRENT:
        raise NewerSchema(version)
    if version == 1:
        _to_version_2(data)
    return data


def parse_finding(text: bytes) -> Any:
    """Parse a finding.json, which has no version: `channel` is read as `room_kind`.

    Raises:
        ValueError: the text is not JSON.
    """
    data = from_json(text)
    if isinstance(data, dict):
        _rename_channel(data)
    return data


def current_check(check: str) -> str:
    """The current name of a check that a version 1 file names."""
    return _RENAMED_ID.sub(lambda found: RENAMED[found[1]], check)


def _to_version_2(data: dict[str, Any]) -> None:
    data["schema_version"] = 2
    verdict = data.get("verdict")
    lists = [data.get("findings")]
    if isinstance(verdict, dict):
        lists += [verdict.get("judgements"), verdict.get("checks")]
    for entry in _tables(lists):
        _rename_channel(entry)
        if isinstance(entry.get("check"), str):
            entry["check"] = current_check(entry["check"])


def _tables(lists: list[Any]) -> Iterator[dict[str, Any]]:
    for entries in lists:
        if isinstance(entries, list):
            yield from (entry for entry in entries if isinstance(entry, dict))


def _rename_channel(entry: dict[str, Any]) -> None:
    if "channel" in entry and "room_kind" not in entry:
        entry["room_kind"] = entry.pop("channel")
