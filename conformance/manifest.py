"""The manifest: every check that a full run has to judge, and for which requirements.

`manifest.json` is written from the scenarios (`python -m conformance.cli.inventory.manifest`) and
pinned by a test. What a run should have judged is read from it, and not from what was collected:
a check that somebody deleted, deselected or hid is missed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

FILE: Final = Path(__file__).with_name("manifest.json")


class ListedCheck(BaseModel):
    """One check: its name without folders, as in `test_flow.py::test_x[simple]`.

    `room_kind` is "-" where the kind of room does not matter.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    requirements: tuple[str, ...]
    room_kind: str

    @property
    def places(self) -> list[tuple[str, str]]:
        """The (requirement, room kind) pairs that the check judges."""
        return [(requirement, self.room_kind) for requirement in self.requirements]


def name_of(check: str) -> str:
    """The name of a check without the folders of its file."""
    file, colons, rest = check.partition("::")
    return f"{file.rpartition('/')[2]}{colons}{rest}"


@cache
def manifest() -> tuple[ListedCheck, ...]:
    """Every check of this version.

    Raises:
        ValueError: the file is not valid.
    """
    entries = json.loads(FILE.read_text(encoding="utf-8"))["checks"]
    return tuple(ListedCheck.model_validate(entry) for entry in entries)


def as_json(checks: Iterable[ListedCheck]) -> str:
    """The content of `manifest.json`: one check a line, so that changes are easy to merge."""
    lines = [json.dumps(one.model_dump(mode="json"), ensure_ascii=False) for one in checks]
    return '{"checks": [\n' + ",\n".join(sorted(lines)) + "\n]}\n"


def not_among(names: Iterable[str], checks: Sequence[ListedCheck]) -> list[ListedCheck]:
    """The checks that none of these names means."""
    known = {name_of(name) for name in names}
    return [one for one in checks if one.check not in known]
