"""An agent that joins in spite of a refusal: hidden, without the secret; forwards all sound."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from livekit import api

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.observers.notifier import Notifier
from conformance.observers.provider import Provider, word_of
from conformance.reference.agent.job import Job, event_of
from conformance.stacks.base import Stack
from conformance.stacks.services.reference_server import environment

MOST_EVENTS: Final = 2_000
GOODBYE_S: Final = 5.0
LONGEST_LINE: Final = 1 << 20


class KeylessAgent(Notifier):
    """One agent in the SFU's room; see `keyless_agent_in`.

    `events`: its reports, in order. It sends sound to the provider under its own API key.
    """

    def __init__(self, people: Sequence[Participant], provider: Provider, key: str) -> None:
        super().__init__()
        self.people, self._provider, self._key = people, provider, key
        self.events: list[dict[str, Any]] = []

    async def read(self, process: Process) -> None:
        """Read its reports until it ends."""
        assert process.stdout is not None
        async for line in process.stdout:
            if len(self.events) < MOST_EVENTS:
                self.events.append(event_of(line))
            self.notify()

    def _times(self, word: str) -> int:
        return sum(one.words[word] for one in self._provider.of(self._key))

    def _said(self, what: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == what]

    def gets_sound(self, seconds: float = timeouts.AGENT_SOUND) -> Claim:
        """It subscribed to every microphone, and at least this much sound came out of them."""

        async def look() -> Observation:
            heard = {event["user_id"]: event["encrypted"] for event in self._said("hears")}
            got = sum(one.seconds for one in self._provider.of(self._key))
            faults = [str(event["msg"]) for event in self.events if "msg" in event]
            return Observation(
                len(heard) >= len(self.people) and got >= seconds,
                f"{len(heard)} microphones, {sum(map(bool, heard.values()))} of them encrypted, "
                f"{got:.1f} s of sound" + (f"; {faults[0]}" if faults else ""),
                {"microphones": heard, "seconds": round(got, 1), "faults": faults[:5]},
            )

        text = f"the agent without the secret gets {seconds:.0f} s of sound"
        return Claim(text, look, [self, self._provider], timeouts.AI_WORKS)

    def hears_anybody(self) -> Claim:
        """The negative claim: it heard the tones of one of the room's participants."""
        return self._hears("the agent without the secret hears someone", 1, 0)

    def hears_more(self, words: int = timeouts.AI_WORDS) -> Claim:
        """Progress: it hears more of its people, counted from this call."""
        before = sum(self._times(word_of(person.mark.tones)) for person in self.people)
        return self._hears(
            f"the same agent hears {words} more words in a plain room", words, before
        )

    def _hears(self, text: str, least: int, before: int) -> Claim:
        async def look() -> Observation:
            heard = {person.name: self._times(word_of(person.mark.tones)) for person in self.people}
            return Observation(
                sum(heard.values()) - before >= least,
                ", ".join(f"{name}'s tones {count} times" for name, count in heard.items()),
                {"heard": heard},
            )

        return Claim(text, look, [self, self._provider], timeouts.AI_GOES_ON)


@asynccontextmanager
async def keyless_agent_in(
    stack: Stack, room_id: str, people: Sequence[Participant], provider: Provider
) -> AsyncIterator[KeylessAgent]:
    """Send a hidden agent without the secret into a room; it leaves when the context ends.

    It watches its stdin, so it ends when this process does.

    Raises:
        InsufficientEvidence: the SFU's address is not given.
    """
    stack.need("livekit")
    given, key = stack.endpoints, secrets.token_urlsafe(16)
    grants = api.VideoGrants(
        room_join=True, room=room_id, can_publish=False, can_subscribe=True, hidden=True
    )
    token = api.AccessToken(given.livekit_api_key, given.livekit_api_secret)
    token = token.with_identity(f"pnm_agent-transcription-{secrets.token_hex(4)}")
    job = Job(
        livekit_url=given.livekit_url or "",
        token=token.with_grants(grants).to_jwt(),
        provider_url=provider.url,
        provider_key=key,
        everybody=True,
        heedless=True,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "conformance.reference.agent",
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=LONGEST_LINE,
        env={**os.environ, **environment()},
    )  # fmt: skip
    agent = KeylessAgent(people, provider, key)
    reading = asyncio.create_task(agent.read(process))
    assert process.stdin is not None
    try:
        process.stdin.write(job.model_dump_json().encode() + b"\n")
        await process.stdin.drain()
        yield agent
        process.stdin.write(b'{"do": "end"}\n')
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await process.stdin.drain()
                process.stdin.close()
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading
