"""Claims about what the server keeps: every store is read during a session and after its end.

These claims use a full session (`conformance.bench.leaks.full_session`). Another room stays open
all the time. Its title, its id and a planted marker are the canary: the same readers must find them
in each kind of store, or an absence proves nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tenacity import (
    AsyncRetrying,
    RetryError,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import published_keys
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import Room, unique
from conformance.bench.leaks.search import Hit, LeakSearcher, Searcher
from conformance.observers import stores
from conformance.observers.leaks import NeedleTooShort, derived_from
from conformance.observers.stores import Item, Store, Unread
from conformance.observers.stores.files import CANARY, is_media
from conformance.stacks.base import RoomKind, Stack
from conformance.stacks.control_api import ServerRefused
from conformance.verdicts import InsufficientEvidence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST_HITS: Final = 500
"""The number of finds kept per sweep; one is enough for a verdict."""
LOOK_AGAIN_S: Final = 2.0

SECRET: Final = "the secret"  # noqa: S105 - the name of a needle
SAID: Final = "what was said"
KEY: Final = "a key derived from the secret: "
_TITLE, _ROOM, _PLANTED = "canary: title", "canary: room id", "canary: planted"
_MARKERS: Final[Mapping[Store, str]] = {
    Store.NATS: _TITLE,
    Store.JETSTREAM: _TITLE,
    Store.REDIS: _PLANTED,
    Store.ROWS: _TITLE,
    Store.TABLES: _TITLE,
    Store.FILES: _PLANTED,
    Store.LOGS: _ROOM,
}
"""The parts of the canary that each kind of store must contain."""


@dataclass
class StoreSweep:
    """One reading of every store. `hits` by store; `unread`: what could not be read, and why."""

    stores: list[Store]
    items: Counter[Store] = field(default_factory=Counter)
    bytes_read: Counter[Store] = field(default_factory=Counter)
    hits: dict[Store, list[Hit]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    planted_media: int = 0

    def take(self, item: Item | Unread, hits: Iterable[Hit] = ()) -> None:
        """Count an item and keep its finds."""
        if isinstance(item, Unread):
            if len(self.unread) < MOST_HITS:
                self.unread.append(item)
            return
        self.items[item.store] += 1
        self.bytes_read[item.store] += len(item.data)
        kept = self.hits.setdefault(item.store, [])
        kept += list(hits)[: MOST_HITS - len(kept)]
        if item.store is Store.FILES and is_media(item):
            if item.name.rpartition("/")[2].startswith(CANARY):
                self.planted_media += 1
            else:
                self.media.append(item.name)

    def found(self, *prefixes: str, of: Callable[[Store], bool] = lambda _: True) -> list[str]:
        """Where a needle whose name has one of these prefixes was found, in words."""
        return [
            f"{store}: {hit}"
            for store, hits in self.hits.items()
            if of(store)
            for hit in hits
            if hit.needle.startswith(prefixes)
        ]

    @property
    def without_marker(self) -> list[Store]:
        """The stores in which the canary was not found."""
        return [
            store
            for store in self.stores
            if not any(hit.needle == _MARKERS[store] for hit in self.hits.get(store, []))
        ]

    def extent(self) -> str:
        """How much was read, in words."""
        return ", ".join(
            f"{store} {self.items[store]} items, {self.bytes_read[store]} bytes"
            for store in self.stores
        )


async def sweep(stack: Stack, searcher: Searcher, *, live_only: bool = False) -> StoreSweep:
    """Read every store once; `live_only` reads only stores with a connection."""
    swept = StoreSweep(stores.stores_of(stack))
    async for item in stores.read_everything(stack, live_only=live_only):
        if isinstance(item, Item):
            where = f"{item.name}+{item.offset}" if item.offset else item.name
            swept.take(item, await asyncio.to_thread(searcher.search, where, item.data))
            for why in searcher.unfinished():
                # Engine files contain many bytes that only look compressed. Everything that is
                # not wrapped was searched, and wrapped data up to the limits.
                if not item.store.keeps_remnants:
                    swept.take(Unread(item.store, item.name, why))
        else:
            swept.take(item)
    return swept


@dataclass(frozen=True)
class StoreCanary:
    """A room that stays open while the stores are read, and a planted marker."""

    title: str
    room_id: str
    planted: str

    @property
    def needles(self) -> dict[str, bytes]:
        """The canary's values, by name."""
        return {
            _TITLE: self.title.encode(),
            _ROOM: self.room_id.encode(),
            _PLANTED: self.planted.encode(),
        }


