"""The provider's HTTP and WebSocket side, as OpenAI's clients speak it.

What is spoken: plugNmeet-server v2.4.0, pkg/insights/providers/openai/*.go. Whatever comes may be
hostile: sizes are bounded; what cannot be read is answered with an error, and kept.
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
"""Of one upload; the product cuts what is longer than 20 MB."""
MOST_OF_A_MESSAGE: Final = 4 * 1024 * 1024
PHRASE_S: Final = 1.5
"""Seconds of sound after which what was heard is said to be a sentence."""
WORDS_OF_A_TEXT: Final = 50
MOST_LANGUAGES: Final = 20
REALTIME_RATE: Final = 24_000
SPEECH: Final = bytes(2 * REALTIME_RATE // 5)
"""What it says when it is to speak: a fifth of a second of silence."""

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    HttpProcessingError,  # a form's own headers
)
"""What reading a request of any form may raise, in this module or in aiohttp."""


@dataclass
class Request:
    """One request, or one realtime session. `at`: when it came (monotonic seconds).

    `account`: the key that it came with. `seconds`: of sound that came with it. `words`: each word
    and how often it was heard in the sound, or read in the text. `problem`: why something of it
    could not be read.
    """

    path: str
    at: float
    account: str = field(default="", repr=False)
    seconds: float = 0.0
    words: Counter[str] = field(default_factory=Counter)
    problem: str | None = None


class Provider(Notifier):
    """Listens on a free loopback port while it is entered; tells whenever something came."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.requests: list[Request] = []
        self.left_out = 0
        self._sockets: set[web.WebSocketResponse] = set()
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_post("/v1/audio/transcriptions", self._kept(self._transcribe))
        app.router.add_post("/v1/audio/speech", self._kept(self._speak))
        app.router.add_post("/v1/chat/completions", self._kept(self._complete))
        app.router.add_get("/v1/realtime", self._kept(self._listen))
        app.router.add_route("*", "/{path:.*}", self._kept(_unknown))
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

    def times(self, word: str, path: str = "") -> int:
        """How often a word came, by any way or by those whose path ends so."""
        return sum(one.words[word] for one in self.requests if one.path.endswith(path))

    def of(self, account: str) -> list[Request]:
        """What came with this key."""
        return [one for one in self.requests if one.account == account]

    def _kept(
        self, handler: Callable[[web.Request, Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            key = request.headers.get("Authorization", "").removeprefix("Bearer ")
            kept = Request(request.path, time.monotonic(), key[:200])
            if len(self.requests) < MOST_REQUESTS:
                self.requests.append(kept)
            else:
                self.left_out += 1
            self.notify()
            try:
                return await handler(request, kept)
            except web.HTTPException as error:
                kept.problem = error.reason
                raise
            except _UNREADABLE as error:
                kept.problem = str(error)[:200] or type(error).__name__
                return _error(kept.problem)
            finally:
                self.notify()

        return handle

    async def _transcribe(self, request: web.Request, kept: Request) -> web.StreamResponse:
        data, size = b"", 0
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise NoSound("a form within a form")
            chunks = []
            while chunk := await part.read_chunk(1 << 16):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(MOST_BYTES, size)
                chunks.append(chunk)
            if part.name == "file":
                data = b"".join(chunks)
        kept.seconds, words = words_in_wav(data)
        kept.words.update(words)
        return web.json_response({"text": _text(words), "usage": {"total_tokens": len(words)}})

    async def _complete(self, request: web.Request, kept: Request) -> web.StreamResponse:
        asked = _object(await request.text())
        texts = [str(one.get("content")) for one in asked.get("messages") or []]
        words = words_in_text("\n".join(texts))
        kept.words.update(words)
        translate = _asks_to_translate(texts[-1]) if texts else None
        if translate is not None:
            langs, text = translate
            said = dict.fromkeys(langs, text)
        else:
            said = {"summary": f"<p>heard: {_text(words) or 'nothing'}</p>"}
        message = {"role": "assistant", "content": json.dumps(said)}
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": str(asked.get("model")),
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        )

    async def _speak(self, request: web.Request, kept: Request) -> web.StreamResponse:
        kept.words.update(words_in_text(str(_object(await request.text()).get("input"))))
        return web.Response(body=SPEECH, content_type="audio/pcm")

    async def _listen(self, request: web.Request, kept: Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=MOST_OF_A_MESSAGE)
        await socket.prepare(request)
        self._sockets.add(socket)
        session = _Session(socket, kept)
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                try:
                    await session.take(_object(message.data))
                except _UNREADABLE as error:
                    kept.problem = str(error)[:200]
                    await socket.send_json({"type": "error", "error": {"message": kept.problem}})
                self.notify()
        except ConnectionError:
            pass  # it hung up while it was being answered
        finally:
            self._sockets.discard(socket)
        return socket


class _Session:
    """One realtime session: sound in, words out."""

    def __init__(self, socket: web.WebSocketResponse, kept: Request) -> None:
        self._socket, self._kept = socket, kept
        self._ear = Recogniser(REALTIME_RATE)
        self._phrase: list[str] = []
        self._phrase_began = 0.0

    async def take(self, event: dict[str, Any]) -> None:
        """Raises one of `_UNREADABLE` for what cannot be read."""
        match event.get("type"):
            case "session.update":
                audio = ((event.get("session") or {}).get("audio") or {}).get("input") or {}
                rate = (audio.get("format") or {}).get("rate", REALTIME_RATE)
                self._ear = Recogniser(int(rate))
            case "input_audio_buffer.append":
                await self._hear(base64.b64decode(str(event.get("audio")), validate=True))
            case "input_audio_buffer.commit":
                await self._say()

    async def _hear(self, pcm: bytes) -> None:
        self._kept.seconds += len(pcm) / 2 / self._ear.rate
        for word in self._ear.feed(pcm):
            self._kept.words[word] += 1
            if not self._phrase:
                self._phrase_began = self._ear.seconds
            if word not in self._phrase:
                await self._send("delta", delta=f"{word} ")
            self._phrase.append(word)
        if self._phrase and self._ear.seconds - self._phrase_began >= PHRASE_S:
            await self._say()

    async def _say(self) -> None:
        if self._phrase:
            await self._send("completed", transcript=_text(self._phrase))
            self._phrase.clear()

    async def _send(self, what: str, **fields: str) -> None:
        kind = f"conversation.item.input_audio_transcription.{what}"
        await self._socket.send_json({"type": kind, **fields})


async def _unknown(_: web.Request, kept: Request) -> web.StreamResponse:
    kept.problem = "no such path"
    return _error(kept.problem, 404)


def _error(text: str, status: int = 400) -> web.StreamResponse:
    return web.json_response({"error": {"message": text}}, status=status)


def _object(text: str) -> dict[str, Any]:
    """Raises ValueError for anything but a JSON object."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def _asks_to_translate(prompt: str) -> tuple[list[str], str] | None:
    """Languages and text of "Translate from … to: LANGS.\\n … Text:\\nTEXT"; None otherwise.

    Found by hand: a pattern with several gaps takes minutes on a prompt that is made for it.
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
