"""The provider's HTTP and WebSocket API, as OpenAI's clients use it.

Source of the requests: plugNmeet-server v2.4.0, pkg/insights/providers/openai/*.go. Requests may be
hostile: sizes are bounded. A request that cannot be read gets an error and is recorded.
"""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self

from aiohttp import BodyPartReader, WSMsgType, web
from aiohttp.http import HttpProcessingError

from conformance.observers.notifier import Notifier
from conformance.observers.provider.words import (
    NoSound,
    Recogniser,
    words_in_text,
    words_in_wav,
)

MOST_REQUESTS: Final = 2_000
MOST_BYTES: Final = 32 * 1024 * 1024
"""The limit of one upload. The product cuts sound of more than 20 MB."""
MOST_OF_A_MESSAGE: Final = 4 * 1024 * 1024
PHRASE_S: Final = 1.5
"""Seconds of sound after which the recognised words are sent as a sentence."""
WORDS_OF_A_TEXT: Final = 50
MOST_LANGUAGES: Final = 20
REALTIME_RATE: Final = 24_000
SPEECH: Final = bytes(2 * REALTIME_RATE // 5)
"""The answer to a speech request: a fifth of a second of silence."""

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    HttpProcessingError,  # the headers of a form's parts
)
"""Errors that reading a request may raise, in this module or in aiohttp."""


@dataclass
class Request:
    """One request, or one realtime session. `at`: the monotonic time of its arrival, in seconds.

    `account`: the API key that it used. `seconds`: the length of its sound. `words`: how often each
    word was recognised in the sound or read in the text. `problem`: why a part of it could not be
    read.
    """

    path: str
    at: float
    account: str = field(default="", repr=False)
    seconds: float = 0.0
    words: Counter[str] = field(default_factory=Counter)
    problem: str | None = None


