"""The operator's HTTP API: signed requests to /auth/*.

Order and texts of the refusals: plugNmeet-server v2.4.0, pkg/controllers/auth.go and room.go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from conformance.reference.server.config import ServerConfig
from conformance.reference.server.extension_points import Action, ExtensionPoints, Refusal
from conformance.reference.server.features.recording import Recording
from conformance.reference.server.media import MediaServer
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.sessions.joining import Joining
from conformance.reference.server.sessions.lifecycle import Sessions
from conformance.wire import answers, metadata, signatures
from conformance.wire import plugnmeet_pb2 as pb

M = TypeVar("M", bound=Message)
_Code = pb.StatusCode
_Handler = Callable[[bytes], Awaitable[Response]]


class ControlEndpoints:
    """Every route under /auth.

    `more`: signed requests beside the product's. The function gets the body and raises Refused.
    """

    def __init__(
        self,
        rooms: Rooms,
        sessions: Sessions,
        joining: Joining,
        recording: Recording,
        media: MediaServer,
        config: ServerConfig,
        points: ExtensionPoints,
        more: Mapping[str, Callable[[bytes], Awaitable[None]]],
    ) -> None:
        self._rooms, self._sessions, self._joining = rooms, sessions, joining
        self._recording, self._media = recording, media
        self._config, self._points, self._more = config, points, more

    def routes(self) -> list[Route]:
        """The routes; each takes POST."""
        handlers: dict[str, _Handler] = {
            "/auth/room/create": self._create,
            "/auth/room/getJoinToken": self._join_token,
            "/auth/room/isRoomActive": self._is_active,
            "/auth/room/getActiveRoomInfo": self._active_room,
            "/auth/room/getActiveRoomsInfo": self._active_rooms,
            "/auth/room/endRoom": self._end,
            "/auth/recorder/notify": self._notify,
            **{path: _plain(handler) for path, handler in self._more.items()},
        }
        return [
            Route(path, self._signed(handler), methods=["POST"])
            for path, handler in handlers.items()
        ]

    def _signed(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            refusal = await self._refusal(request, body, handler)
            if refusal is not None:
                if request.headers.get("content-type") == "application/protobuf":
                    refusal.status_code = _Code.UNKNOWN_STATUS
                    return Response(
                        refusal.SerializeToString(), 401, media_type="application/protobuf"
                    )
                return _json(refusal, 401)
            return await handler(body)

        return endpoint

    async def _refusal(
        self, request: Request, body: bytes, handler: _Handler
    ) -> pb.CommonResponse | None:
        """The answer to a request with a wrong API key or signature; None if both are right."""
        for action, refusal in (
            (Action.USE_API_KEY, self._wrong_key(request)),
            (Action.USE_SIGNATURE, self._wrong_signature(request, body)),
        ):
            if refusal is not None and await self._points.on_refusal(
                Refusal(action, perform=lambda: handler(body))
            ):
                return refusal
        return None

    def _wrong_key(self, request: Request) -> pb.CommonResponse | None:
        key = request.headers.get(signatures.API_KEY_HEADER, "")
        if not key:
            return _no("Missing API-KEY header.", _Code.MISSING_REQUIRED_PARAMETER)
        if key != self._config.api_key:
            return _no("Invalid API key provided.", _Code.INVALID_API_KEY)
        return None

    def _wrong_signature(self, request: Request, body: bytes) -> pb.CommonResponse | None:
        signature = request.headers.get(signatures.SIGNATURE_HEADER, "")
        if not signature:
            return _no("Missing HASH-SIGNATURE header.", _Code.MISSING_REQUIRED_PARAMETER)
        if not signatures.verify(body, self._config.api_secret.get_secret_value(), signature):
            return _no(
                "Failed to verify provided authentication details.",
                _Code.INVALID_TOKEN_OR_SIGNATURE,
            )
        return None

    async def _create(self, body: bytes) -> Response:
        request, refusal = _read(body, pb.CreateRoomReq)
        if refusal is not None:
            return refusal
        try:
            metadata.check_create_request(request)
        except metadata.RequestInvalid as error:
            invalid = Refusal(
                Action.CREATE_ROOM, None, request, lambda: self._sessions.create(request)
            )
            if await self._points.on_refusal(invalid):
                return _json(_no(str(error), _Code.INVALID_PARAMETERS))
        room = await self._sessions.create(request)
        return _json(
            pb.CreateRoomRes(
                status=True, msg="success", status_code=_Code.SUCCESS, room_info=room.summary()
            )
        )

    async def _join_token(self, body: bytes) -> Response:
        request, refusal = _read(body, pb.GenerateTokenReq)
        if refusal is not None:
            return refusal
        if not request.user_info.name:
            return _json(
                _no("validation error: user_info.name: value is required", _Code.INVALID_PARAMETERS)
            )
        try:
            metadata.check_identifier("room_id", request.room_id)
            token = await self._joining.token_for(request)
        except metadata.RequestInvalid as error:
            return _json(_no(str(error), _Code.INVALID_PARAMETERS))
        except Refused as error:
            return _json(_no(error.msg, error.code))
        return _json(
            pb.GenerateTokenRes(status=True, msg="success", status_code=_Code.SUCCESS, token=token)
        )

    async def _is_active(self, body: bytes) -> Response:
        request, refusal = _read(body, pb.IsRoomActiveReq)
        if refusal is not None:
            return refusal
        room = self._rooms.get(request.room_id)
        answer = pb.IsRoomActiveRes(
            status=True, is_active=True, msg="room is active", status_code=_Code.SUCCESS
        )
        if room is None:
            answer = pb.IsRoomActiveRes(
                status=True, msg="room not found", status_code=_Code.ROOM_NOT_FOUND
            )
        elif not room.is_running:
            answer = pb.IsRoomActiveRes(
                status=True, msg="room is not active", status_code=_Code.ROOM_NOT_ACTIVE
            )
        return _json(answer)

    async def _active_room(self, body: bytes) -> Response:
        request, refusal = _read(body, pb.GetActiveRoomInfoReq)
        if refusal is not None:
            return refusal
        room = self._rooms.get(request.room_id)
        if room is None:
            return _json(
                pb.GetActiveRoomInfoRes(
                    msg="room not found in active state", status_code=_Code.ROOM_NOT_FOUND
                )
            )
        if not room.is_running:
            return _json(
                pb.GetActiveRoomInfoRes(msg="room is not active", status_code=_Code.ROOM_NOT_ACTIVE)
            )
        return _json(
            pb.GetActiveRoomInfoRes(
                status=True,
                msg="success",
                status_code=_Code.SUCCESS,
                room=await self._with_people(room),
            )
        )

    async def _active_rooms(self, _: bytes) -> Response:
        rooms = self._rooms.all_running()
        if not rooms:
            return _json(
                pb.GetActiveRoomsInfoRes(msg="no active room found", status_code=_Code.NOT_FOUND)
            )
        return _json(
            pb.GetActiveRoomsInfoRes(
                status=True,
                msg="success",
                status_code=_Code.SUCCESS,
                rooms=[await self._with_people(room) for room in rooms],
            )
        )

    async def _with_people(self, room: Room) -> pb.ActiveRoomWithParticipant:
        people = await self._media.participants(room.room_id)
        return pb.ActiveRoomWithParticipant(
            room_info=room.summary(),
            participants_info=[
                pb.ParticipantInfo(
                    sid=one.sid, identity=one.identity, name=one.name, joined_at=one.joined_at
                )
                for one in people
            ],
        )

    async def _end(self, body: bytes) -> Response:
        request, refusal = _read(body, pb.RoomEndReq)
        if refusal is not None:
            return refusal
        room = self._rooms.running(request.room_id)
        if room is None:
            return _json(
                pb.RoomEndRes(msg="room not found or not active", status_code=_Code.ROOM_NOT_FOUND)
            )
        await self._sessions.end(room)
        return _json(pb.RoomEndRes(status=True, msg="success", status_code=_Code.SUCCESS))

    async def _notify(self, body: bytes) -> Response:
        try:
            report = answers.from_bytes(body, pb.RecorderToPlugNmeet)
        except answers.MessageUnreadable as error:
            return _json(_no(str(error), _Code.INVALID_PARAMETERS))
        if not await self._recording.reported(report):
            return PlainTextResponse("Not Found", 404)
        return PlainTextResponse("OK")


def _plain(handler: Callable[[bytes], Awaitable[None]]) -> _Handler:
    """A handler whose answer only says whether it worked."""

    async def endpoint(body: bytes) -> Response:
        try:
            await handler(body)
        except Refused as error:
            return _json(_no(error.msg, error.code))
        return _json(pb.CommonResponse(status=True, msg="success", status_code=_Code.SUCCESS))

    return endpoint


def _read(body: bytes, kind: type[M]) -> tuple[M, Response | None]:
    try:
        return answers.from_json(body, kind), None
    except answers.MessageUnreadable as error:
        return kind(), _json(_no(f"the body cannot be read: {error}", _Code.INVALID_PARAMETERS))


def _json(message: Message, status: int = 200) -> Response:
    return Response(answers.to_json(message), status, media_type="application/json")


def _no(msg: str, code: pb.StatusCode) -> pb.CommonResponse:
    return pb.CommonResponse(status=False, msg=msg, status_code=code)
