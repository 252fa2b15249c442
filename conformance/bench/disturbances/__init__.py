"""Conditions that a run has to bear: a loaded machine, a bad network, services that stumble.

A verdict under a disturbance is right or inconclusive, never wrong; `conform soak` counts. Each
is a small class, in force between the run's first and last sanity check, and undone when the run
dies: by the guard of its processes, or with the network namespace that only this run lives in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from conformance.bench.disturbances.base import Disturbance, Scene, Told
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
    """Is one of these a disturbance of the network?"""
    return any(DISTURBANCES[name].own_network for name in names)


@asynccontextmanager
async def disturbed(names: Sequence[str], scene: Scene) -> AsyncIterator[Told]:
    """These disturbances are in force; what each did is told afterwards.

    Raises:
        StackError: one cannot be had on this machine or with this stack.
    """
    told = Told()
    async with AsyncExitStack() as parts:
        for name in names:
            await parts.enter_async_context(DISTURBANCES[name](scene).in_force(told))
        yield told


__all__ = [
    "DISTURBANCES",
    "NAMES",
    "Disturbance",
    "Scene",
    "Told",
    "disturbed",
    "needs_own_network",
]
