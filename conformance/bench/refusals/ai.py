"""Claims about audio-based AI: it works in a plain room, and nothing of it begins in another.

A refusal proves something only beside a plain room of the same server, in which the same requests
were just accepted and the AI heard what was said: `Assistant` is that room, and the same observers
(bus, SFU, provider, metadata) look at both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, evidence_of
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.refusals.ai_activity import (
    FEATURES,
    OTHER_LANG,
    SUMMARISE,
    AiActivity,
    AiAnswer,
    AiFeature,
    object_of,
    request_ai,
    summary_request,
    transcription_requests,
)
from conformance.observers.bus import tapped
from conformance.observers.provider import Provider, Request
from conformance.stacks.base import RoomKind
from conformance.verdicts import Evidence


class AiControl:
    """The AI at work in a plain room: the control of every refusal. A context.

    `attach` prepares it at its first call; what did not work shows in the claims of `works`.
    """

    def __init__(self, rooms: RoomFactory, provider: Provider) -> None:
        self.rooms, self.stack, self.provider = rooms, rooms.stack, provider
        self.answers: list[AiAnswer] = []
        self._parts = AsyncExitStack()
        self._eyes: AiActivity | None = None
        self._plain: tuple[Room, Participant] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    async def plain_room(self) -> tuple[Room, Participant]:
        """The plain room, in which alice speaks; the same at every call."""
        if self._plain is None:
            room = await self.rooms.create(RoomKind.PLAIN, features=FEATURES)
            self._parts.push_async_callback(room.close)
            self._plain = room, await room.join("alice", is_admin=True)
        return self._plain

    async def attach(self) -> None:
        """Let the AI work in the plain room; once.

        Raises:
            Thin: the server has no AI of this run, or gives no look at its bus or SFU, or gave
                no answer at all.
        """
        self.stack.need("ai", "nats", "livekit")
        if self._eyes is not None:
            return
        tap = await self._parts.enter_async_context(tapped(self.stack.endpoints))
        room, alice = await self.plain_room()
        self._eyes = AiActivity(self.stack, tap, self.provider, room)
        for path, message in (
            *transcription_requests(alice, translate=True),
            (SUMMARISE, summary_request()),
        ):
            what: AiFeature = "meeting summary" if path == SUMMARISE else "speech translation"
            self.answers.append(await request_ai(self.stack, alice, what, path, message))
            if not self.answers[-1].accepted:
                return
        await until_true(
            self.goes_on(), self.rooms.alarm
        )  # so that the summary has something to sum up
        end = "ai/meetingSummarization/end"
        self.answers.append(
            await request_ai(self.stack, alice, "meeting summary", end, summary_request())
        )

    @property
    def eyes(self) -> AiActivity:
        """What is seen of the plain room; only after `attach`."""
        assert self._eyes is not None
        return self._eyes

    @property
    def word(self) -> str:
        """What alice says in the plain room."""
        (word,) = self.eyes.words()
        return word

    def works(self) -> list[Claim]:
        """Each thing that must not be seen elsewhere is seen here, and the AI heard alice."""
        eyes = self.eyes
        return [
            self._was_accepted(),
            self._hears(),
            self._is_told("transcribed", lambda result: self.word in result.get("text", "")),
            self._is_told(
                "translated",
                lambda result: self.word in (result.get("translations") or {}).get(OTHER_LANG, ""),
            ),
            self._is_summed_up(),
            eyes.work_is_handed_out(),
            eyes.agent_is_there(),
            eyes.room_is_marked(),
            eyes.somebody_is_told(),
        ]

    def _was_accepted(self) -> Claim:
        async def look() -> Observation:
            return Observation(
                all(one.accepted for one in self.answers),
                "; ".join(str(one) for one in self.answers),
                {"answers": [str(one) for one in self.answers]},
            )

        return Claim("the same requests are accepted in a plain room", look, [])

    def _hears(self) -> Claim:
        return self._heard("realtime", 2, "the AI provider hears alice of the plain room")

    def goes_on(self) -> Claim:
        """Progress: the AI goes on hearing alice in the plain room, from this call on."""
        before = self.provider.count(self.word, "realtime")
        text = f"the AI hears {timeouts.AI_WORDS} more words of the plain room"
        return self._heard("realtime", timeouts.AI_WORDS, text, before)

    def _is_summed_up(self) -> Claim:
        return self._heard("transcriptions", 1, "the summary's recording has what alice said")

    def _heard(self, path: str, least: int, text: str, before: int = 0) -> Claim:
        async def look() -> Observation:
            count = self.provider.count(self.word, path) - before
            return Observation(
                count >= least,
                f'{count} times "{self.word}", {least} needed',
                {"word": self.word, "times": count},
            )

        return Claim(text, look, [self.provider], timeouts.AI_GOES_ON)

    def _is_told(self, what: str, says: Callable[[dict[str, Any]], bool]) -> Claim:
        async def look() -> Observation:
            texts = self.eyes.transcripts()
            right = [text for text in texts if says(object_of(text))]
            return Observation(
                bool(right),
                f'{len(right)} of {len(texts)} transcripts on the bus say "{self.word}"',
                {"transcripts": right[-5:] or texts[-5:]},
            )

        text = f"what alice says in the plain room is {what}"
        return Claim(text, look, [self.eyes.tap], timeouts.AI_WORKS)

    @asynccontextmanager
    async def trial(self, rooms: RoomFactory, kind: RoomKind) -> AsyncIterator[AiRequests]:
        """An encrypted room with two people who hear each other, created as the plain one.

        `rooms` makes it, with the server and the client as the check is to find them.
        """
        secret = unique("right") if kind is RoomKind.ZERO_KNOWLEDGE else None
        async with rooms.opened(kind, features=FEATURES) as room:
            alice, bob = await room.join_all("alice", "bob", secret=secret, admin="alice")
            yield AiRequests(
                self, AiActivity(self.stack, self.eyes.tap, self.provider, room), alice, bob
            )


@dataclass
class AiRequests:
    """An encrypted room in which the AI is asked for."""

    assistant: AiControl
    eyes: AiActivity
    alice: Participant
    bob: Participant
    answers: list[AiAnswer] = field(default_factory=list)
    followed: list[Evidence] = field(default_factory=list)
    """What the AI did after a request was accepted."""
    _since: int = 0

    async def asks_for_everything(self) -> None:
        """As alice, the room's administrator: transcription, translation, summary.

        What follows an accepted request is observed and kept: it is evidence of `is_accepted`.
        """
        self._since = len(self.assistant.provider.requests)
        stack = self.assistant.stack
        for what, translate in (("transcription", False), ("speech translation", True)):
            for path, message in transcription_requests(self.alice, translate):
                feature: AiFeature = what  # type: ignore[assignment]
                self.answers.append(await request_ai(stack, self.alice, feature, path, message))
        self.answers.append(
            await request_ai(stack, self.alice, "meeting summary", SUMMARISE, summary_request())
        )
        if any(answer.accepted for answer in self.answers):
            opened = self._opened()
            seen = await until_true(opened, self.alice.alarm)
            self.followed.append(evidence_of("what followed", opened, seen))
            for claim in self._shows():
                self.followed.append(evidence_of("what followed", claim, await claim.look()))

    def is_accepted(self) -> Claim:
        """One of the requests was accepted."""

        async def look() -> Observation:
            accepted = list(dict.fromkeys(one.what for one in self.answers if one.accepted))
            heard = await self._opened().look()
            return Observation(
                bool(accepted),
                f"{', '.join(accepted)} accepted; {heard.words}" if accepted else self._reasons(),
                {"answers": [str(one) for one in self.answers]},
                evidence=self.followed,
            )

        return Claim(f"AI is accepted in a {self.eyes.room.kind} room", look, [])

    def signs(self) -> list[Claim]:
        """Each of these would show that AI began all the same."""
        return [self.is_accepted(), *self._shows()]

    def _shows(self) -> list[Claim]:
        eyes = self.eyes
        return [
            eyes.work_is_handed_out(),
            eyes.agent_is_there(),
            eyes.room_is_marked(),
            eyes.somebody_is_told([one.said for one in self.answers]),
            self._reaches_the_provider(),
        ]

    def is_refused(self) -> Claim:
        """Every request was answered with an error, whose words are noted."""

        async def look() -> Observation:
            refused = [one for one in self.answers if not one.accepted]
            return Observation(len(refused) == len(self.answers) > 0, self._reasons())

        return Claim(f"AI is refused in a {self.eyes.room.kind} room", look, [])

    def _reasons(self) -> str:
        return "refused: " + ", ".join(sorted({one.said for one in self.answers}))

    def _others(self) -> list[Request]:
        # The plain room's own session is older; what it asks for since then repeats its word.
        return [
            one
            for one in self.assistant.provider.requests[self._since :]
            if not one.words or set(one.words) - {self.assistant.word}
        ]

    def _reaches_the_provider(self) -> Claim:
        async def look() -> Observation:
            provider, others = self.assistant.provider, self._others()
            return Observation(
                bool(others),
                f"{len(others)} requests beside the plain room's"
                + (f", first: {others[0].path}" if others else ""),
                {"requests": [str(one) for one in others[:10]]},
                readable=not provider.left_out,
            )

        text = f"something of the {self.eyes.room.kind} room reaches the AI provider"
        return Claim(text, look, [self.assistant.provider])

    def _opened(self) -> Claim:
        async def look() -> Observation:
            words = self.eyes.words()
            heard = {word: sum(one.words[word] for one in self._others()) for word in words}
            seconds = sum(one.seconds for one in self._others())
            return Observation(
                any(heard.values()),
                f"the AI provider got {seconds:.1f} s of sound and heard "
                + (", ".join(f"{w} {n} times" for w, n in heard.items() if n) or "nobody"),
                {"heard": heard, "seconds": round(seconds, 1)},
            )

        text = f"the AI provider hears what is said in the {self.eyes.room.kind} room"
        return Claim(text, look, [self.assistant.provider], timeouts.AI_FOLLOWS)
