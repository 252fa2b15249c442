"""The vocabulary of a scenario: Room, Participant, control, never, holds."""

from conformance.bench.claims import Claim, all_of, control, given, holds, never
from conformance.bench.participant import Participant
from conformance.bench.room import Room, RoomFactory

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