class Provider(Notifier):
    """Listens on a free loopback port while the context lasts; notifies of each request."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.requests: list[Request] = []
        self.left_out = 0
        self._sockets: set[web.WebSocketResponse] = set()
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_post("/v1/audio/transcriptions", self._recorded(self._transcribe))
        app.router.add_post("/v1/audio/speech", self._recorded(self._speak))
        app.router.add_post("/v1/chat/completions", self._recorded(self._complete))
        app.router.add_get("/v1/realtime", self._recorded(self._listen))
        app.router.add_route("*", "/{path:.*}", self._recorded(_unknown))
        app.on_shutdown.append(self._hang_up)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _hang_up(self, _: web.Application) -> None:
        for socket in tuple(self._sockets):
            await socket.close()

    def count(self, word: str, path: str = "") -> int:
        """How often a word arrived, in all requests or in those whose path ends with `path`."""
        return sum(one.words[word] for one in self.requests if one.path.endswith(path))

    def of(self, account: str) -> list[Request]:
        """The requests with this API key."""
        return [one for one in self.requests if one.account == account]

    def _recorded(
        self, handler: Callable[[web.Request, Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            key = request.headers.get("Authorization", "").removeprefix("Bearer ")
            record = Request(request.path, time.monotonic(), key[:200])
            if len(self.requests) < MOST_REQUESTS:
                self.requests.append(record)
            else:
                self.left_out += 1
            self.notify()
            try:
                return await handler(request, record)
            except web.HTTPException as error:
                record.problem = error.reason
                raise
            except _UNREADABLE as error:
                record.problem = str(error)[:200] or type(error).__name__
                return _error(record.problem)
            finally:
                self.notify()

        return handle

    async def _transcribe(self, request: web.Request, record: Request) -> web.StreamResponse:
        data, size = b"", 0
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise NoSound("nested forms are not supported")
            chunks = []
            while chunk := await part.read_chunk(1 << 16):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(MOST_BYTES, size)
                chunks.append(chunk)
            if part.name == "file":
                data = b"".join(chunks)
        record.seconds, words = words_in_wav(data)
        record.words.update(words)
        return web.json_response({"text": _text(words), "usage": {"total_tokens": len(words)}})

    async def _complete(self, request: web.Request, record: Request) -> web.StreamResponse:
        query = _object(await request.text())
        texts = [str(one.get("content")) for one in query.get("messages") or []]
        words = words_in_text("\n".join(texts))
        record.words.update(words)
        translate = _translation_of(texts[-1]) if texts else None
        if translate is not None:
            langs, text = translate
            answer = dict.fromkeys(langs, text)
        else:
            answer = {"summary": f"<p>heard: {_text(words) or 'nothing'}</p>"}
        message = {"role": "assistant", "content": json.dumps(answer)}
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": str(query.get("model")),
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        )

    async def _speak(self, request: web.Request, record: Request) -> web.StreamResponse:
        record.words.update(words_in_text(str(_object(await request.text()).get("input"))))
        return web.Response(body=SPEECH, content_type="audio/pcm")

    async def _listen(self, request: web.Request, record: Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=MOST_OF_A_MESSAGE)
        await socket.prepare(request)
        self._sockets.add(socket)
        session = _Session(socket, record)
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                try:
                    await session.take(_object(message.data))
                except _UNREADABLE as error:
                    record.problem = str(error)[:200]
                    await socket.send_json({"type": "error", "error": {"message": record.problem}})
                self.notify()
        except ConnectionError:
            pass  # the client closed the connection during an answer
        finally:
            self._sockets.discard(socket)
        return socket


class _Session:
    """One realtime session: it receives sound and sends words."""

    def __init__(self, socket: web.WebSocketResponse, record: Request) -> None:
        self._socket, self._record = socket, record
        self._recogniser = Recogniser(REALTIME_RATE)
        self._phrase: list[str] = []
        self._phrase_began = 0.0

    async def take(self, event: dict[str, Any]) -> None:
        """Handle one event; raises one of `_UNREADABLE` if the event cannot be read."""
        match event.get("type"):
            case "session.update":
                audio = ((event.get("session") or {}).get("audio") or {}).get("input") or {}
                rate = (audio.get("format") or {}).get("rate", REALTIME_RATE)
                self._recogniser = Recogniser(int(rate))
            case "input_audio_buffer.append":
                await self._hear(base64.b64decode(str(event.get("audio")), validate=True))
            case "input_audio_buffer.commit":
                await self._say()

    async def _hear(self, pcm: bytes) -> None:
        self._record.seconds += len(pcm) / 2 / self._recogniser.rate
        for word in self._recogniser.feed(pcm):
            self._record.words[word] += 1
            if not self._phrase:
                self._phrase_began = self._recogniser.seconds
            if word not in self._phrase:
                await self._send("delta", delta=f"{word} ")
            self._phrase.append(word)
        if self._phrase and self._recogniser.seconds - self._phrase_began >= PHRASE_S:
            await self._say()

    async def _say(self) -> None:
        if self._phrase:
            await self._send("completed", transcript=_text(self._phrase))
            self._phrase.clear()

    async def _send(self, what: str, **fields: str) -> None:
        kind = f"conversation.item.input_audio_transcription.{what}"
        await self._socket.send_json({"type": kind, **fields})


async def _unknown(_: web.Request, record: Request) -> web.StreamResponse:
    record.problem = "unknown path"
    return _error(record.problem, 404)


def _error(text: str, status: int = 400) -> web.StreamResponse:
    return web.json_response({"error": {"message": text}}, status=status)


def _object(text: str) -> dict[str, Any]:
    """Parse a JSON object; raises ValueError for any other text."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("the text is not a JSON object")
    return found


def _translation_of(prompt: str) -> tuple[list[str], str] | None:
    """Languages and text of "Translate from … to: LANGS.\\n … Text:\\nTEXT", else None.

    The code uses no regular expression: one with several gaps takes minutes on a crafted prompt.
    """
    _, begins, rest = prompt.partition("Translate from ")
    _, to, rest = rest.partition(" to: ")
    langs, stop, rest = rest.partition(".\n")
    _, label, text = rest.partition("Text:\n")
    if not (begins and to and stop and label) or "\n" in langs:
        return None
    return [lang.strip() for lang in langs.split(",")[:MOST_LANGUAGES]], text.strip()


def _text(words: list[str]) -> str:
    return " ".join(words[:WORDS_OF_A_TEXT])
