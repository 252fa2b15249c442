"""A run that is asked to end ends as on Ctrl-C: what was judged is reported, nothing is left.

A CI job that is cancelled gets SIGTERM, often a few seconds after SIGINT and by its whole process
group; a terminal that is closed sends SIGHUP. By itself Python would end at once at either.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

import pytest

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Listens while the checks run; a run that ends already is not disturbed any more."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._ends = False

    def pytest_sessionstart(self) -> None:
        """Listen for those signals that are not ignored (as `nohup` does) or somebody else's."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                self._before[number] = signal.signal(number, self._asked)

    def _asked(self, _number: int, frame: FrameType | None) -> None:
        if self._ends:
            return
        self._ends = True
        on_ctrl_c = signal.getsignal(signal.SIGINT)
        if callable(on_ctrl_c):  # an event loop has its own way
            on_ctrl_c(signal.SIGINT, frame)
        else:  # ignored, as in a job in the background of a shell
            raise KeyboardInterrupt

    def pytest_keyboard_interrupt(self) -> None:
        """It was Ctrl-C: what else a cancelled job is sent comes while this run ends."""
        self._ends = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """All is judged: the people go home and the report is written, which takes seconds."""
        self._ends = True

    def pytest_unconfigure(self) -> None:
        """Leave the process as it was."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
