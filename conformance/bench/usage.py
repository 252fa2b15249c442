"""What the bench itself costs: CPU seconds and memory of this process and all below it."""

from __future__ import annotations

import resource

import psutil


def cpu_seconds() -> float:
    """CPU time of this process and of all its ended and waited-for descendants."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
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