@asynccontextmanager
async def store_canary_planted(stack: Stack) -> AsyncIterator[StoreCanary]:
    """A canary that exists until the context ends.

    Raises:
        InsufficientEvidence: the marker could not be planted.
    """
    room_id = f"conform-canary-{secrets.token_hex(8)}"
    canary = StoreCanary(unique("canary"), room_id, unique("planted"))
    await stack.api.create_room(room_id, RoomKind.PLAIN, title=canary.title)
    try:
        async with AsyncExitStack() as plants:
            try:
                await plants.enter_async_context(stores.planted(stack, canary.planted))
            except OSError as error:
                raise InsufficientEvidence(
                    f"no marker could be planted next to the server's files: {error}"
                ) from error
            yield canary
    finally:
        with suppress(ServerRefused):
            await stack.api.end_room(room_id)


@dataclass
class StoreSnapshots:
    """A full session, and what the stores held of it.

    `media_before`: recordings that existed at its start; they belong to other rooms. `others`: ids
    of the run's other rooms. A recording that names one of them was made there meanwhile, and that
    room's own checks cover it.
    """

    kind: RoomKind
    room: Room
    used: Observation
    during: StoreSweep
    after: StoreSweep
    end: str
    media_before: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    def took_place(self) -> Claim:
        """One participant wrote something that another read, so there was something to keep."""

        async def look() -> Observation:
            return self.used

        return Claim("one said something in the session that the other read", look, [])

    def canary_found(self) -> Claim:
        """The same readers found the canary in each kind of store, both times."""

        async def look() -> Observation:
            missing = {
                when: [str(store) for store in swept.without_marker] for when, swept in self._both()
            }
            unread = [str(one) for _, swept in self._both() for one in swept.unread]
            media = all(
                swept.planted_media or Store.FILES not in swept.stores for _, swept in self._both()
            )
            return Observation(
                not any(missing.values()) and media,
                "; ".join(
                    f"{when}: {swept.extent()}; canary not found in: "
                    f"{', '.join(missing[when]) or 'none'}"
                    for when, swept in self._both()
                )
                + ("" if media else "; the planted recording was not found")
                + "".join(f"; not read: {one}" for one in unread[:5]),
                {"missing": missing, "unread": unread[:20]},
            )

        return Claim("another room's marker is found in each kind of store", look, [])

    def _both(self) -> list[tuple[str, StoreSweep]]:
        return [("during the session", self.during), ("after it", self.after)]

    def secret_is_nowhere(self) -> Claim:
        """During and after the session, no store holds the secret or a key of a known formula."""

        async def look() -> Observation:
            return _nowhere(self._both(), SECRET, KEY)

        return Claim("neither the secret nor a key derived from it is in any store", look, [])

    def nothing_said_is_kept(self) -> Claim:
        """After the end no chat text is in any store, not even in freed blocks."""

        async def look() -> Observation:
            return _nowhere([("after the session", self.after)], SAID)

        return Claim("after the session no store holds what was said", look, [])

    def no_secret_is_kept(self) -> Claim:
        """After the end, no store holds the secret or a key derived from it.

        In a simple room the server legitimately had the secret, in a file of a storage engine. In
        blocks that the engine has freed, the secret is reported but breaks nothing. A key derived
        from it is always a violation, because the server never needs one.
        """
        by_right = self.kind is RoomKind.SIMPLE

        async def look() -> Observation:
            after = [("after the session", self.after)]
            if not by_right:
                return _nowhere(after, SECRET, KEY)
            held = _nowhere(after, SECRET, of=lambda store: not store.keeps_remnants)
            keys = _nowhere(after, KEY)
            freed = self.after.found(SECRET, of=lambda store: store.keeps_remnants)
            seen = self.during.found(SECRET)
            return Observation(
                held.true and keys.true,
                f"{held.words}; keys: {keys.words}; {self.end}; the secret lay in "
                f"{len(seen)} places during the session, {len(freed)} freed blocks still hold it",
                {**held.data, "keys": keys.data, "freed": freed[:20], "during": seen[:20]},
                readable=held.readable and keys.readable,
            )

        return Claim("after the session no store holds the secret", look, [])

    def no_media_is_kept(self) -> Claim:
        """No file stored since the session's start begins as a recording does."""

        async def look() -> Observation:
            new = [name for name in self.after.media if name not in self.media_before]
            elsewhere = [name for name in new if any(other in name for other in self.others)]
            files = [name for name in new if name not in elsewhere]
            return Observation(
                not files and not self.after.unread,
                f"{len(files)} files that begin as a recording does"
                + (f": {', '.join(files[:5])}" if files else "")
                + (f", and {len(elsewhere)} of other rooms" if elsewhere else ""),
                {"files": files[:20], "of_other_rooms": elsewhere[:20]},
                readable=bool(files) or not self.after.unread,
            )

        return Claim("after the session no file of the server holds media", look, [])


