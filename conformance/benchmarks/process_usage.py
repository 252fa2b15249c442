"""The harness' own cost: CPU seconds and memory of this process and its descendants."""

from __future__ import annotations

import psutil


def cpu_seconds() -> float:
    """CPU time of this process, its running descendants, and the ended children of all of these."""
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
    """Memory of this process and its running descendants; shared pages count once (PSS)."""
    total = 0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            info = process.memory_full_info()
            total += int(getattr(info, "pss", None) or info.uss)
        except psutil.Error:
            continue
    return total
