"""Claims about audio-based AI: it works in a plain room and does not start in an encrypted one.

A refusal proves something only with a control: the same server has just accepted the same requests
in a plain room, and the AI heard what was said there. `AiControl` is that room. The same observers
(bus, SFU, provider, metadata) watch both rooms.
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
    """A plain room in which the AI works: the control of every refusal. A context.

    The first call of `attach` prepares it. The claims of `works` show what did not work.
    """

    def __init__(self, rooms: RoomFactory, provider: Provider) -> None:
        self.rooms, self.stack, self.provider = rooms, rooms.stack, provider
        self.answers: list[AiAnswer] = []
        self._parts = AsyncExitStack()
        self._activity: AiActivity | None = None
        self._plain: tuple[Room, Participant] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    async def plain_room(self) -> tuple[Room, Participant]:
        """The plain room in which alice speaks, and alice; the same room at every call."""
        if self._plain is None:
            room = await self.rooms.create(RoomKind.PLAIN, features=FEATURES)
            self._parts.push_async_callback(room.close)
            self._plain = room, await room.join("alice", is_admin=True)
        return self._plain

    async def attach(self) -> None:
        """Start the AI in the plain room; only the first call has an effect.

        Raises:
            InsufficientEvidence: the server does not use this run's AI provider, its bus or SFU
                cannot be watched, or it gave no answer.
        """
        self.stack.need("ai", "nats", "livekit")
        if self._activity is not None:
            return
        tap = await self._parts.enter_async_context(tapped(self.stack.endpoints))
        room, alice = await self.plain_room()
        self._activity = AiActivity(self.stack, tap, self.provider, room)
        for path, message in (
            *transcription_requests(alice, translate=True),
            (SUMMARISE, summary_request()),
        ):
            what: AiFeature = "meeting summary" if path == SUMMARISE else "speech translation"
            self.answers.append(await request_ai(self.stack, alice, what, path, message))
            if not self.answers[-1].accepted:
                return
        # so that there is something to summarize
        await until_true(self.goes_on(), self.rooms.alarm)
        end = "ai/meetingSummarization/end"
        self.answers.append(
            await request_ai(self.stack, alice, "meeting summary", end, summary_request())
        )

    @property
    def activity(self) -> AiActivity:
        """What was observed in the plain room; available after `attach`."""
        assert self._activity is not None
        return self._activity

    @property
    def word(self) -> str:
        """The word that alice says in the plain room."""
        (word,) = self.activity.words()
        return word

    def works(self) -> list[Claim]:
        """The AI heard alice, and every sign of AI that is forbidden elsewhere appears here."""
        activity = self.activity
        return [
            self._was_accepted(),
            self._hears(),
            self._is_told("transcribed", lambda result: self.word in result.get("text", "")),
            self._is_told(
                "translated",
                lambda result: self.word in (result.get("translations") or {}).get(OTHER_LANG, ""),
            ),
            self._is_summed_up(),
            activity.work_is_handed_out(),
            activity.agent_is_there(),
            activity.room_is_marked(),
            activity.room_is_notified(),
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
        return self._heard("realtime", 2, "the AI provider hears alice in the plain room")

    def goes_on(self) -> Claim:
        """Progress: the AI hears more of alice in the plain room, counted from this call."""
        before = self.provider.count(self.word, "realtime")
        text = f"the AI hears {timeouts.AI_WORDS} more words in the plain room"
        return self._heard("realtime", timeouts.AI_WORDS, text, before)

    def _is_summed_up(self) -> Claim:
        return self._heard("transcriptions", 1, "the summary's recording contains alice's words")

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
            texts = self.activity.transcripts()
            right = [text for text in texts if says(object_of(text))]
            return Observation(
                bool(right),
                f'{len(right)} of {len(texts)} transcripts on the bus say "{self.word}"',
                {"transcripts": right[-5:] or texts[-5:]},
            )

        text = f"alice's words in the plain room are {what}"
        return Claim(text, look, [self.activity.tap], timeouts.AI_WORKS)

    @asynccontextmanager
    async def trial(self, rooms: RoomFactory, kind: RoomKind) -> AsyncIterator[AiRequests]:
        """An encrypted room with two people who hear each other, created like the plain room.

        `rooms` creates it; it chooses the server and the client under test.
        """
        secret = unique("right") if kind is RoomKind.ZERO_KNOWLEDGE else None
        async with rooms.opened(kind, features=FEATURES) as room:
            alice, bob = await room.join_all("alice", "bob", secret=secret, admin="alice")
            yield AiRequests(
                self, AiActivity(self.stack, self.activity.tap, self.provider, room), alice, bob
            )


@dataclass
class AiRequests:
    """An encrypted room in which AI is requested."""

    control: AiControl
    activity: AiActivity
    alice: Participant
    bob: Participant
    answers: list[AiAnswer] = field(default_factory=list)
    effects: list[Evidence] = field(default_factory=list)
    """What the AI did after a request was accepted."""
    _since: int = 0

    async def request_everything(self) -> None:
        """Request transcription, translation and summary as alice, the room's administrator.

        If a request is accepted, wait for its effects: they are evidence of `is_accepted`.
        """
        self._since = len(self.control.provider.requests)
        stack = self.control.stack
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
            self.effects.append(evidence_of("effects", opened, seen))
            for claim in self._shows():
                self.effects.append(evidence_of("effects", claim, await claim.look()))

    def is_accepted(self) -> Claim:
        """The server accepted one of the requests."""

        async def look() -> Observation:
            accepted = list(dict.fromkeys(one.what for one in self.answers if one.accepted))
            heard = await self._opened().look()
            return Observation(
                bool(accepted),
                f"{', '.join(accepted)} accepted; {heard.words}" if accepted else self._reasons(),
                {"answers": [str(one) for one in self.answers]},
                evidence=self.effects,
            )

        return Claim(f"AI is accepted in a {self.activity.room.kind} room", look, [])

    def signs(self) -> list[Claim]:
        """Signs that AI started in spite of the refusal."""
        return [self.is_accepted(), *self._shows()]

    def _shows(self) -> list[Claim]:
        activity = self.activity
        return [
            activity.work_is_handed_out(),
            activity.agent_is_there(),
            activity.room_is_marked(),
            activity.room_is_notified([one.said for one in self.answers]),
            self._reaches_the_provider(),
        ]

    def is_refused(self) -> Claim:
        """The server answered every request with an error; the observation contains its text."""

        async def look() -> Observation:
            refused = [one for one in self.answers if not one.accepted]
            return Observation(len(refused) == len(self.answers) > 0, self._reasons())

        return Claim(f"AI is refused in a {self.activity.room.kind} room", look, [])

    def _reasons(self) -> str:
        return "refused: " + ", ".join(sorted({one.said for one in self.answers}))

    def _others(self) -> list[Request]:
        # The plain room's older session is still active; its new requests repeat its own word.
        return [
            one
            for one in self.control.provider.requests[self._since :]
            if not one.words or set(one.words) - {self.control.word}
        ]

    def _reaches_the_provider(self) -> Claim:
        async def look() -> Observation:
            provider, others = self.control.provider, self._others()
            return Observation(
                bool(others),
                f"{len(others)} requests besides the plain room's"
                + (f", first: {others[0].path}" if others else ""),
                {"requests": [str(one) for one in others[:10]]},
                readable=not provider.left_out,
            )

        text = f"media of the {self.activity.room.kind} room reach the AI provider"
        return Claim(text, look, [self.control.provider])

    def _opened(self) -> Claim:
        async def look() -> Observation:
            words = self.activity.words()
            heard = {word: sum(one.words[word] for one in self._others()) for word in words}
            seconds = sum(one.seconds for one in self._others())
            return Observation(
                any(heard.values()),
                f"the AI provider got {seconds:.1f} s of sound and heard "
                + (", ".join(f"{w} {n} times" for w, n in heard.items() if n) or "nobody"),
                {"heard": heard, "seconds": round(seconds, 1)},
            )

        text = f"the AI provider hears what is said in the {self.activity.room.kind} room"
        return Claim(text, look, [self.control.provider], timeouts.AI_FOLLOWS)
