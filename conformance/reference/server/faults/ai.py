"""Faults in the refusal of artificial intelligence that listens to people in encrypted rooms."""

from __future__ import annotations

from conformance.reference.server.extension_points import Action, Refusal
from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.features.agents import SUMMARY, TRANSCRIPTION, agent_task
from conformance.reference.server.rooms.room import Room
from conformance.wire import metadata

LISTENING = (Action.TRANSCRIBE, Action.SPEAK, Action.SUMMARISE)

# The server does not refuse.


@fault("refuse-ai")
class ListensToEncryptedRooms(Fault):
    """Transcription and summary work in encrypted rooms."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return _encrypted_room(refusal, *LISTENING) is None


@fault("refuse-ai-in-simple")
class ListensToSimpleRooms(Fault):
    """Transcription and summary work in simple rooms, as in the product, with the secret."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        room = _encrypted_room(refusal, *LISTENING)
        return room is None or metadata.is_zero_knowledge(room.metadata)


@fault("refuse-ai-summary")
class SummarisesEncryptedRooms(Fault):
    """The meeting summary works in encrypted rooms; transcription does not."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return _encrypted_room(refusal, Action.SUMMARISE) is None


# The server refuses, and does something all the same.


@fault("refused-agent-stays-out")
class TranscriberJoins(Fault):
    """The server refuses the transcription, and a hidden agent joins the room."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        if room := _encrypted_room(refusal, Action.TRANSCRIBE):
            await self.server.agents.do(agent_task(room, "configureAgent", TRANSCRIPTION))
        return True


@fault("refused-summary-stays-out")
class SummariserJoins(Fault):
    """The server refuses the meeting summary, and a hidden agent joins the room."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        if room := _encrypted_room(refusal, Action.SUMMARISE):
            await self.server.agents.do(agent_task(room, "configureAgent", SUMMARY))
        return True


@fault("refused-ai-marks-nothing")
class RefusedAiMarksTheRoom(Fault):
    """The server refuses the transcription, and the room's metadata says that it is on."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        if room := _encrypted_room(refusal, Action.TRANSCRIBE):
            insights = room.metadata.room_features.insights_features
            insights.transcription_features.is_enabled = True
            await self.server.events.room_changed(room)
        return True


def _encrypted_room(refusal: Refusal, *actions: Action) -> Room | None:
    """The room, if it is encrypted and one of these actions is refused in it."""
    room = refusal.room
    if refusal.action not in actions or room is None or not metadata.is_encrypted(room.metadata):
        return None
    return room
