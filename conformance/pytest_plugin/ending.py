"""A run that gets SIGTERM or SIGHUP ends as on Ctrl-C: it reports its verdicts and cleans up.

The whole process group of a cancelled CI job gets SIGTERM, often a few seconds after SIGINT. A
terminal that is closed sends SIGHUP. Without this plugin Python ends at once on either signal.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

import pytest

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Handles the signals while the checks run. A run that already ends ignores further signals."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._ends = False

    def pytest_sessionstart(self) -> None:
        """Handle the signals that are not ignored (as under `nohup`) and have no other handler."""
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
        if callable(on_ctrl_c):  # an event loop installs a handler of its own
            on_ctrl_c(signal.SIGINT, frame)
        else:  # ignored, as in a background job of a shell
            raise KeyboardInterrupt

    def pytest_keyboard_interrupt(self) -> None:
        """Ctrl-C came first: ignore the signals that a cancelled job gets while it ends."""
        self._ends = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Ignore signals while rooms close and the report is written, which takes seconds."""
        self._ends = True

    def pytest_unconfigure(self) -> None:
        """Restore the previous signal handlers."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
