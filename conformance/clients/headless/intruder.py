"""An intruder: a person with a token, or without one, who tries to get another room's secret.

The intruder does what anyone can do with a NATS client and an HTTP client: subscribe to every
wildcard, call JetStream's API, pull another participant's consumer, send requests in another's
name, call the participants' and the operator's endpoints. It keeps every byte received, and the
reason of every refusal. The control is the same code with the token of an admitted participant.

Source of the names: plugNmeet-server v2.4.0, and docs.nats.io, "JetStream wire API reference".
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

import httpx
from google.protobuf.message import DecodeError, Message

from conformance.clients.headless.bus_session import BusSession
from conformance.clients.headless.session import tls_of
from conformance.observers.nats_stream import Operation
from conformance.stacks.base import Stack
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import signatures

MOST_BYTES: Final = 32 * 1024 * 1024
"""The largest number of bytes kept for one intruder; one run brings some hundred kilobytes."""
HTTP_DEADLINE: Final = 10.0
_PULL_NS: Final = 60 * 10**9
"""How long a pull request waits for messages: longer than any attempt lasts."""
_FORGET_NS: Final = 5 * 10**9
"""After this time the bus deletes a consumer that an intruder could create."""


@dataclass(frozen=True)
class Target:
    """What the intruder attacks: one participant's subjects on a room's bus (public knowledge)."""

    room_id: str
    user_id: str
    verify: pb.VerifyTokenRes

    @property
    def urls(self) -> list[str]:
        """The addresses of the bus."""
        return [url.replace("http", "ws", 1) for url in self.verify.nats_ws_urls]

    @property
    def prefixes(self) -> list[str]:
        """The first tokens of the product's subjects."""
        names = self.verify.nats_subjects
        return sorted({str(value) for _, value in names.ListFields()})


@dataclass
class Attempt:
    """One attempt and its outcome."""

    what: str
    outcome: str = "no answer"
    answer: bytes = field(default=b"", repr=False)
    head: bytes = field(default=b"", repr=False)
    """The headers of the answer, as lines."""


