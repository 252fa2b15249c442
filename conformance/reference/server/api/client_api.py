"""The participants' HTTP API: /api/*, binary protobuf in both directions, with an access token.

Order and texts of the refusals: plugNmeet-server v2.4.0, pkg/controllers/auth.go.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conformance.reference.server.access_tokens import AccessTokens
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.extension_points import Action, ExtensionPoints, Refusal
from conformance.reference.server.features.insights import Insights
from conformance.reference.server.features.recording import Recording
from conformance.reference.server.messages.events import Events
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import UserStatus
from conformance.reference.server.sessions.breakout import Breakouts
from conformance.reference.server.sessions.lifecycle import Sessions
from conformance.reference.server.sessions.waiting import WaitingRoom
from conformance.wire import answers, metadata, subjects, tokens
from conformance.wire import plugnmeet_pb2 as pb

SERVER_VERSION = "2.4.0"
"""The product version whose API this server follows."""
RELOAD_S = 2.0
"""A reloaded page waits this long until the server has seen its earlier connection close."""


@dataclass(frozen=True)
class Caller:
    """The participant who asks, and their session."""

    claims: tokens.Claims
    room: Room


_Handler = Callable[[Caller, bytes], Awaitable[Message]]


class ClientEndpoints:
    """Every route under /api."""

    def __init__(
        self,
        rooms: Rooms,
        sessions: Sessions,
        recording: Recording,
        breakouts: Breakouts,
        insights: Insights,
        waiting: WaitingRoom,
        events: Events,
        access_tokens: AccessTokens,
        config: ServerConfig,
        points: ExtensionPoints,
    ) -> None:
        self._rooms, self._sessions, self._recording = rooms, sessions, recording
        self._breakouts, self._insights, self._events = breakouts, insights, events
        self._waiting, self._tokens = waiting, access_tokens
        self._config, self._points = config, points

    def routes(self) -> list[Route]:
        """The POST routes, the browser's preflight, and a 404 for every other path."""
        handlers: dict[str, _Handler] = {
            "/api/verifyToken": self._verify,
            "/api/recording": self._recording_task("/api/recording"),
            "/api/rtmp": self._recording_task("/api/rtmp"),
            "/api/ingress/create": self._ingress,
            "/api/enableSipDialIn": self._sip,
            "/api/changeVisibility": self._visibility,
            "/api/endRoom": self._end,
            "/api/waitingRoom/approveUsers": self._approve,
            "/api/breakoutRoom/create": self._breakout_create,
            "/api/breakoutRoom/join": self._breakout_join,
            "/api/breakoutRoom/listRooms": self._breakout_list,
        }
        handlers |= {f"/api/insights/{path}": self._insight(path) for path in self._insights.paths}
        posts = [
            Route(path, self._member(handler), methods=["POST"])
            for path, handler in handlers.items()
        ]
        return [
            Route("/api/{path:path}", _preflight, methods=["OPTIONS"]),
            *posts,
            Route("/api/{path:path}", _unknown, methods=["POST", "GET"]),
        ]

    def _member(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                caller = self._caller(request)
            except Refused as error:
                return protobuf(_no(error.msg), 401)
            try:
                response = protobuf(await handler(caller, body))
            except (Refused, answers.MessageUnreadable) as error:
                response = protobuf(_no(str(error)))
            self._points.on_headers(response.headers, caller.room)
            return response

        return endpoint

    def _caller(self, request: Request) -> Caller:
        token = request.headers.get("authorization", "")
        if not token:
            raise Refused("notifications.auth-header-missing")
        try:
            claims = self._tokens.claims(token)
        except tokens.TokenExpired as error:
            raise Refused("notifications.token-expired") from error
        except tokens.TokenRefused as error:
            raise Refused("notifications.invalid-token") from error
        room = self._rooms.running(claims.room_id)
        if room is None:
            raise Refused("notifications.room-not-active")
        return Caller(claims, room)

    async def _verify(self, caller: Caller, body: bytes) -> Message:
        answers.from_bytes(body, pb.VerifyTokenReq)
        room = caller.room
        user = room.users.get(caller.claims.user_id)
        if user is None:
            raise Refused("notifications.user-info-not-found")
        gone = await room.until(lambda: user.status is not UserStatus.ONLINE, RELOAD_S)
        if not gone:
            raise Refused("notifications.room-disconnected-duplicate-entry")
        if room.max_participants and len(room.online()) >= room.max_participants:
            raise Refused("notifications.max-num-participates-exceeded")
        user.fresh = True
        answer = pb.VerifyTokenRes(
            status=True,
            msg="token is valid",
            nats_ws_urls=[self._config.nats.ws_url],
            server_version=SERVER_VERSION,
            room_id=room.room_id,
            user_id=user.user_id,
            room_stream_name=subjects.ROOM_STREAM,
            nats_subjects=subjects.nats_subjects(),
            enabled_self_insert_encryption_key=metadata.is_zero_knowledge(room.metadata),
            client_type=user.client_type,
        )
        self._points.on_answer(answer, room, user)
        return answer

    def _recording_task(self, path: str) -> _Handler:
        async def ask(caller: Caller, body: bytes) -> Message:
            if not caller.claims.is_admin:
                raise Refused("only admin can start recording")
            request = answers.from_bytes(body, pb.RecordingReq)
            try:
                await self._recording.ask(caller.room.room_id, request, path)
            except Refused:
                refusal = Refusal(Action.REPORT_RECORDING, caller.room, request)
                if await self._points.on_refusal(refusal):
                    raise
            return _yes()

        return ask

    async def _ingress(self, caller: Caller, body: bytes) -> Message:
        _demand_admin(caller)
        request = answers.from_bytes(body, pb.CreateIngressReq)
        allowed = caller.room.metadata.room_features.ingress_features.is_allow
        if not allowed and await self._points.on_refusal(
            Refusal(Action.CREATE_INGRESS, caller.room, request)
        ):
            refused = pb.CreateIngressRes(msg="ingress feature isn't allowed for this room")
            self._points.on_answer(refused, caller.room, None)
            return refused
        return pb.CreateIngressRes(
            status=True,
            msg="success",
            input_type=request.input_type,
            url=f"{self._config.livekit.url}/ingress",
            stream_key=secrets.token_urlsafe(16),
        )

    async def _sip(self, caller: Caller, _: bytes) -> Message:
        _demand_admin(caller)
        allowed = caller.room.metadata.room_features.sip_dial_in_features.is_allow
        if not allowed and await self._points.on_refusal(Refusal(Action.DIAL_IN, caller.room)):
            raise Refused("sip dial feature isn't allow for this room")
        return _yes()

    async def _visibility(self, caller: Caller, body: bytes) -> Message:
        _demand_admin(caller)
        request = answers.from_bytes(body, pb.ChangeVisibilityRes)
        features = caller.room.metadata.room_features
        if request.HasField("visible_white_board"):
            features.whiteboard_features.visible = request.visible_white_board
        if request.HasField("visible_notepad"):
            features.shared_note_pad_features.visible = request.visible_notepad
        await self._events.room_changed(caller.room)
        return _yes()

    async def _end(self, caller: Caller, _: bytes) -> Message:
        _demand_admin(caller)
        await self._sessions.end(caller.room)
        return _yes()

    async def _approve(self, caller: Caller, body: bytes) -> Message:
        _demand_admin(caller)
        request = answers.from_bytes(body, pb.ApproveWaitingUsersReq)
        await self._waiting.approve(caller.room, request.user_id)
        return _yes()

    async def _breakout_create(self, caller: Caller, body: bytes) -> Message:
        _demand_admin(caller)
        request = answers.from_bytes(body, pb.CreateBreakoutRoomsReq)
        await self._breakouts.create(caller.room, request)
        return pb.BreakoutRoomRes(status=True, msg="success")

    async def _breakout_join(self, caller: Caller, body: bytes) -> Message:
        request = answers.from_bytes(body, pb.JoinBreakoutRoomReq)
        token = await self._breakouts.join(caller.room, caller.claims, request)
        return pb.BreakoutRoomRes(status=True, msg="success", token=token)

    async def _breakout_list(self, caller: Caller, _: bytes) -> Message:
        _demand_admin(caller)
        if not caller.room.breakouts:
            raise Refused("no breakout room found")
        rooms = list(caller.room.breakouts.values())
        return pb.BreakoutRoomRes(status=True, msg="success", rooms=rooms)

    def _insight(self, path: str) -> _Handler:
        async def ask(caller: Caller, body: bytes) -> Message:
            await self._insights.ask(path, caller.room, caller.claims, body)
            return _yes()

        return ask


async def _preflight(request: Request) -> Response:
    headers = {
        "Access-Control-Allow-Methods": "POST, GET, OPTIONS, HEAD",
        "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", "*"),
    }
    return Response(status_code=204, headers={**_ANY_ORIGIN, **headers})


async def _unknown(_: Request) -> Response:
    return protobuf(_no("the reference server has no such function"), 404)


_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}


def protobuf(message: Message, status: int = 200) -> Response:
    """An answer of /api: binary, and readable from any origin."""
    return Response(
        message.SerializeToString(), status, _ANY_ORIGIN, media_type="application/protobuf"
    )


def _yes() -> pb.CommonResponse:
    return pb.CommonResponse(status=True, msg="success")


def _no(msg: str) -> pb.CommonResponse:
    return pb.CommonResponse(status=False, msg=msg)


def _demand_admin(caller: Caller) -> None:
    if not caller.claims.is_admin:
        raise Refused("only admin can perform this task")
