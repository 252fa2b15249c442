"""Artificial intelligence: what listens to people is refused in every encrypted room.

Order and words: plugNmeet-server v2.4.0, pkg/controllers/insights.go, models/insights_handler.go;
the refusal comes first here, so that it is told apart from a server that has no AI at all.
"""

from __future__ import annotations

from conformance.reference.rules import Rules
from conformance.reference.server.rooms import Room
from conformance.reference.server.sessions import Refused
from conformance.wire import answers, metadata, tokens
from conformance.wire import plugnmeet_pb2 as pb

REFUSED_ZERO_KNOWLEDGE = "insights.feature-disable-while-e2ee-self-key-enabled"
REFUSED_SIMPLE = "insights.feature-disable-while-e2ee-enabled"
NOT_CONFIGURED = "insights feature wasn't configured"

_AUDIO_STARTS = (
    "transcription/configure",
    "transcription/userSession",
    "ai/meetingSummarization/configure",
)
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
_FOR_EVERYONE = ("supportedLangs", "transcription/userSession", "transcription/userStatus")


class Insights:
    """Answers /api/insights/*; no AI provider is ever attached."""

    paths = (*_AUDIO_STARTS, *_OTHERS)

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def ask(self, path: str, room: Room, claims: tokens.Claims, body: bytes) -> None:
        """Start, use or end one AI service.

        Raises:
            Refused: always, but where the rule is broken.
        """
        if path not in _FOR_EVERYONE and not claims.is_admin:
            raise Refused("only admin can perform this task")
        if path == "transcription/userSession":
            session = answers.from_bytes(body, pb.InsightsTranscriptionUserSessionReq)
            start = pb.InsightsUserSessionAction.USER_SESSION_ACTION_START
            if session.action == start and not session.spoken_lang:
                raise Refused("spoken lang is required")
        if path in _AUDIO_STARTS and metadata.is_encrypted(room.metadata):
            if not self._rules.keeps("refuse-ai"):
                return
            zero_knowledge = metadata.is_zero_knowledge(room.metadata)
            raise Refused(REFUSED_ZERO_KNOWLEDGE if zero_knowledge else REFUSED_SIMPLE)
        raise Refused(NOT_CONFIGURED)
