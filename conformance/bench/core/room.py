"""A room on the stack under test, and how people join it."""

from __future__ import annotations

import asyncio
import secrets
import string
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from conformance.bench.core import timeouts
from conformance.bench.core.alarm import HarnessAlarm, cancel_if_harness_fails
from conformance.bench.core.capabilities import Capabilities
from conformance.bench.core.claims import Claim
from conformance.bench.core.newcomer import newcomer
from conformance.bench.core.participant import Participant
from conformance.bench.core.prompt import hold_prompt
from conformance.bench.core.retry import retry_on_server_error
from conformance.bench.core.sfu_media import Media
from conformance.clients.base import ClientDriver, Entry, NotSupported
from conformance.clients.browser import OpenPage
from conformance.observers.sfu_tap import SfuTap, SfuTapFailed
from conformance.stacks.base import RoomKind, Stack, StackError
from conformance.stacks.control_api import ServerRefused
from conformance.verdicts import BenchError, InsufficientEvidence

_UNIQUE: Final = string.ascii_lowercase + string.digits


def unique(what: str) -> str:
    """A random marker: if it is found where it was not put, something leaks.

    Its 24 characters have 124 bits. Any eight of them are unlike any hex digits, such as ids.
    """
    return f"{what}-{''.join(secrets.choice(_UNIQUE) for _ in range(24))}"


@dataclass
class Room:
    """A room of one kind, with the people that this run brought into it."""

    room_id: str
    kind: RoomKind
    title: str
    created: dict[str, Any]
    factory: RoomFactory
    people: list[Participant] = field(default_factory=list)
    sfu_tap: SfuTap | None = None
    """The receiver without the key that keeps what the SFU forwards; see `attach_sfu_tap`."""
    watches_keys: bool = False
    """Whether the keys that clients create are watched (`conformance.observers.page.made_keys`)."""
    no_sfu_tap: str = "what the SFU forwarded in this room was not captured"
    watched: bool = False
    """Whether everything that leaves the browsers is kept (observers/page/outgoing.py), and what
    clients compute (observers/page/made_keys.py). Each browser then has a door."""
    _pages: list[OpenPage] = field(default_factory=list)

    @property
    def session_id(self) -> str:
        """The Session ID that the server returned when it created the room."""
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
        hold: Callable[[], Claim] | None = None,
    ) -> Participant:
        """Let one person join. The reason of a failure is kept in `join_failure`, not raised.

        `secret` is what the person types if the client asks; with None the person continues
        without one. With `mistyped` the person types that first, notices it before joining,
        reloads the page and is asked again. `prepare` gets the person's browser before the
        client's page is opened in it. `within` is the time in seconds from pressing join to being
        in the room. `hold`: see `Participant.hold`.

        Raises:
            BenchError: the harness could not open a page.
        """
        factory = self.factory
        user_id = f"{name}-{secrets.token_hex(3)}"
        token = await factory.stack.api.join_token(self.room_id, user_id, name, is_admin=is_admin)
        person, opened = await newcomer(
            factory,
            name=name,
            user_id=user_id,
            token=token,
            secret=secret,
            kind=self.kind,
            watched=self.watched,
            watches_keys=self.watches_keys,
        )
        person.is_admin = is_admin
        person.hold = hold
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
        """Reload this person's page and let them join again; a failure is kept as in `join`."""
        opened = next(page for page in self._pages if page.page is person.page)
        person.entered = None
        await self._come_in(person, opened, lambda: self._load_anew(person))

    async def _load_anew(self, person: Participant) -> None:
        """Reload, and retry while the server still counts the old page as a participant.

        plugNmeet-server v2.4.0 refuses a user who is still in the room
        (pkg/controllers/auth.go); people then reload again. After `timeouts.GONE` a refusal is
        final.
        """
        end = time.monotonic() + timeouts.GONE
        while True:
            await person.page.reload(wait_until="commit")
            person.entered = await person.driver.entry(person.page, timeouts.ENTRY)
            if person.entered.entry is not Entry.ERROR or time.monotonic() >= end:
                return

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
            await cancel_if_harness_fails(
                self._enter(person, go, within, mistyped), self.factory.alarm
            )
        except NotSupported as refusal:
            person.turned_away = str(refusal)
            person.join_failure = f"the client admits nobody this way: {refusal}"
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
            await hold_prompt(person)
            person.typed_at = time.monotonic()
            await driver.give_secret(page, person.secret)
        await driver.join(page, within)

    async def attach_sfu_tap(self) -> None:
        """Keep what the SFU forwards from now on; the reason of a failure is kept, not raised."""
        stack = self.factory.stack
        if "livekit" in stack.lacks:
            self.no_sfu_tap = stack.lacks["livekit"]
            return
        try:
            self.sfu_tap = await SfuTap.join(
                self.factory.browser,
                stack.endpoints,
                self.room_id,
                ignore_https_errors=stack.ignore_https_errors,
            )
        except (SfuTapFailed, StackError) as failure:
            self.no_sfu_tap = str(failure)

    async def join_all(
        self, *names: str, secret: str | None = None, admin: str | None = None
    ) -> list[Participant]:
        """Let several people join at the same time, all with the same secret."""
        return list(
            await asyncio.gather(
                *(self.join(name, secret=secret, is_admin=name == admin) for name in names)
            )
        )

    def media(self, name: str, people: Sequence[Participant]) -> Media:
        """What the SFU forwarded of these people; `name` names it in reports.

        Raises:
            InsufficientEvidence: it could not be captured; the message says why.
        """
        if self.sfu_tap is None:
            raise InsufficientEvidence(self.no_sfu_tap)
        return Media(name, self.sfu_tap, people)

    async def leave(self, person: Participant) -> None:
        """Close this person's page; what it sent and received stays readable."""
        for page in self._pages:
            if page.page is person.page:
                self._pages.remove(page)
                await page.close()
                return

    async def empty(self) -> None:
        """Close all pages and the SFU tap; the room and everything that was kept stay."""
        pages, self._pages = self._pages, []
        await asyncio.gather(*(page.close() for page in pages))
        if self.sfu_tap is not None:
            await self.sfu_tap.close()

    async def screenshots(self, folder: Path) -> list[tuple[Participant, Path]]:
        """A screenshot of every page that is still open, with its file."""
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
            if self.sfu_tap is not None:
                await self.sfu_tap.close()
            await retry_on_server_error(lambda: self.factory.stack.api.see_room_ended(self.room_id))
        finally:
            await asyncio.gather(*(page.close() for page in self._pages), return_exceptions=True)


