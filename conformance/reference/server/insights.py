"""Artificial intelligence: what listens to people is refused in every encrypted room.

Order and words: plugNmeet-server v2.4.0, pkg/controllers/insights.go, models/insights_handler.go;
the refusal comes first here, so that it is told apart from a server that has no AI at all.
"""

from __future__ import annotations

import base64
import json

from conformance.reference.rules import Rules
from conformance.reference.server.agents import Agents, Payload
from conformance.reference.server.events import Events
from conformance.reference.server.rooms import Room
from conformance.reference.server.sessions import Refused
from conformance.wire import answers, metadata, tokens
from conformance.wire import plugnmeet_pb2 as pb

REFUSED_ZERO_KNOWLEDGE = "insights.feature-disable-while-e2ee-self-key-enabled"
REFUSED_SIMPLE = "insights.feature-disable-while-e2ee-enabled"
NOT_CONFIGURED = "insights feature wasn't configured"
NOT_ENABLED = "insights feature wasn't enabled"
SUMMARY_NOTICE = "insights.meeting-summarization.enabled-notification-all"

TRANSCRIPTION = "transcription"
SUMMARY = "meeting_summarizing"
CONFIGURE = "transcription/configure"
SPEAK = "transcription/userSession"
SUMMARISE = "ai/meetingSummarization/configure"

_AUDIO_STARTS = (CONFIGURE, SPEAK, SUMMARISE)
_OTHERS = (
    "supportedLangs",
    "transcription/end",
    "transcription/userStatus",
    "ai/meetingSummarization/end",
    "ai/textChat/configure",
    "ai/textChat/execute",
    "ai/textChat/end",
    "translation/chat/configure",
    "translation/chat/execute",
    "translation/chat/end",
)
_FOR_EVERYONE = ("supportedLangs", SPEAK, "transcription/userStatus")


