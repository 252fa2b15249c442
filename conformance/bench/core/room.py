"""A room on the stack under test, and how people come into it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from conformance.bench.core import timeouts
from conformance.bench.core.claims import alarm, ledger, unless_alarm
from conformance.bench.core.participant import Participant
from conformance.bench.core.retry import patiently
from conformance.bench.core.sfu_media import Media
from conformance.clients import network
from conformance.clients.base import ClientDriver, Entry, NotSupported
from conformance.clients.browser import OpenPage, open_page
from conformance.observers.marks import MarkObserver, init_script, mark_for
from conformance.observers.page import transport
from conformance.observers.page.changes import PageChanges
from conformance.observers.page.made_keys import MadeKeys
from conformance.observers.page.outgoing import Outgoing
from conformance.observers.page.traffic import TrafficLog
from conformance.observers.sfu_tap import Outsider, OutsiderFailed
from conformance.stacks.base import RoomKind, Stack, StackError
from conformance.stacks.control_api import ServerRefused
from conformance.verdicts import BenchError, Thin


def canary(what: str) -> str:
    """A random marker: finding it where it was not put means a leak."""
    return f"{what}-{secrets.token_hex(12)}"


@dataclass
class Room:
    """A room of one kind, with the people that this run brought into it."""

    room_id: str
    kind: RoomKind
    title: str
    created: dict[str, Any]
    factory: RoomFactory
    people: list[Participant] = field(default_factory=list)
    outsider: Outsider | None = None
    """The keyless receiver that keeps what the SFU forwards; see `let_outsider_in`."""
    watches_keys: bool = False
    """Whether the keys that clients make are watched (`conformance.observers.page.made_keys`)."""
    no_outsider: str = "nobody kept what the SFU forwarded in this room"
    watched: bool = False
    """Everything that leaves the people's browsers is kept (observers/page/outgoing.py)."""
    _pages: list[OpenPage] = field(default_factory=list)

    @property
    def session_id(self) -> str:
        """The session's id, as createRoom answered it."""
        return str((self.created.get("room_info") or {}).get("sid") or self.room_id)

    async def join(
        self,
        name: str,
        *,
        secret: str | None = None,
        is_admin: bool = False,
        mistyped: str | None = None,
        prepare: Callable[[BrowserContext], Awaitable[object]] | None = None,
        within: float = timeouts.JOIN,
    ) -> Participant:
        """Bring one person in; what keeps them out is kept in `join_failure`, not raised.

        `secret` is what the person types if the client asks; None goes on without one. Who
        `mistyped` it first notices before joining, loads the page anew and is asked again.
        `prepare` has the person's browser before the client's page is opened in it. `within`:
        seconds from pressing join to being in.

        Raises:
            BenchError: the bench could not open a page at all.
        """
        factory = self.factory
        user_id = f"{name}-{secrets.token_hex(3)}"
        token = await factory.stack.api.join_token(self.room_id, user_id, name, is_admin=is_admin)
        person, opened = await self._newcomer(name, user_id, token, secret)
        self._pages.append(opened)
        if prepare is not None:
            await prepare(opened.context)
        self.people.append(person)
        url = factory.driver.url(factory.stack.endpoints.page_url, token)
        await self._come_in(
            person, opened, lambda: person.page.goto(url, wait_until="commit"), within, mistyped
        )
        if person.join_failure is None:
            factory.note_join(person.join_seconds)
        return person

    async def reload(self, person: Participant) -> None:
        """Have this person's page loaded anew, and them come in again; kept as in `join`."""
        opened = next(page for page in self._pages if page.page is person.page)
        person.entered = None
        await self._come_in(person, opened, lambda: self._load_anew(person))

    async def _load_anew(self, person: Participant) -> None:
        """Reload, and once more where a server has not noticed yet that the old page is gone.

        plugNmeet-server v2.4.0 refuses who still counts as there (pkg/controllers/auth.go); people
        then load the page again. A refusal that stays is the last word.
        """
        end = time.monotonic() + timeouts.GONE
        while True:
            await person.page.reload(wait_until="commit")
            person.entered = await person.driver.entry(person.page, timeouts.ENTRY)
            if person.entered.entry is not Entry.ERROR or time.monotonic() >= end:
                return

    async def _newcomer(
        self, name: str, user_id: str, token: str, secret: str | None
    ) -> tuple[Participant, OpenPage]:
        """Somebody who stands before an empty page, with all observers in place."""
        factory = self.factory
        driver = factory.driver
        scripts = [transport.init_script(), network.INIT_SCRIPT, *driver.init_scripts()]
        mark = mark_for(factory.next_index(), factory.salt)
        opened = await open_page(
            factory.browser, name, ignore_https_errors=factory.stack.ignore_https_errors
        )
        opened.on_crash = alarm.ring
        changes = PageChanges()
        await changes.attach(opened.context)
        made_keys = MadeKeys() if self.watches_keys else None
        if made_keys is not None:
            await made_keys.attach(opened.context)
        marks = await MarkObserver.attach(opened.context, mark)
        for script in (init_script(mark), *scripts):
            await opened.context.add_init_script(script)
        person = Participant(
            name=name,
            user_id=user_id,
            mark=mark,
            page=opened.page,
            driver=driver,
            marks=marks,
            traffic=await TrafficLog.attach(opened.page),
            changes=changes,
            secret=secret,
            made_keys=made_keys,
            token=token,
            outgoing=await Outgoing.attach(opened.context) if self.watched else None,
        )
        return person, opened

    async def _come_in(
        self,
        person: Participant,
        opened: OpenPage,
        go: Callable[[], Awaitable[object]],
        within: float = timeouts.JOIN,
        mistyped: str | None = None,
    ) -> None:
        began = time.monotonic()
        try:
            await unless_alarm(self._enter(person, go, within, mistyped))
        except NotSupported as refusal:
            person.turned_away = str(refusal)
            person.join_failure = f"the client lets nobody in this way: {refusal}"
        except (PlaywrightError, AssertionError) as error:
            opened.check()
            self.factory.stack.check()
            ended = await _ended(person)
            person.late = ended is None and isinstance(error, PlaywrightTimeoutError)
            first_line = str(error).partition("\n")[0]
            person.join_failure = f"{person.name} did not get in: {ended or first_line}"
        person.joined_at = time.monotonic()
        person.join_seconds = person.joined_at - began

    async def _enter(
        self,
        person: Participant,
        go: Callable[[], Awaitable[object]],
        within: float,
        mistyped: str | None,
    ) -> None:
        driver, page = person.driver, person.page
        await go()
        person.entered = await driver.entry(page, timeouts.ENTRY)
        if mistyped is not None and person.entered.entry is Entry.PROMPT:
            await driver.give_secret(page, mistyped)
            await driver.entry(page, timeouts.ENTRY)
            await self._load_anew(person)
        if person.entered.entry is Entry.ERROR:
            raise PlaywrightError(f"the client shows an error page: {person.entered.text}")
        if person.entered.entry is Entry.PROMPT:
            seen = await transport.look(page)
            person.media_before_prompt = sum(t.packets for t in seen.outbound())
            await driver.give_secret(page, person.secret)
        await driver.join(page, within)

    async def let_outsider_in(self) -> None:
        """From now on keep what the SFU forwards; why there is no outsider is kept, not raised."""
        stack = self.factory.stack
        if "livekit" in stack.lacks:
            self.no_outsider = stack.lacks["livekit"]
            return
        try:
            self.outsider = await Outsider.join(
                self.factory.browser,
                stack.endpoints,
                self.room_id,
                ignore_https_errors=stack.ignore_https_errors,
            )
        except (OutsiderFailed, StackError) as failure:
            self.no_outsider = str(failure)

    async def join_all(
        self, *names: str, secret: str | None = None, admin: str | None = None
    ) -> list[Participant]:
        """Bring several people in at the same time, all with the same secret."""
        return list(
            await asyncio.gather(
                *(self.join(name, secret=secret, is_admin=name == admin) for name in names)
            )
        )

    def media(self, name: str, people: Sequence[Participant]) -> Media:
        """What the SFU forwarded of these people; `name` is what reports call them together.

        Raises:
            Thin: nobody could keep it; the message says why.
        """
        if self.outsider is None:
            raise Thin(self.no_outsider)
        media = Media(name, self.outsider, people)
        ledger().material.append(media)
        return media

    async def leave(self, person: Participant) -> None:
        """Close this person's page; what it sent and received stays readable."""
        for page in self._pages:
            if page.page is person.page:
                self._pages.remove(page)
                await page.close()
                return

    async def empty(self) -> None:
        """Everybody's page and the outsider's close, the room stays; what was kept stays, too."""
        pages, self._pages = self._pages, []
        await asyncio.gather(*(page.close() for page in pages))
        if self.outsider is not None:
            await self.outsider.close()

    async def screenshots(self, folder: Path) -> list[tuple[Participant, Path]]:
        """A picture of every page that can still be pictured, with the file it went to."""
        pictures = []
        for person in self.people:
            file = folder / f"{self.room_id}-{person.name}.png"
            try:
                await person.page.screenshot(path=file, timeout=5_000)
            except PlaywrightError:
                continue
            pictures.append((person, file))
        return pictures

    async def close(self) -> None:
        """End the room on the server and close every page."""
        try:
            if self.outsider is not None:
                await self.outsider.close()
            await patiently(lambda: self.factory.stack.api.see_room_ended(self.room_id))
        finally:
            await asyncio.gather(*(page.close() for page in self._pages), return_exceptions=True)


