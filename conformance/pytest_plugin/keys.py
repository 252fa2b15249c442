"""Where the parts of the plugin keep what they share, on pytest's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.exclusions import Exclusion
from conformance.reports.collect import Collector
from conformance.reports.model import Results
from conformance.reports.selftest.collect import FaultCollector
from conformance.reports.terminal.progress import LiveProgress
from conformance.reports.write import ReportNotWritten
from conformance.selftest.choice import Choice
from conformance.waivers import WaiverFile

COLLECTOR = pytest.StashKey[Collector]()
WAIVERS = pytest.StashKey[WaiverFile]()
EXCLUSIONS = pytest.StashKey[Sequence[Exclusion]]()
OUTCOME = pytest.StashKey[tuple[Results, Path | None, ReportNotWritten | None]]()
LIVE = pytest.StashKey[LiveProgress]()
OTHERS = pytest.StashKey[list[str]]()
CHOICE = pytest.StashKey[Choice]()
"""Only in a trial of the suite: the faults that are broken."""
FAULTS = pytest.StashKey[FaultCollector]()
"""Only in a trial, and only in the process that started it."""

FINDING = "plugnmeet-finding"
"""The property of a test's report that carries its findings; FAULT those of a trial."""
FAULT = "plugnmeet-fault"
