"""Disturbances that a run must tolerate: a loaded machine, a bad network, services that pause.

Under a disturbance a verdict may be right or inconclusive, never wrong; `conform soak` counts them.
Each disturbance is a small class. It is active between the run's first and last sanity check. If
the run dies, the guard of its processes or the end of its network namespace removes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from conformance.bench.disturbances.base import Disturbance, DisturbanceLog, Scene
from conformance.bench.disturbances.clock import ClockStep
from conformance.bench.disturbances.machine import BusyCores, SlowDisk
from conformance.bench.disturbances.network import BusCut, PacketLoss
from conformance.bench.disturbances.services import SfuPause

_KINDS: Final[tuple[type[Disturbance], ...]] = (
    BusyCores, PacketLoss, SlowDisk, SfuPause, BusCut, ClockStep,
)  # fmt: skip

DISTURBANCES: Final[Mapping[str, type[Disturbance]]] = {kind.name: kind for kind in _KINDS}
NAMES: Final = tuple(DISTURBANCES)


def needs_own_network(names: Sequence[str]) -> bool:
    """Does one of these disturb the network?"""
    return any(DISTURBANCES[name].own_network for name in names)


@asynccontextmanager
async def disturbed(names: Sequence[str], scene: Scene) -> AsyncIterator[DisturbanceLog]:
    """Keep these disturbances active. On exit, the log says what each did.

    Raises:
        StackError: a disturbance is impossible on this machine or with this stack.
    """
    log = DisturbanceLog()
    async with AsyncExitStack() as parts:
        for name in names:
            await parts.enter_async_context(DISTURBANCES[name](scene).in_force(log))
        yield log


__all__ = [
    "DISTURBANCES",
    "NAMES",
    "Disturbance",
    "DisturbanceLog",
    "Scene",
    "disturbed",
    "needs_own_network",
]