@dataclass
class RoomFactory:
    """Makes rooms on one stack with one client; fresh room ids, fresh marks."""

    stack: Stack
    browser: Browser
    driver: ClientDriver
    salt: str = field(default_factory=lambda: secrets.token_hex(8))
    webhook_url: str | None = None
    join_seconds: list[float] = field(default_factory=list)
    plain: Media | None = None
    """What the SFU forwarded in the first sanity check's plain room, in clear."""
    no_plain: str = "nobody kept what the SFU forwarded in the plain room of the sanity check"
    _count: int = 0

    def next_index(self) -> int:
        """The next participant's number in this run, for its mark."""
        self._count += 1
        return self._count

    def note_join(self, seconds: float) -> None:
        """Keep a join time for the figures."""
        self.join_seconds.append(seconds)

    async def create(
        self,
        kind: RoomKind,
        *,
        room_id: str | None = None,
        watched: bool = False,
        features: Mapping[str, Any] | None = None,
    ) -> Room:
        """Create a room exactly as the article's createRoom calls do; `features` are added.

        A server that cannot just now (5xx), as one whose bus was cut, is asked again.

        Raises:
            StackError: it does not answer, says no, or cannot for `budgets.SERVER_RECOVERS`.
        """
        title = canary(f"A {kind} room, title")

        async def ask() -> Room:
            chosen = room_id or f"conform-{kind.value}-{secrets.token_hex(5)}"
            created = await self.stack.api.create_room(
                chosen, kind, title=title, webhook_url=self.webhook_url, features=features
            )
            return Room(chosen, kind, title, created, self, watched=watched)

        return await patiently(ask)

    @asynccontextmanager
    async def opened(
        self,
        kind: RoomKind,
        *,
        room_id: str | None = None,
        watched: bool = False,
        features: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[Room]:
        """Such a room for a while: however the block ends, everybody goes and the room is ended."""
        room = await self.create(kind, room_id=room_id, watched=watched, features=features)
        try:
            yield room
        finally:
            await room.close()

    async def create_again(self, room: Room) -> Room:
        """A new session of a room that was ended; waits until the server has cleared up.

        A server may give it the old one's Session ID, which is the check's business: the old
        session is over when the server says that the room is not active.

        Raises:
            BenchError: the old session is still there after `budgets.NEW_SESSION`.
        """
        attempts = AsyncRetrying(
            retry=retry_if_exception_type((ServerRefused, BenchError)),
            stop=stop_after_delay(timeouts.NEW_SESSION),
            wait=wait_fixed(0.25),
            reraise=True,
        )
        async for attempt in attempts:
            with attempt:
                if await self.stack.api.is_room_active(room.room_id):
                    raise BenchError(f"the first session of {room.room_id} did not end")
                return await self.create(room.kind, room_id=room.room_id)
        raise BenchError("unreachable")


async def _ended(person: Participant) -> str | None:
    try:
        return await person.driver.ended(person.page)
    except PlaywrightError:
        return None


def need(value: object, what: str) -> None:
    """Insist on something that only the bench itself can have got wrong.

    Raises:
        BenchError: it is missing.
    """
    if not value:
        raise BenchError(what)
