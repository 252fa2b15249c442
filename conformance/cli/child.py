"""Commands that a command runs: where it is ended, they are ended too."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence

_GRACE_S = 15.0
"""How long an interrupted command may take to end."""


def status_of(command: Sequence[str]) -> int:
    """Run it to its end; where this process is ended earlier, the command ends in order, too."""
    child = subprocess.Popen(command)
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        return child.wait()
    except KeyboardInterrupt:  # at a terminal the command gets the signal too
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_S)
        raise
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
        signal.signal(signal.SIGTERM, before)
