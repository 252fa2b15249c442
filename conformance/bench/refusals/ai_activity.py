"""Requests for audio-based AI, and every place where running AI in a room would show."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from google.protobuf.message import DecodeError, Message

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room
from conformance.clients.headless.requests import post
from conformance.observers import sfu_participants
from conformance.observers.bus import BusTap
from conformance.observers.provider import Provider, word_of
from conformance.stacks.base import Stack
from conformance.stacks.errors import StackError
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

LANG: Final = "en-US"
OTHER_LANG: Final = "es-ES"
FEATURES: Final = {
    "insights_features": {
        "is_allow": True,
        "transcription_features": {"is_allow": True, "is_allow_translation": True},
        "ai_features": {"is_allow": True, "meeting_summarization_features": {"is_allow": True}},
    }
}
"""The features of a room that may use AI; the same for every kind of room."""

_Event = pb.NatsMsgServerToClientEvents
AiFeature = Literal["transcription", "speech translation", "meeting summary"]


@dataclass(frozen=True)
class AiAnswer:
    """The server's answer to one request."""

    what: AiFeature
    path: str
    accepted: bool
    said: str

    def __str__(self) -> str:
        return (
            f"{self.path} ({self.what}) {'accepted' if self.accepted else 'refused'}: {self.said!r}"
        )


async def request_ai(
    stack: Stack, person: Participant, what: AiFeature, path: str, message: Message
) -> AiAnswer:
    """Send one request to /api/insights as this participant.

    Raises:
        InsufficientEvidence: there is no readable answer, which is not a refusal either.
    """
    place = f"/api/insights/{path}"
    timeout = timeouts.AI_ANSWER
    answer = await post(stack, person.token, place, message, pb.CommonResponse, timeout=timeout)
    if not answer.msg:
        raise InsufficientEvidence(f"{place} was answered without a message")
    return AiAnswer(what, path, answer.status, answer.msg)


def transcription_requests(
    person: Participant, translate: bool
) -> tuple[tuple[str, Message], tuple[str, Message]]:
    """Configure transcription for this participant's microphone, and start it."""
    configure = pb.InsightsTranscriptionConfigReq(
        is_enabled=True,
        allowed_spoken_langs=[LANG],
        allowed_speech_users=[person.user_id],
        is_enabled_translation=translate,
        allowed_trans_langs=[OTHER_LANG] if translate else [],
        default_subtitle_lang=LANG,
    )
    start = pb.InsightsTranscriptionUserSessionReq(
        action=pb.InsightsUserSessionAction.USER_SESSION_ACTION_START, spoken_lang=LANG
    )
    return ("transcription/configure", configure), ("transcription/userSession", start)


SUMMARISE: Final = "ai/meetingSummarization/configure"


def summary_request() -> Message:
    """Request a meeting summary."""
    return pb.InsightsAIMeetingSummarizationConfigReq(
        is_enabled=True, summarization_prompt="Say what was said."
    )


