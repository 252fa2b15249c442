"""What a client lacks in an encrypted room counts as missing only if plain rooms lack it too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.capabilities import Capabilities
from conformance.bench.core.evaluation import applies_to, given, given_if_possible
from conformance.bench.core.participant import Participant
from conformance.clients.base import NotSupported
from conformance.stacks.base import RoomKind
from conformance.verdicts import (
    ClaimFailed,
    ControlFailed,
    InsufficientEvidence,
    NotApplicable,
    Verdict,
    verdict_of,
)


class Driver:
    """A client without chat in the rooms of these kinds."""

    def __init__(self, *without_chat: RoomKind, broken: bool = False) -> None:
        self.without_chat, self.broken, self.tried = without_chat, broken, 0

    async def say(self, page: RoomKind, _text: str) -> None:
        self.tried += page is RoomKind.PLAIN
        if page is RoomKind.PLAIN and self.broken:
            raise AssertionError("the page broke")
        if page in self.without_chat:
            raise NotSupported("there is no chat")


class Factory:
    """Opens plain rooms in which everybody uses one driver."""

    def __init__(self, driver: Driver) -> None:
        self.driver, self.alarm = driver, HarnessAlarm()
        self.capabilities = Capabilities(cast(Any, self))

    @asynccontextmanager
    async def opened(self, kind: RoomKind) -> AsyncIterator[Any]:
        async def join(name: str, *, is_admin: bool) -> Participant:
            return self.person(kind, name, is_admin)

        yield SimpleNamespace(join=join)

    def person(self, kind: RoomKind, name: str = "alice", is_admin: bool = True) -> Participant:
        fields: dict[str, Any] = dict.fromkeys(("user_id", "mark", "marks", "traffic", "changes"))
        return Participant(
            name=name,
            page=cast(Any, kind),
            driver=cast(Any, self.driver),
            alarm=self.alarm,
            kind=kind,
            is_admin=is_admin,
            capabilities=self.capabilities,
            **fields,
        )


def alice(*without_chat: RoomKind, broken: bool = False) -> Participant:
    return Factory(Driver(*without_chat, broken=broken)).person(RoomKind.SIMPLE)


async def test_what_plain_rooms_lack_too_is_not_applicable() -> None:
    person = alice(RoomKind.SIMPLE, RoomKind.PLAIN)
    for _ in range(2):
        with pytest.raises(NotApplicable, match="neither in a plain room") as raised:
            await person.sends("chat", "hello")
        assert verdict_of(raised.value) is Verdict.NOT_APPLICABLE
    assert cast(Driver, person.driver).tried == 1


async def test_what_only_encrypted_rooms_lack_fails() -> None:
    with pytest.raises(ClaimFailed, match="in this simple room, and can in a plain room") as raised:
        await alice(RoomKind.SIMPLE).sends("chat", "hello")
    assert raised.value.claims == ("alice can send a chat message, as in a plain room",)


async def test_a_plain_room_that_cannot_tell_is_inconclusive() -> None:
    with pytest.raises(InsufficientEvidence, match="in a plain room it could not be tried"):
        await alice(RoomKind.SIMPLE, RoomKind.PLAIN, broken=True).sends("chat", "hello")


async def test_a_plain_room_alone_confirms_nothing() -> None:
    with pytest.raises(NotApplicable) as raised:
        await Factory(Driver(RoomKind.PLAIN)).person(RoomKind.PLAIN).sends("chat", "hello")
    assert verdict_of(raised.value) is Verdict.INCONCLUSIVE


async def test_preparing_with_what_is_missing_is_inconclusive_or_left_out() -> None:
    missing = (RoomKind.SIMPLE, RoomKind.PLAIN)
    with pytest.raises(ControlFailed, match="could not prepare: the client cannot send a chat"):
        await given(alice(*missing).sends("chat", "hello"))
    assert await given_if_possible(alice(*missing).sends("chat", "hello")) is not None
    assert await given_if_possible(alice().sends("chat", "hello")) is None
    with pytest.raises(ControlFailed, match="can in a plain room"):
        await given_if_possible(alice(RoomKind.SIMPLE).sends("chat", "hello"))
    with pytest.raises(NotApplicable):
        await applies_to(alice(*missing).sends("chat", "hello"))
