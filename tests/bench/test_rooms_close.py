"""A room of a check is ended, and its people go, however the check ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.room import RoomFactory
from conformance.clients.base import ClientDriver
from conformance.stacks.base import RoomKind


class Api:
    """Of the control API what a room needs."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def create_room(self, room_id: str, *_: object, **__: object) -> dict[str, Any]:
        return {"room_info": {"sid": f"SID-{room_id}"}}

    async def see_room_ended(self, room_id: str) -> None:
        self.ended.append(room_id)


class Page:
    """A participant's page."""

    closed = False

    async def close(self) -> None:
        self.closed = True


async def test_a_room_whose_check_fails_is_ended_and_emptied() -> None:
    api, page = Api(), Page()
    stack = cast("Any", SimpleNamespace(api=api))
    rooms = RoomFactory(stack, cast("Any", None), cast("ClientDriver", None))

    async def check() -> None:
        async with rooms.opened(RoomKind.PLAIN, room_id="a-room") as room:
            room._pages.append(cast("Any", page))
            raise ValueError("the check failed")

    with pytest.raises(ValueError, match="the check failed"):
        await check()
    assert api.ended == ["a-room"]
    assert page.closed
