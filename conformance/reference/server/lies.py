"""What to break, told while the server runs: a way in for instruments (BREAK, wire/reference.py).

In one room alone it lies there, and is honest in all others. The room need not be there yet; those
who are in it already are told at once. The answer is a CommonResponse.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.reference.rules import NotInOneRoom, Rules, UnknownRule
from conformance.reference.server.events import Events
from conformance.reference.server.rooms import Rooms
from conformance.reference.server.sessions import Refused
from conformance.wire import plugnmeet_pb2 as pb


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    room_id: str | None = Field(default=None, min_length=1)
    broken: list[str] = Field(alias="break")


class Lies:
    """Where rules are broken, everywhere or in one room."""

    def __init__(self, rules: Rules, rooms: Rooms, events: Events) -> None:
        self._rules, self._rooms, self._events = rules, rooms, events

    async def tell(self, body: bytes) -> None:
        """Take one request.

        Raises:
            Refused: it cannot be read, or a rule cannot be broken in one room.
        """
        try:
            request = _Request.model_validate_json(body)
            if request.room_id is None:
                self._rules.break_only(request.broken)
                return
            self._rules.lie_in(request.room_id, request.broken)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the request"
            raise Refused(f"{where}: {first['msg']}", pb.StatusCode.INVALID_PARAMETERS) from error
        except (UnknownRule, NotInOneRoom) as error:
            raise Refused(str(error), pb.StatusCode.INVALID_PARAMETERS) from error
        room = self._rooms.running(request.room_id)
        if room is None:
            return
        await self._events.room_changed(room)
        if "messages-lead-nowhere" in request.broken:
            await self._events.lure_away(room)
