"""`python -m conformance.cli.inventory.manifest` writes the manifest from the scenarios."""

from __future__ import annotations

from conformance.cli.inventory.checks import collect
from conformance.cli.paths import node_root, scenarios_folder
from conformance.manifest import FILE, ListedCheck, as_json, name_of


def from_scenarios() -> str:
    """The manifest of the scenarios as they are now.

    Raises:
        NotCollected: a scenario cannot be imported.
    """
    return as_json(
        ListedCheck(
            check=name_of(row.id), requirements=tuple(row.requirements), room_kind=row.room_kind
        )
        for row in collect(scenarios_folder(), node_root())
    )


if __name__ == "__main__":
    FILE.write_text(from_scenarios(), encoding="utf-8")