class Intruder:
    """One intruder; a context that closes its connections at the end. `token` may be None."""

    def __init__(self, stack: Stack, name: str, token: str | None) -> None:
        self.name, self.token = name, token
        self.got = bytearray()
        self.overflow = False
        self.http_attempts: list[Attempt] = []
        self.verify: pb.VerifyTokenRes | None = None
        self.bus: BusSession | None = None
        self._stack = stack
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        self._wishes: list[str] = []
        self._requests: dict[str, str] = {}
        self._http = httpx.AsyncClient(
            base_url=stack.endpoints.server_url,
            timeout=HTTP_DEADLINE,
            verify=stack.verify,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.bus is not None:
            await self.bus.__aexit__()
        await self._http.aclose()

    # -- coming in -------------------------------------------------------------------------

    async def request_entry(self) -> bool:
        """Call verifyToken, as every client does first; True if the token is valid."""
        answer = await self._post("/api/verifyToken", pb.VerifyTokenReq())
        verify = pb.VerifyTokenRes()
        try:
            verify.ParseFromString(answer)
        except DecodeError:
            return False
        self.verify = verify if verify.status else None
        return bool(verify.status)

    async def connect(self, urls: list[str]) -> bool:
        """Connect to the bus; True if it accepts the login.

        Raises:
            BusUnreachable: there is no bus at these addresses.
        """
        tls = tls_of(self._stack) if urls[0].startswith("wss") else None
        self.bus = await BusSession(urls[0], self.token, self._keep, tls).__aenter__()
        return self.bus.refusal is None

    async def join(self) -> None:
        """Do what a client does: verify the token, connect, pull, and request all initial data.

        Raises:
            InsufficientEvidence: the server refuses a token that it made itself.
        """
        if not await self.request_entry() or self.verify is None:
            raise InsufficientEvidence(
                f"the server does not let {self.name} in: {self.http_attempts[-1].outcome}"
            )
        me = self.verify
        if not await self.connect(Target(me.room_id, me.user_id, me).urls) or self.bus is None:
            raise InsufficientEvidence(
                f"the bus does not let {self.name} in: {self.bus and self.bus.refusal}"
            )
        consumer = f"{me.room_id}_{me.user_id}"
        self.bus.acknowledges = f"$JS.ACK.{me.room_stream_name}.{consumer}."
        await self.bus.subscribe(f"{self._inbox}.>")
        await self._request(
            f"$JS.API.CONSUMER.MSG.NEXT.{me.room_stream_name}.{consumer}",
            {"batch": 1000, "expires": _PULL_NS},
        )
        for event in (pb.PING, pb.REQ_INITIAL_DATA, pb.REQ_JOINED_USERS_LIST):
            await self.send_request(event)
        await self.send_request(pb.REQ_MEDIA_SERVER_DATA)
        await self.send_request(pb.REQ_RENEW_PNM_TOKEN, self.token or "")

    async def send_request(self, event: pb.NatsMsgClientToServerEvents, msg: str = "") -> None:
        """Send a request to the server in the participant's own name."""
        if self.bus is not None and self.verify is not None:
            me, request = self.verify, pb.NatsMsgClientToServer(event=event, msg=msg)
            subject = f"{me.nats_subjects.system_js_worker}.{me.room_id}.{me.user_id}"
            await self.bus.publish(subject, request.SerializeToString(), self._reply(subject))

    async def receives(self, what: bytes, timeout: float, times: int = 1) -> bool:
        """Wait until these bytes have arrived `times` times; False after `timeout` seconds."""
        if self.bus is None:
            return False
        return await self.bus.notifier.wait_for(lambda: self.got.count(what) >= times, timeout)

    @property
    def pongs(self) -> int:
        """Number of answers to PING, over any subscription."""
        return sum(_is_pong(message) for message in self.messages)

    async def answered(self, pongs: int, timeout: float) -> bool:
        """Wait for more than `pongs` PONGs; False after `timeout` seconds, or if not connected."""
        if self.bus is None or self.bus.refusal is not None or self.verify is None:
            return False
        return await self.bus.notifier.wait_for(lambda: self.pongs > pongs, timeout)

    # -- attempts --------------------------------------------------------------------------

    async def try_bus(self, target: Target) -> None:
        """Try every subscription and every request that could bring the secret."""
        if self.bus is None or self.bus.refusal is not None:
            return
        for subject in _wishes(target):
            self._wishes.append(subject)
            await self.bus.subscribe(subject)
        await self.bus.flush()
        for subject, request in _requests(target, f"{self._inbox}.pushed"):
            await self._request(subject, request)
        asking = pb.NatsMsgClientToServer(event=pb.REQ_INITIAL_DATA).SerializeToString()
        worker = f"{target.verify.nats_subjects.system_js_worker}.{target.room_id}"
        for subject in (f"{worker}.{target.user_id}", f"{worker}.*"):
            await self.bus.publish(subject, asking, self._reply(subject))
        await self.bus.flush()

    async def try_http(self, target: Target) -> None:
        """Call the participants' endpoints with the token, the operator's without the secret."""
        for path, message in (
            ("/api/breakoutRoom/listRooms", pb.CommonResponse()),
            ("/api/breakoutRoom/myRooms", pb.CommonResponse()),
            (
                "/api/breakoutRoom/join",
                pb.JoinBreakoutRoomReq(breakout_room_id=target.room_id, user_id=target.user_id),
            ),
            (
                "/api/waitingRoom/approveUsers",
                pb.ApproveWaitingUsersReq(room_id=target.room_id, user_id="all"),
            ),
        ):
            await self._post(path, message)
        body = json.dumps({"room_id": target.room_id}).encode()
        for path in ("getActiveRoomInfo", "getActiveRoomsInfo", "fetchPastRooms"):
            await self._post_json(f"/auth/room/{path}", body)
        person = {"room_id": target.room_id, "user_info": {"name": "x", "user_id": target.user_id}}
        await self._post_json("/auth/room/getJoinToken", json.dumps(person).encode())

    async def drain(self) -> None:
        """Wait until everything on its way has arrived: a request of one's own is answered."""
        if self.bus is None or self.bus.refusal is not None:
            return
        await self.bus.flush()

    # -- results ---------------------------------------------------------------------------

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts, each with the reason for its refusal, or with its answer."""
        return [*self.http_attempts, *self._bus_attempts()]

    @property
    def messages(self) -> list[Operation]:
        """The messages that came over the bus."""
        return self.bus.messages if self.bus is not None else []

    @property
    def problem(self) -> str | None:
        """Why not everything received could be read; None if everything was."""
        if self.overflow:
            return f"more than {MOST_BYTES} bytes came"
        return self.bus.problem if self.bus is not None else None

    def _bus_attempts(self) -> Iterator[Attempt]:
        if self.bus is None:
            return
        if self.bus.refusal is not None:
            yield Attempt("connect to the bus", f"refused: {self.bus.refusal}")
        refused = {error for error in self.bus.errors if "iolation" in error}
        for subject in self._wishes:
            why = next((e for e in refused if f'"{subject}"' in e and "Subscription" in e), None)
            yield Attempt(f"subscribe {subject}", f"refused: {why}" if why else "allowed")
        answers = {one.subject: one for one in self.bus.messages if one.subject in self._requests}
        for reply, subject in self._requests.items():
            why = next((e for e in refused if f'"{subject}"' in e and "Publish" in e), None)
            outcome = f"refused: {why}" if why else _outcome(answers.get(reply))
            yield Attempt(f"request {subject}", outcome)

    # -- the wire --------------------------------------------------------------------------

    def _keep(self, data: bytes) -> None:
        if len(self.got) + len(data) > MOST_BYTES:
            self.overflow = True
            return
        self.got += data

    def _reply(self, subject: str) -> str:
        reply = f"{self._inbox}.{len(self._requests)}"
        self._requests[reply] = subject
        return reply

    async def _request(self, subject: str, request: object) -> None:
        if self.bus is not None:
            payload = json.dumps(request).encode() if request is not None else b""
            await self.bus.publish(subject, payload, self._reply(subject))

    async def _post(self, path: str, message: Message) -> bytes:
        headers = {"Content-Type": "application/protobuf"}
        if self.token is not None:
            headers["Authorization"] = self.token
        return await self._send(path, message.SerializeToString(), headers)

    async def _post_json(self, path: str, body: bytes) -> bytes:
        """Call an operator's endpoint with a guessed signature; the API key alone is no secret."""
        headers = {
            signatures.API_KEY_HEADER: self._stack.endpoints.api_key,
            signatures.SIGNATURE_HEADER: signatures.sign(body, "guessed"),
            "Content-Type": "application/json",
        }
        if self.token is not None:
            headers["Authorization"] = self.token
        return await self._send(path, body, headers)

    async def _send(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        attempt = Attempt(f"POST {path}")
        self.http_attempts.append(attempt)
        answer = b""
        try:
            async with self._http.stream("POST", path, content=body, headers=headers) as response:
                async for part in response.aiter_bytes():
                    answer += part
                    if len(answer) > MOST_BYTES:
                        self.overflow = True
                        break
                attempt.head = b"".join(b"%s: %s\n" % pair for pair in response.headers.raw)
                self._keep(attempt.head)
        except httpx.HTTPError as error:
            attempt.outcome = f"no answer: {type(error).__name__}"
            return b""
        self._keep(answer)
        attempt.answer = answer
        attempt.outcome = f"HTTP {response.status_code}, {_verdict(answer)}"
        return answer


def _wishes(target: Target) -> list[str]:
    """The subjects to try, from all subjects to one participant's own."""
    room, user = target.room_id, target.user_id
    bucket = f"pnm-room-{room}"
    return [
        ">", "*", "_INBOX.>", "_INBOX.*", "_INBOX.*.*", "_R_.>", "$JS.>", "$JS.API.>",
        "$JS.ACK.>", "$JS.EVENT.>", "$KV.>", f"$KV.{bucket}.>", "$SYS.>", "$SYS.ACCOUNT.>",
        *(f"{prefix}.>" for prefix in target.prefixes),
        *(f"{prefix}.{room}" for prefix in target.prefixes),
        *(f"{prefix}.{room}.>" for prefix in target.prefixes),
        f"{target.verify.nats_subjects.system_private}.{room}.{user}.system",
    ]  # fmt: skip


def _requests(target: Target, inbox: str) -> Iterator[tuple[str, object]]:
    """The JetStream requests to try; pushed messages would arrive at `inbox`."""
    names = target.verify.nats_subjects
    stream, bucket = target.verify.room_stream_name, f"KV_pnm-room-{target.room_id}"
    key = f"$KV.pnm-room-{target.room_id}.info_metadata"
    private = f"{names.system_private}.{target.room_id}.{target.user_id}.system"
    api = "$JS.API"
    yield f"{api}.INFO", None
    yield f"{api}.STREAM.NAMES", None
    yield f"{api}.STREAM.LIST", None
    for name, last in ((stream, private), (bucket, key)):
        yield f"{api}.STREAM.INFO.{name}", None
        yield f"{api}.STREAM.MSG.GET.{name}", {"last_by_subj": last}
        yield f"{api}.DIRECT.GET.{name}", {"last_by_subj": last}
        yield f"{api}.DIRECT.GET.{name}.{last}", None
        yield f"{api}.CONSUMER.NAMES.{name}", None
        yield f"{api}.CONSUMER.LIST.{name}", None
        for word, consumer in (("all", ">"), ("one", last)):
            spy = f"spy-{secrets.token_hex(4)}"
            config = {
                "ack_policy": "none",
                "deliver_policy": "all",
                "deliver_subject": f"{inbox}.{word}",
                "inactive_threshold": _FORGET_NS,
                **({} if consumer == ">" else {"filter_subject": consumer}),
            }
            named = {"stream_name": name, "config": {**config, "name": spy}}
            durable = {"stream_name": name, "config": {**config, "durable_name": spy}}
            filtered = "" if consumer == ">" else f".{consumer}"
            yield f"{api}.CONSUMER.CREATE.{name}", {"stream_name": name, "config": config}
            yield f"{api}.CONSUMER.CREATE.{name}.{spy}{filtered}", named
            yield f"{api}.CONSUMER.DURABLE.CREATE.{name}.{spy}", durable
    theirs = f"{target.room_id}_{target.user_id}"
    yield f"{api}.CONSUMER.INFO.{stream}.{theirs}", None
    yield f"{api}.CONSUMER.MSG.NEXT.{stream}.{theirs}", {"batch": 1000, "expires": _PULL_NS}


def _is_pong(message: Operation) -> bool:
    try:
        return pb.NatsMsgServerToClient.FromString(message.payload).event == pb.PONG
    except DecodeError:
        return False


def _outcome(answer: Operation | None) -> str:
    if answer is None:
        return "no answer"
    if not answer.payload:
        return "nobody answers there (no responders)"
    try:
        error = json.loads(answer.payload).get("error")
    except (ValueError, AttributeError):
        error = None
    if isinstance(error, dict):
        return f"refused: {str(error.get('description', ''))[:100]}"
    return f"answered, {len(answer.payload)} bytes"


def _verdict(answer: bytes) -> str:
    """The verdict in an answer: protobuf from /api, JSON from /auth, both with status and msg."""
    if answer[:1] == b"{":
        try:
            said = json.loads(answer)
        except ValueError:
            said = {}
        status, msg = said.get("status"), said.get("msg")
    else:
        try:
            common = pb.CommonResponse.FromString(answer)
        except DecodeError:
            return f"{len(answer)} bytes"
        status, msg = common.status, common.msg
    return f"accepted, {len(answer)} bytes" if status else f"refused: {str(msg)[:100]}"
