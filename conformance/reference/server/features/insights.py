"""Artificial intelligence: every service that listens to people is refused in encrypted rooms.

Order and texts: plugNmeet-server v2.4.0, pkg/controllers/insights.go, models/insights_handler.go.
This server checks for encryption first. So a refusal differs from the answer of a server that has
no AI provider.
"""

from __future__ import annotations

import base64
import json

from conformance.reference.server.extension_points import Action, ExtensionPoints, Refusal
from conformance.reference.server.features.agents import (
    SUMMARY,
    TRANSCRIPTION,
    Agents,
    Payload,
    agent_task,
)
from conformance.reference.server.messages.events import Events
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.room import Room
from conformance.wire import answers, metadata, tokens
from conformance.wire import plugnmeet_pb2 as pb

REFUSED_ZERO_KNOWLEDGE = "insights.feature-disable-while-e2ee-self-key-enabled"
REFUSED_SIMPLE = "insights.feature-disable-while-e2ee-enabled"
NOT_CONFIGURED = "insights feature wasn't configured"
NOT_ENABLED = "insights feature wasn't enabled"
SUMMARY_NOTICE = "insights.meeting-summarization.enabled-notification-all"

CONFIGURE = "transcription/configure"
SPEAK = "transcription/userSession"
SUMMARISE = "ai/meetingSummarization/configure"

LISTENING = {
    CONFIGURE: Action.TRANSCRIBE,
    SPEAK: Action.SPEAK,
    SUMMARISE: Action.SUMMARISE,
}
"""The requests that make a service listen to people."""
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
    """Answers /api/insights/*. Transcription and summary work; the other services do not exist."""

    paths = (*LISTENING, *_OTHERS)

    def __init__(self, agents: Agents, events: Events, points: ExtensionPoints) -> None:
        self._agents, self._events, self._points = agents, events, points

    async def ask(self, path: str, room: Room, claims: tokens.Claims, body: bytes) -> None:
        """Start, use or end one AI service.

        Raises:
            Refused: with the text that the page shows.
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
        if path in LISTENING and metadata.is_encrypted(room.metadata):
            zero_knowledge = metadata.is_zero_knowledge(room.metadata)
            text = REFUSED_ZERO_KNOWLEDGE if zero_knowledge else REFUSED_SIMPLE
            await self._refuse(LISTENING[path], room, text)
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

    async def _refuse(self, action: Action, room: Room, text: str) -> None:
        if await self._points.on_refusal(Refusal(action, room)):
            raise Refused(text)

    async def _configure(self, room: Room, body: bytes) -> None:
        request = answers.from_bytes(body, pb.InsightsTranscriptionConfigReq)
        features = room.metadata.room_features.insights_features
        if not features.transcription_features.is_allow:
            await self._refuse(Action.TRANSCRIBE, room, NOT_ENABLED)
        users = dict.fromkeys(request.allowed_speech_users, True)
        await self._hand_out(agent_task(room, "configureAgent", TRANSCRIPTION, target_users=users))
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
            await self._hand_out(agent_task(room, "userEnd", TRANSCRIPTION, user_id=user_id))
            return
        user = room.users.get(user_id)
        if user is None:
            raise Refused("empty user info")
        told = room.metadata.room_features.insights_features.transcription_features
        langs = list(told.allowed_trans_langs) if told.is_enabled_translation else []
        options = {"spokenLang": session.spoken_lang, "transLangs": langs, "userName": user.name}
        packed = base64.b64encode(json.dumps(options).encode()).decode()
        await self._hand_out(
            agent_task(room, "userStart", TRANSCRIPTION, user_id=user_id, options=packed)
        )

    async def _summarise(self, room: Room, body: bytes) -> None:
        request = answers.from_bytes(body, pb.InsightsAIMeetingSummarizationConfigReq)
        ai = room.metadata.room_features.insights_features.ai_features
        told = ai.meeting_summarization_features
        if not (ai.is_allow and told.is_allow):
            await self._refuse(Action.SUMMARISE, room, NOT_ENABLED)
        prompt = base64.b64encode(request.summarization_prompt.encode()).decode()
        await self._hand_out(
            agent_task(
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
        await self._hand_out(agent_task(room, "endRoomAgentByServiceName", service))
        features = room.metadata.room_features.insights_features
        if service == SUMMARY:
            features.ai_features.meeting_summarization_features.is_enabled = False
        else:
            features.transcription_features.is_enabled = False
            features.transcription_features.is_enabled_translation = False
        await self._events.room_changed(room)

    async def _hand_out(self, payload: Payload) -> None:
        failure = await self._agents.hand_out(payload)
        if failure:
            raise Refused(failure)
