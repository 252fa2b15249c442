"""What the bench itself costs: CPU seconds and memory of this process and all below it."""

from __future__ import annotations

import psutil


def cpu_seconds() -> float:
    """CPU time of this process, its living descendants, and what those have waited for."""
    total = 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
        total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


def memory_bytes() -> int:
    """Memory of this process and its living descendants; shared pages are counted once (PSS)."""
    total = 0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            info = process.memory_full_info()
            total += int(getattr(info, "pss", None) or info.uss)
        except psutil.Error:
            continue
    return total
