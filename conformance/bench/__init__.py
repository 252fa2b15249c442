"""The vocabulary of a scenario: Room, Participant, control, never, holds."""

from conformance.bench.core.claims import Claim, all_of, control, given, holds, never
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory

__all__ = [
    "Claim",
    "Participant",
    "Room",
    "RoomFactory",
    "all_of",
    "control",
    "given",
    "holds",
    "never",
]