@dataclass(frozen=True)
class AiActivity:
    """Every place where AI in one room would show. `tap` and `provider` observe all rooms."""

    stack: Stack
    tap: BusTap
    provider: Provider
    room: Room

    @property
    def people(self) -> Sequence[Participant]:
        """The participants that the harness brought into the room."""
        return self.room.people

    def words(self) -> set[str]:
        """The words that the room's participants say."""
        return {word_of(person.mark.tones) for person in self.people}

    def _claim(self, text: str, look: Callable[[], Awaitable[Observation]]) -> Claim:
        watchers = [self.tap, self.provider]
        return Claim(f"{text} ({self.room.kind} room)", look, watchers, timeouts.AI_WORKS)

    def work_is_handed_out(self) -> Claim:
        """The bus carries a task about this room to an agent."""

        async def look() -> Observation:
            handed = [
                f"{work.get('task')} {work.get('service_type')}"
                for message in self.tap.on(subjects.INSIGHTS_CHANNEL)
                if (work := object_of(message.payload)).get("room_id") == self.room.room_id
            ]
            return Observation(
                bool(handed),
                f"{len(handed)} times: {', '.join(handed[:6])}" if handed else "no task handed out",
                {"handed_out": handed[:20], "problems": self.tap.problems[:3]},
                readable=not self.tap.problems,
            )

        return self._claim("AI work is handed out on the bus", look)

    def agent_is_there(self) -> Claim:
        """Someone whom the harness did not bring, perhaps hidden, is in the SFU's room."""

        async def look() -> Observation:
            try:
                found = await in_sfu_room(self.stack, self.room.room_id)
            except (*sfu_participants.FAILURES, StackError) as error:
                return Observation(False, f"the SFU was not asked: {error}", readable=False)
            known = {person.user_id for person in self.people}
            others = [one for one in found if one.split(" ")[0] not in known]
            return Observation(
                bool(others),
                f"besides {len(found) - len(others)} people: {', '.join(others) or 'nobody'}",
                {"participants": found},
            )

        return self._claim("an agent is in the SFU's room", look)

    def room_is_marked(self) -> Claim:
        """The room's metadata says that AI is active."""

        async def look() -> Observation:
            answer = await self.stack.api.active_room_info(self.room.room_id)
            info = (answer.get("room") or {}).get("room_info") or {}
            insights = object_of(info.get("metadata") or "{}").get("room_features") or {}
            insights = insights.get("insights_features") or {}
            transcription = insights.get("transcription_features") or {}
            ai = insights.get("ai_features") or {}
            marks = {
                "transcription": bool(transcription.get("is_enabled")),
                "translation": bool(transcription.get("is_enabled_translation")),
                "summary": bool((ai.get("meeting_summarization_features") or {}).get("is_enabled")),
            }
            said = [name for name, on in marks.items() if on]
            return Observation(
                bool(said), f"enabled: {', '.join(said) or 'nothing'}", marks, readable=bool(info)
            )

        return self._claim("the room's metadata is marked", look)

    def room_is_notified(self, refusals: Sequence[str] = ()) -> Claim:
        """A notification or transcript of the AI went to the room; `refusals` do not count."""

        async def look() -> Observation:
            told = [text for event, text in self._events() if event == _Event.SYSTEM_NOTIFICATION]
            told = [text for text in told if text not in refusals]
            transcripts = self.transcripts()
            count = len(told) + len(transcripts)
            return Observation(
                count > 0,
                f"{len(transcripts)} transcripts, notifications: {', '.join(told[:4]) or 'none'}",
                {"notifications": told[:20], "transcripts": transcripts[-10:]},
                readable=not self.tap.problems,
            )

        return self._claim("the room is notified of AI", look)

    def transcripts(self) -> list[str]:
        """The transcripts sent to the room, as JSON, oldest first."""
        wanted = _Event.TRANSCRIPTION_OUTPUT_TEXT
        return [text for event, text in self._events() if event == wanted]

    def _events(self) -> list[tuple[int, str]]:
        room_id, found = self.room.room_id, []
        private = f"{subjects.SYSTEM_PRIVATE}.{room_id}."
        public = (subjects.public_events(room_id), subjects.live_events(room_id))
        for message in self.tap.messages:
            if message.subject not in public and not message.subject.startswith(private):
                continue
            try:
                event = pb.NatsMsgServerToClient.FromString(message.payload)
            except DecodeError:
                continue
            text = event.msg
            if event.event == _Event.SYSTEM_NOTIFICATION:
                text = str(object_of(text).get("msg", ""))
                if not text.startswith(("insights.", "speech-services.")):
                    continue
            found.append((int(event.event), text))
        return found


async def in_sfu_room(stack: Stack, room_id: str) -> list[str]:
    """The participants in the SFU's room; hidden participants are marked as hidden."""
    there = await sfu_participants.list_participants(stack.endpoints, room_id)
    return [f"{identity}{' (hidden)' if hidden else ''}" for identity, hidden in there.items()]


def object_of(text: str | bytes) -> dict[str, Any]:
    """Parse a JSON object; returns an empty one for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
