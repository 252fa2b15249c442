"""A check's room is ended and its people leave, however the check ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.core import timeouts
from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.room import RoomFactory
from conformance.clients.base import ClientDriver
from conformance.stacks.base import RoomKind
from conformance.stacks.control_api import ServerRefused


class Api:
    """The part of the control API that a room needs."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.refusing: list[int] = []

    async def create_room(self, room_id: str, *_: object, **__: object) -> dict[str, Any]:
        if self.refusing:
            raise ServerRefused("/auth/room/create", self.refusing.pop(), "no", "")
        return {"room_info": {"sid": f"SID-{room_id}"}}

    async def see_room_ended(self, room_id: str) -> None:
        if self.refusing:
            raise ServerRefused("/auth/room/endRoom", self.refusing.pop(), "no", "")
        self.ended.append(room_id)


class Page:
    """A participant's page."""

    closed = False

    async def close(self) -> None:
        self.closed = True


def rooms_of(api: Api) -> RoomFactory:
    stack = cast("Any", SimpleNamespace(api=api))
    return RoomFactory(stack, cast("Any", None), cast("ClientDriver", None), HarnessAlarm())


async def test_a_server_error_is_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = Api()
    api.refusing = [503, 500]
    room = await rooms_of(api).create(RoomKind.PLAIN)
    assert room.session_id == f"SID-{room.room_id}"
    api.refusing = [500]
    await room.close()
    assert api.ended == [room.room_id]
    api.refusing = [500] * 100
    monkeypatch.setattr(timeouts, "SERVER_RECOVERS", 0.6)
    with pytest.raises(ServerRefused, match="500"):
        await rooms_of(api).create(RoomKind.PLAIN)


async def test_a_refusal_is_not_retried() -> None:
    api = Api()
    api.refusing = [400, 400]
    with pytest.raises(ServerRefused, match="400"):
        await rooms_of(api).create(RoomKind.PLAIN)
    assert len(api.refusing) == 1


async def test_a_room_whose_check_fails_is_ended_and_its_pages_close() -> None:
    api, page = Api(), Page()
    rooms = rooms_of(api)

    async def check() -> None:
        async with rooms.opened(RoomKind.PLAIN, room_id="a-room") as room:
            room._pages.append(cast("Any", page))
            raise ValueError("the check failed")

    with pytest.raises(ValueError, match="the check failed"):
        await check()
    assert api.ended == ["a-room"]
    assert page.closed
