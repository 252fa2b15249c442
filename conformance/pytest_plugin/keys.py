"""The stash keys of what the plugin's modules share on pytest's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conformance.exclusions import Exclusion
from conformance.reports.collect import Collector, WorkerNotes
from conformance.reports.model import Results
from conformance.reports.selftest.collect import FaultCollector
from conformance.reports.terminal.progress import LiveProgress
from conformance.reports.write import ReportNotWritten
from conformance.selftest import Fault
from conformance.selftest.choice import Choice
from conformance.waivers import WaiverFile


class Placement(NamedTuple):
    """Where a check belongs: its group of checks, and the id of its fault in a self-test."""

    group: str
    fault: str | None


NOTES = pytest.StashKey[WorkerNotes]()
"""What a process of the run reports in addition to its findings."""
COLLECTOR = pytest.StashKey[Collector]()
WAIVERS = pytest.StashKey[WaiverFile]()
EXCLUSIONS = pytest.StashKey[Sequence[Exclusion]]()
OUTCOME = pytest.StashKey[tuple[Results, Path | None, ReportNotWritten | None]]()
LIVE = pytest.StashKey[LiveProgress]()
OTHERS = pytest.StashKey[list[str]]()
CHOICE = pytest.StashKey[Choice]()
"""Only in a self-test: the faults that are chosen."""
FAULTS = pytest.StashKey[FaultCollector]()
"""Only in a self-test, and only in the process that started it."""
CURRENT_FAULT = pytest.StashKey[Fault | None]()
"""The fault of the check that runs now."""
FAULT_GROUPS = pytest.StashKey[dict[str, str]]()
"""The group's name by the fault's id, for the faults that share a worker."""
PLACEMENTS = pytest.StashKey[dict[str, Placement]]()
"""Where each check belongs, by its node id."""
HANDOVER = pytest.StashKey[Path]()
"""The folder in which the workers write their placements for the controller."""
OPEN_ROOMS = pytest.StashKey[dict[str, tuple[pytest.FixtureDef[Any], pytest.FixtureRequest]]]()
"""The shared rooms that this process has filled and not closed, by the fixture's name."""

FINDING = "plugnmeet-finding"
"""The property of a test's report that carries its findings; FAULT those of a self-test."""
FAULT = "plugnmeet-fault"
