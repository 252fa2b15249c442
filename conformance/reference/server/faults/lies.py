"""The request BREAK (wire/reference.py): it changes the broken rules while the server runs.

With a room id the server lies in this room and is honest in all others. The room may not exist yet.
People who are in the room already get its changed metadata at once.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.reference.rules import NotInOneRoom, Rules, UnknownRule, rule_id
from conformance.reference.rules.draws import UnknownValue
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.faults.lures import lure_away
from conformance.reference.server.messages.events import Events
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.registry import Rooms
from conformance.wire import plugnmeet_pb2 as pb


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    room_id: str | None = Field(default=None, min_length=1)
    broken: list[str] = Field(alias="break")


class Lies:
    """Sets which rules are broken, everywhere or in one room."""

    def __init__(self, rules: Rules, rooms: Rooms, events: Events, config: ServerConfig) -> None:
        self._rules, self._rooms, self._events, self._config = rules, rooms, events, config

    async def tell(self, body: bytes) -> None:
        """Take in one request.

        Raises:
            Refused: the body is not the request, a rule does not exist, or a rule cannot be broken
                in one room alone.
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
        except (UnknownRule, UnknownValue, NotInOneRoom) as error:
            raise Refused(str(error), pb.StatusCode.INVALID_PARAMETERS) from error
        room = self._rooms.running(request.room_id)
        if room is None:
            return
        await self._events.room_changed(room)
        if "messages-lead-nowhere" in map(rule_id, request.broken):
            await lure_away(self._events, room, self._config)
