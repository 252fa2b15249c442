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

_BEFORE = pytest.StashKey[dict[signal.Signals, Any]]()


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """What Ctrl-C does at this moment: an event loop has its own way."""
    _once_only()
    on_ctrl_c = signal.getsignal(signal.SIGINT)
    if callable(on_ctrl_c):
        on_ctrl_c(signal.SIGINT, frame)
    else:  # ignored, as in a job in the background of a shell
        raise KeyboardInterrupt


def _is_ending(_number: int, _frame: FrameType | None) -> None:
    """A run that ends already is not disturbed.

    Not SIG_IGN: what is started meanwhile would inherit it.
    """


def _once_only() -> None:
    for number in _SIGNALS:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, _is_ending)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Listen for those signals that are not ignored (as `nohup` does) or somebody else's."""
    if threading.current_thread() is not threading.main_thread():
        return
    before = session.config.stash.setdefault(_BEFORE, {})
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, _interrupt)


def pytest_keyboard_interrupt() -> None:
    """It was Ctrl-C: what else a cancelled job is sent comes while this run ends."""
    _once_only()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the process as it was."""
    for number, handler in config.stash.get(_BEFORE, {}).items():
        signal.signal(number, handler)
