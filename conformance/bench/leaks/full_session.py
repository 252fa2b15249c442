"""Full sessions: everything is used, everyone leaves, the session ends, the server cleans up.

One session of each kind of room serves the checks of the browsers after leaving (BLIND-1, 6) and of
the server's stores during the session and after its end (BLIND-2, 5). A server may take more than a
minute to clean up; other checks run meanwhile.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from conformance.bench.core.candidate_keys import session_of
from conformance.bench.core.claims import Observation
from conformance.bench.core.room import RoomFactory
from conformance.bench.leaks.browser import RIGHT, BrowserTraces
from conformance.bench.leaks.room_use import UsedRoom, use_everything
from conformance.bench.leaks.server_stores import (
    SECRET,
    StoreReader,
    StoreSnapshots,
    needles_of,
    store_canary_planted,
)
from conformance.observers.stores import media_files
from conformance.stacks.base import RoomKind
from conformance.verdicts import InsufficientEvidence


class FullSessions:
    """The full sessions of one worker; each runs once, at its first use. A context."""

    def __init__(self, rooms: RoomFactory) -> None:
        self._rooms = rooms
        self._left: dict[RoomKind, asyncio.Future[BrowserTraces]] = {}
        self._ended: dict[RoomKind, asyncio.Task[StoreSnapshots]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for task in self._ended.values():
            task.cancel()
        await asyncio.gather(*self._ended.values(), *self._left.values(), return_exceptions=True)

    async def left(self, kind: RoomKind) -> BrowserTraces:
        """The session of this kind after everyone has left.

        Raises:
            ControlFailed: the session could not be held.
        """
        self._begin(kind)
        return await asyncio.shield(self._left[kind])

    async def ended(self, kind: RoomKind) -> StoreSnapshots:
        """The same session, ended and cleaned up, with what the stores held of it.

        Raises:
            InsufficientEvidence: the stack gives no access to a kind of store.
            ControlFailed: the session could not be held.
        """
        self._begin(kind)
        return await asyncio.shield(self._ended[kind])

    def _begin(self, kind: RoomKind) -> None:
        if kind in self._ended:
            return
        left = self._left[kind] = asyncio.get_running_loop().create_future()
        task = self._ended[kind] = asyncio.create_task(self._live(kind, left))

        def told(ended: asyncio.Task[StoreSnapshots]) -> None:
            error = None if ended.cancelled() else ended.exception()
            if left.done():
                return
            if error is None:
                left.cancel()
            else:
                left.set_exception(error)

        task.add_done_callback(told)

    async def _live(self, kind: RoomKind, left: asyncio.Future[BrowserTraces]) -> StoreSnapshots:
        stack = self._rooms.stack
        try:
            stack.need("nats", "stores", "files", "logs")
        except InsufficientEvidence:
            await self._use_and_leave(kind, left)
            raise
        media_before = await media_files(stack)
        async with store_canary_planted(stack) as canary:
            async with self._rooms.opened(kind, watched=True) as room:
                used = await use_everything(room)
                needles = needles_of(used.secrets[RIGHT], session_of(used.people[0]), used.first)
                reader = StoreReader(stack, room, needles, canary)
                during = await reader.until_canary_found()
                left.set_result(await used.leave())
            end = await reader.until_cleared()
            after = await reader.until_canary_found()
        others = frozenset(stack.api.created - {room.room_id})
        took_place = _took_place(used, needles)
        return StoreSnapshots(kind, room, took_place, during, after, end, media_before, others)

    async def _use_and_leave(self, kind: RoomKind, left: asyncio.Future[BrowserTraces]) -> None:
        async with self._rooms.opened(kind, watched=True) as room:
            left.set_result(await (await use_everything(room)).leave())


def _took_place(used: UsedRoom, needles: dict[str, bytes]) -> Observation:
    if SECRET not in needles:
        return Observation(False, "the session has no secret to look for")
    return used.read