@dataclass
class RoomFactory:
    """Creates rooms on one stack with one client, each with a new room id and new marks."""

    stack: Stack
    browser: Browser
    driver: ClientDriver
    alarm: HarnessAlarm
    salt: str = field(default_factory=lambda: secrets.token_hex(8))
    webhook_url: str | None = None
    join_seconds: list[float] = field(default_factory=list)
    plain: Media | None = None
    """What the SFU forwarded, unencrypted, in the plain room of the first sanity check."""
    no_plain: str = "what the SFU forwarded in the plain room of the sanity check was not captured"
    _count: int = 0

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(self)
        """What the client can do in a plain room. A copy of the factory has its own."""

    def next_index(self) -> int:
        """The number of the next participant in this run, for its mark."""
        self._count += 1
        return self._count

    def note_join(self, seconds: float) -> None:
        """Keep a join time, in seconds, for the figures of the run."""
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

        The request is retried on HTTP 5xx, which a server returns while its bus is cut.

        Raises:
            StackError: the server does not answer, refuses, or returns HTTP 5xx for longer than
                `timeouts.SERVER_RECOVERS`.
        """
        title = unique(f"A {kind} room, title")

        async def ask() -> Room:
            chosen = room_id or f"conform-{kind.value}-{secrets.token_hex(5)}"
            created = await self.stack.api.create_room(
                chosen, kind, title=title, webhook_url=self.webhook_url, features=features
            )
            return Room(chosen, kind, title, created, self, watched=watched)

        return await retry_on_server_error(ask)

    @asynccontextmanager
    async def opened(
        self,
        kind: RoomKind,
        *,
        room_id: str | None = None,
        watched: bool = False,
        features: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[Room]:
        """Create such a room, and close its pages and end it when the block ends."""
        room = await self.create(kind, room_id=room_id, watched=watched, features=features)
        try:
            yield room
        finally:
            await room.close()

    async def create_again(self, room: Room) -> Room:
        """A new session of a room that was ended; waits until the server has cleaned up.

        The old session is over when the server reports that the room is not active. Whether the
        new session gets another Session ID is for the check to judge.

        Raises:
            BenchError: the old session is still active after `timeouts.NEW_SESSION`.
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
