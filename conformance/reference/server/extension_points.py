"""The extension points: every place where a seeded fault can change what the server does.

The server calls a point where it makes a decision or lets information out. The methods below are
the honest behaviour: they change nothing. The server works with a plain `ExtensionPoints()`.

A fault (`faults/`) is a subclass that overrides one point or more. `faults/active.py` asks at each
call which faults are active now, in this room.

Two conventions hold for all points:

- A point gets the honest value and returns the value to use.
- A protobuf message is not returned: a fault changes it in place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.message import Message
from starlette.datastructures import MutableHeaders

from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects


class Action(StrEnum):
    """What the server can refuse."""

    USE_API_KEY = "use an API key that is missing or wrong"
    USE_SIGNATURE = "use a signature that is missing or wrong"
    CREATE_ROOM = "create a room from a malformed request"
    CHANGE_SETTINGS = "change the settings of a running session by creating the room again"
    RECORD = "start a cloud recording"
    BROADCAST = "start an RTMP broadcast"
    REPORT_RECORDING = "report a refused recording request as done"
    TRANSCRIBE = "start the transcription"
    SPEAK = "transcribe one speaker"
    SUMMARISE = "start the meeting summary"
    CREATE_INGRESS = "create an ingress"
    DIAL_IN = "enable telephone dial-in"


async def _nothing() -> None:
    """The default of `Refusal.perform`: there is nothing to do."""


@dataclass(frozen=True)
class Refusal:
    """The server is about to refuse `action`.

    `room` is the room concerned, and `request` the request, where there is one; `path` is the
    address that it came to. `perform` does what was asked for; the honest server never calls it.
    """

    action: Action
    room: Room | None = None
    request: Message | None = None
    perform: Callable[[], Awaitable[object]] = _nothing
    path: str = ""


@dataclass(frozen=True)
class BusAccess:
    """Where an admitted participant is put on the bus.

    `own_account`: in the NATS account of their session, else in the account that all share.
    """

    own_account: bool
    permissions: subjects.Permissions


class ExtensionPoints:
    """The honest behaviour at every point. Faults override these methods."""

    # A session is made.

    def on_request(self, asked: pb.RoomMetadata, request: pb.CreateRoomReq) -> None:
        """A room is requested. `asked` is a copy of the request's metadata, without defaults."""

    def on_settings(self, settings: pb.RoomMetadata, room_id: str) -> None:
        """The metadata of a new session is complete; it holds the secret of a simple room."""

    def on_secret(self, secret: str, room_id: str) -> str:
        """The server has drawn a secret for a simple room."""
        return secret

    def on_session_id(self, session_id: str, room_id: str) -> str:
        """The server has drawn the Session ID of a new session."""
        return session_id

    async def on_session_start(self, room: Room) -> None:
        """A session is open and its data is in its bucket."""

    def on_session_end(self, delete: bool, room: Room) -> bool:
        """A session has ended. Says whether the server deletes the session's bucket."""
        return delete

    # People come.

    def on_token(self, grace_s: int) -> int:
        """An access token is checked. Gives the seconds past its end in which it still counts."""
        return grace_s

    def on_claims(self, more: dict[str, Any], room_id: str) -> None:
        """An access token for a room is signed. `more`: claims beside the product's, none yet."""

    def on_admission(self, admitted: bool, room: Room, user: User) -> bool:
        """Says whether the server treats `user` as admitted (access.py)."""
        return admitted

    def on_bus_access(self, access: BusAccess, room: Room) -> BusAccess:
        """An admitted participant connects to the bus."""
        return access

    async def on_arrival(self, room: Room, user: User) -> None:
        """`user` is online in `room`, and the others know it."""

    def on_listing(self, listed: bool, room: Room, user: User) -> bool:
        """Says whether the others learn that `user` is there."""
        return listed

    # Information goes out.

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        """`user` gets the room's metadata: as an update, or in the answer to a request."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        """A participant gets an answer: VerifyTokenRes, MediaServerConnInfo, CreateIngressRes."""

    def on_headers(self, headers: MutableHeaders, room: Room) -> None:
        """An answer about `room` goes out over HTTP with these headers."""

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        """A webhook named `event` is sent; `told` is the metadata in it."""

    # Requests are refused, work is given out.

    async def on_refusal(self, refusal: Refusal) -> bool:
        """The server is about to refuse something. Says whether the refusal stands."""
        return True

    def on_recorder(self, recorder_id: str | None) -> str | None:
        """The server has looked for a recorder; None: there is none."""
        return recorder_id

    # The server hears what is not meant for it.

    async def on_overheard(self, subject: str, data: bytes) -> None:
        """A chat message or a statistics report passes on the bus. The server ignores it."""
