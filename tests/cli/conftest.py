"""The checks of the scenarios, collected once for all tests of the commands."""

from __future__ import annotations

import pytest

from conformance.cli.inventory.checks import CheckRow, collect
from conformance.cli.paths import node_root, scenarios_folder


@pytest.fixture(scope="session")
def checks() -> list[CheckRow]:
    """The checks that `conform list checks` finds."""
    return collect(scenarios_folder(), node_root())
