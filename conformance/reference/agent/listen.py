"""The agent in its room: it selects microphones, and transcribes or summarises their sound.

Source: plugNmeet-server v2.4.0, pkg/services/insights/room_agent.go, task_*.go.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import aiohttp
import numpy as np
from livekit import rtc

from conformance.reference.agent.ask import FILE_RATE, REALTIME_RATE, Provider, first_to_end
from conformance.reference.agent.job import Job

PIECE_S: Final = 0.1
"""The length of the sound in one message, in seconds."""
MOST_S: Final = 120
"""At most this many seconds of each person's sound go into a summary."""
AGENTS: Final = ("pnm_agent-", "pnm_tts_agent-")


class Agent:
    """One agent. `tell(event=..., **fields)` sends an event to its owner."""

    def __init__(self, job: Job, tell: Callable[..., None]) -> None:
        self._job, self._tell = job, tell
        self._wanted: dict[str, dict[str, Any]] = {}
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._kept: dict[str, bytearray] = {}
        self._gone = asyncio.Event()

    async def run(self, orders: asyncio.Queue[dict[str, Any]]) -> None:
        """Run until the room or an order ends it. Raises the error if the agent cannot join."""
        async with aiohttp.ClientSession(trust_env=False) as http:
            self._provider = Provider(http, self._job.provider_url, self._job.provider_key)
            self._room = self._new_room()
            encryption = None
            if self._job.secret:
                # The SDK has the defaults of livekit-client: PBKDF2, salt LKFrameEncryptionKey.
                provider = rtc.KeyProviderOptions(shared_key=self._job.secret.encode())
                encryption = rtc.E2EEOptions(key_provider_options=provider)
            options = rtc.RoomOptions(auto_subscribe=False, encryption=encryption)
            await self._room.connect(self._job.livekit_url, self._job.token, options)
            self._tell(event="joined")
            self._subscribe()
            await first_to_end(self._obey(orders), self._until_gone())
            for task in self._listening.values():
                task.cancel()
            await self._room.disconnect()
            if self._job.service == "meeting_summarizing":
                await self._summarise()

    def _new_room(self) -> rtc.Room:
        room = rtc.Room()
        room.on("track_published", lambda *_: self._subscribe())
        room.on("track_subscribed", self._subscribed)
        room.on("track_unsubscribed", lambda _track, _pub, person: self._drop(person.identity))
        room.on("disconnected", lambda *_: self._gone.set())
        return room

    async def _until_gone(self) -> None:
        await self._gone.wait()

    async def _obey(self, orders: asyncio.Queue[dict[str, Any]]) -> None:
        while (order := await orders.get())["do"] != "end":
            user_id = str(order["user_id"])
            if order["do"] == "start":
                self._wanted[user_id] = dict(order.get("options") or {})
                self._subscribe()
            else:
                self._wanted.pop(user_id, None)
                self._drop(user_id)

    def _subscribe(self) -> None:
        for person in self._room.remote_participants.values():
            if person.identity.startswith(AGENTS):
                continue
            if not self._job.everybody and person.identity not in self._wanted:
                continue
            for publication in person.track_publications.values():
                if publication.source == rtc.TrackSource.SOURCE_MICROPHONE:
                    publication.set_subscribed(True)

    def _subscribed(
        self, track: rtc.Track, publication: Any, person: rtc.RemoteParticipant
    ) -> None:
        encrypted = publication.encryption_type != 0
        about = {"user_id": person.identity, "encrypted": encrypted}
        if encrypted and not self._job.secret and not self._job.heedless:
            self._tell(event="ignores", **about)
            return
        self._drop(person.identity)
        self._tell(event="hears", **about)
        listen = self._keep if self._job.service == "meeting_summarizing" else self._transcribe
        self._listening[person.identity] = asyncio.create_task(
            self._without_fail(listen(track, person.identity))
        )

    def _drop(self, user_id: str) -> None:
        task = self._listening.pop(user_id, None)
        if task is not None:
            task.cancel()

    async def _without_fail(self, work: Any) -> None:
        try:
            await work
        except (aiohttp.ClientError, OSError, ValueError, KeyError, TimeoutError) as error:
            self._tell(event="trouble", msg=f"{type(error).__name__}: {error}")

    async def _transcribe(self, track: rtc.Track, user_id: str) -> None:
        options = self._wanted.get(user_id, {})
        lang, langs = str(options.get("spokenLang", "")), options.get("transLangs") or []
        # As in the product, the field for the user id holds the name.
        name = str(options.get("userName", user_id))

        async def said(text: str, final: bool) -> None:
            result: dict[str, Any] = {
                "from_user_id": name, "from_user_name": name, "lang": lang, "text": text,
                "is_partial": not final,
            }  # fmt: skip
            if final and langs:
                result["translations"] = await self._provider.translate(text, lang, langs)
            self._tell(event="transcript", user_id=user_id, result=result)

        await self._provider.transcribe(_pieces(track, REALTIME_RATE), lang, said)

    async def _keep(self, track: rtc.Track, user_id: str) -> None:
        kept = self._kept.setdefault(user_id, bytearray())
        async for pcm in _pieces(track, FILE_RATE):
            if len(kept) < MOST_S * FILE_RATE * 2:
                kept += pcm

    async def _summarise(self) -> None:
        if self._kept:
            await self._without_fail(self._summary())

    async def _summary(self) -> None:
        mixed = np.zeros(max(len(pcm) // 2 for pcm in self._kept.values()), np.int32)
        for pcm in self._kept.values():
            sound = np.frombuffer(pcm, "<i2")
            mixed[: len(sound)] += sound
        clipped = np.clip(mixed, -32768, 32767).astype("<i2")
        text = await self._provider.summarise(clipped.tobytes(), self._job.prompt)
        self._tell(event="summary", text=text)


async def _pieces(track: rtc.Track, rate: int) -> AsyncIterator[bytes]:
    """The sound of a track: PCM, 16 bits, one channel, in pieces of PIECE_S seconds."""
    stream = rtc.AudioStream.from_track(track=track, sample_rate=rate, num_channels=1)
    piece = bytearray()
    try:
        async for event in stream:
            piece += bytes(event.frame.data)
            if len(piece) >= PIECE_S * rate * 2:
                yield bytes(piece)
                piece.clear()
    finally:
        await stream.aclose()