def _nowhere(
    sweeps: Iterable[tuple[str, StoreSweep]],
    *prefixes: str,
    of: Callable[[Store], bool] = lambda _: True,
) -> Observation:
    found: list[str] = []
    unread: list[str] = []
    words: list[str] = []
    for when, swept in sweeps:
        hits = swept.found(*prefixes, of=of)
        found += [f"{when}: {hit}" for hit in hits]
        unread += [f"{when}: {what}" for what in swept.unread]
        words.append(f"{when}: {len(hits)} finds in {sum(swept.items.values())} items")
    if found:
        words.append(f"first: {found[0]}")
    if unread:
        words.append(f"not read: {len(unread)} places, first: {unread[0]}")
    data: dict[str, Any] = {"found": found[:20], "unread": unread[:20]}
    return Observation(
        not found and not unread, "; ".join(words), data, readable=bool(found) or not unread
    )


def needles_of(secret: str, session_id: str, said: str) -> dict[str, bytes]:
    """What no store may keep of a session: its secret, derived keys, and what was said."""
    needles = {SAID: said.encode()}
    if secret and session_id:
        needles |= {f"{KEY}{key.profile}": key.value for key in published_keys(secret, session_id)}
        # A very short secret occurs anywhere by chance; SECRET-3 covers that.
        with suppress(NeedleTooShort):
            known = set(needles.values())
            for one in derived_from(SECRET, secret, [session_id]):
                if one.value not in known:
                    needles[SECRET if one.what == SECRET else f"{KEY}{one.what}"] = one.value
    return needles


class StoreReader:
    """Searches every store for one session's needles, and for the canary."""

    def __init__(self, stack: Stack, room: Room, needles: dict[str, bytes], canary: StoreCanary):
        self._stack, self._room = stack, room
        self._searcher = LeakSearcher(needles | canary.needles, [room.session_id, room.title])

    async def until_canary_found(self) -> StoreSweep:
        """A sweep that found the canary everywhere, else the last one: engines write later."""
        return await _until_canary_found(self._stack, self._searcher)

    async def until_cleared(self) -> str:
        """Wait until the server has cleaned up after the session. Returns the result in words."""
        return await _cleared(self._stack, self._room, self._searcher)


async def _until_canary_found(stack: Stack, searcher: Searcher) -> StoreSweep:
    """A sweep that found the canary everywhere, else the last one: engines write later."""
    last = StoreSweep([])
    attempts = AsyncRetrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(timeouts.ON_DISK),
        wait=wait_fixed(LOOK_AGAIN_S),
    )

    async def once() -> list[Store]:
        nonlocal last
        last = await sweep(stack, searcher)
        return last.without_marker

    with suppress(RetryError):
        await attempts(once)
    return last


async def _cleared(stack: Stack, room: Room, searcher: Searcher) -> str:
    """Wait until the server has cleaned up after the session. Returns the result in words."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    attempts = AsyncRetrying(
        retry=retry_if_exception_type(_StillThere),
        stop=stop_after_delay(timeouts.CLEARED),
        wait=wait_fixed(LOOK_AGAIN_S),
    )

    async def once() -> None:
        names = await stores.stream_names(stack.endpoints)
        if any(room.room_id in name for name in names):
            raise _StillThere("the room's bucket")
        if (await sweep(stack, searcher, live_only=True)).found(SECRET):
            raise _StillThere("the secret")

    try:
        await attempts(once)
    except RetryError as error:
        what = error.last_attempt.exception()
        return f"{what} was still there {timeouts.CLEARED:.0f} s after the end"
    return f"cleaned up {loop.time() - began:.0f} s after the end"


class _StillThere(Exception):
    """Data of the session that must vanish after its end still exists."""
