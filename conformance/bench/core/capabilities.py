"""What a client can do: what it lacks in an encrypted room is tried in a plain room.

A driver says that its client lacks a function (`NotSupported`). That alone excuses nothing: a
client may lack it in encrypted rooms only, or its driver may be wrong. So the same is tried in a
plain room of the same server, by a person with the same role:

- The plain room lacks it too: the check is not applicable.
- The plain room has it: the encrypted room fails.
- The plain room cannot tell: inconclusive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core.alarm import HarnessAlarm, cancel_if_harness_fails
from conformance.clients.base import NotSupported
from conformance.stacks.base import RoomKind, StackError
from conformance.verdicts import ClaimFailed, InsufficientEvidence, NotApplicable

Action = Callable[[Any], Awaitable[None]]
"""What a participant does in the page of their client."""


class Person(Protocol):
    """What is read of a participant."""

    name: str
    kind: RoomKind
    is_admin: bool


class OpensRooms(Protocol):
    """What is used of a room factory; its rooms have `join`."""

    alarm: HarnessAlarm

    def opened(self, kind: RoomKind) -> AbstractAsyncContextManager[Any]:
        """A room of this kind that closes with the block."""
        ...


class Capabilities:
    """What the client of one room factory can do in a plain room, each tried once."""

    def __init__(self, factory: OpensRooms) -> None:
        self._factory = factory
        self._lacks: dict[tuple[str, bool], str | None] = {}
        self._one_at_a_time = asyncio.Lock()

    async def absent(self, person: Person, what: str, action: Action, reason: str) -> Exception:
        """What to raise where the client says that it cannot do this, for `reason`.

        Returns:
            NotApplicable: the plain room lacks it too.
            ClaimFailed: the plain room has it.
            InsufficientEvidence: the plain room could not tell.
        """
        if person.kind is RoomKind.PLAIN:
            return NotApplicable(f"the client cannot {what}: {reason}")
        place = (what, person.is_admin)
        async with self._one_at_a_time:
            if place not in self._lacks:
                try:
                    self._lacks[place] = await self._tried(person.is_admin, action)
                except (PlaywrightError, AssertionError, StackError) as error:
                    words = str(error).partition("\n")[0]
                    return InsufficientEvidence(
                        f"the client cannot {what}: {reason}; in a plain room it could not be "
                        f"tried: {words}"
                    )
        lacks = self._lacks[place]
        if lacks is None:
            return ClaimFailed(
                f"{person.name} cannot {what} in this {person.kind} room, and can in a plain room: "
                f"{reason}",
                [f"{person.name} can {what}, as in a plain room"],
            )
        return NotApplicable(
            f"the client cannot {what}: {reason}", confirmed=f"neither in a plain room: {lacks}"
        )

    async def _tried(self, is_admin: bool, action: Action) -> str | None:
        """Why the client cannot do it in a plain room; None if it can."""
        async with self._factory.opened(RoomKind.PLAIN) as room:
            person = await room.join("carl", is_admin=is_admin)
            if person.join_failure is not None:
                raise AssertionError(person.join_failure)
            try:
                await cancel_if_harness_fails(action(person), self._factory.alarm)
            except NotSupported as reason:
                return str(reason)
            return None