class Insights:
    """Answers /api/insights/*: what listens works in plain rooms; the rest is never configured."""

    paths = (*_AUDIO_STARTS, *_OTHERS)

    def __init__(self, agents: Agents, events: Events, rules: Rules) -> None:
        self._agents, self._events, self._rules = agents, events, rules

    async def ask(self, path: str, room: Room, claims: tokens.Claims, body: bytes) -> None:
        """Start, use or end one AI service.

        Raises:
            Refused: with the reason that the person is shown.
            MessageUnreadable: the body is not the request.
        """
        if path not in _FOR_EVERYONE and not claims.is_admin:
            raise Refused("only admin can perform this task")
        session = pb.InsightsTranscriptionUserSessionReq()
        if path == SPEAK:
            session = answers.from_bytes(body, pb.InsightsTranscriptionUserSessionReq)
            start = pb.InsightsUserSessionAction.USER_SESSION_ACTION_START
            if session.action == start and not session.spoken_lang:
                raise Refused("spoken lang is required")
        if path in _AUDIO_STARTS and metadata.is_encrypted(room.metadata):
            await self._refuse(path, room)
        if not self._agents.configured:
            raise Refused(NOT_CONFIGURED)
        match path:
            case "transcription/configure":
                await self._configure(room, body)
            case "transcription/userSession":
                await self._speak(room, claims.user_id, session)
            case "transcription/end":
                await self._end(room, TRANSCRIPTION)
            case "ai/meetingSummarization/configure":
                await self._summarise(room, body)
            case "ai/meetingSummarization/end":
                await self._end(room, SUMMARY)
            case _:
                raise Refused(NOT_CONFIGURED)

    async def _refuse(self, path: str, room: Room) -> None:
        zero_knowledge = metadata.is_zero_knowledge(room.metadata)
        if not self._rules.keeps("refuse-ai"):
            return
        if not zero_knowledge and not self._rules.keeps("refuse-ai-in-simple"):
            return
        if path == SUMMARISE and not self._rules.keeps("refuse-ai-summary"):
            return
        if path == CONFIGURE and not self._rules.keeps("refused-agent-stays-out"):
            await self._agents.do(_payload(room, "configureAgent", TRANSCRIPTION))
        if path == SUMMARISE and not self._rules.keeps("refused-summary-stays-out"):
            await self._agents.do(_payload(room, "configureAgent", SUMMARY))
        if path == CONFIGURE and not self._rules.keeps("refused-ai-marks-nothing"):
            told = room.metadata.room_features.insights_features.transcription_features
            told.is_enabled = True
            await self._events.room_changed(room)
        raise Refused(REFUSED_ZERO_KNOWLEDGE if zero_knowledge else REFUSED_SIMPLE)

    async def _configure(self, room: Room, body: bytes) -> None:
        request = answers.from_bytes(body, pb.InsightsTranscriptionConfigReq)
        features = room.metadata.room_features.insights_features
        self._demand(room, features.transcription_features.is_allow)
        users = dict.fromkeys(request.allowed_speech_users, True)
        await self._hand_out(_payload(room, "configureAgent", TRANSCRIPTION, target_users=users))
        told = features.transcription_features
        told.is_enabled = True
        told.allowed_spoken_langs[:] = request.allowed_spoken_langs
        told.allowed_speech_users[:] = request.allowed_speech_users
        if told.is_allow_translation:
            told.is_enabled_translation = request.is_enabled_translation
            told.allowed_trans_langs[:] = request.allowed_trans_langs
        await self._events.room_changed(room)

    async def _speak(
        self, room: Room, user_id: str, session: pb.InsightsTranscriptionUserSessionReq
    ) -> None:
        if session.action != pb.InsightsUserSessionAction.USER_SESSION_ACTION_START:
            await self._hand_out(_payload(room, "userEnd", TRANSCRIPTION, user_id=user_id))
            return
        user = room.users.get(user_id)
        if user is None:
            raise Refused("empty user info")
        told = room.metadata.room_features.insights_features.transcription_features
        langs = list(told.allowed_trans_langs) if told.is_enabled_translation else []
        options = {"spokenLang": session.spoken_lang, "transLangs": langs, "userName": user.name}
        await self._hand_out(
            _payload(room, "userStart", TRANSCRIPTION, user_id=user_id, options=_packed(options))
        )

    async def _summarise(self, room: Room, body: bytes) -> None:
        request = answers.from_bytes(body, pb.InsightsAIMeetingSummarizationConfigReq)
        ai = room.metadata.room_features.insights_features.ai_features
        told = ai.meeting_summarization_features
        self._demand(room, ai.is_allow and told.is_allow)
        prompt = base64.b64encode(request.summarization_prompt.encode()).decode()
        await self._hand_out(
            _payload(
                room,
                "configureAgent",
                SUMMARY,
                options=prompt,
                capture_all_participants_tracks=True,
            )
        )
        told.is_enabled, told.summarization_prompt = True, request.summarization_prompt
        await self._events.room_changed(room)
        await self._events.notify(room, SUMMARY_NOTICE)

    async def _end(self, room: Room, service: str) -> None:
        await self._hand_out(_payload(room, "endRoomAgentByServiceName", service))
        features = room.metadata.room_features.insights_features
        if service == SUMMARY:
            features.ai_features.meeting_summarization_features.is_enabled = False
        else:
            features.transcription_features.is_enabled = False
            features.transcription_features.is_enabled_translation = False
        await self._events.room_changed(room)

    def _demand(self, room: Room, allowed: bool) -> None:
        # An encrypted room gets so far only if a rule is broken; its features are off.
        if not allowed and not metadata.is_encrypted(room.metadata):
            raise Refused(NOT_ENABLED)

    async def _hand_out(self, payload: Payload) -> None:
        failure = await self._agents.hand_out(payload)
        if failure:
            raise Refused(failure)


def _payload(room: Room, task: str, service: str, **more: object) -> Payload:
    """A piece of work as the product writes it; with the secret of a simple room, as there."""
    return {
        "task": task,
        "service_type": service,
        "room_id": room.room_id,
        "room_table_id": room.table_id,
        "user_id": "",
        "options": None,
        "room_e2ee_key": room.encryption.encryption_key or None,
        "hidden_agent": task == "configureAgent",
        **more,
    }


def _packed(options: object) -> str:
    return base64.b64encode(json.dumps(options).encode()).decode()
