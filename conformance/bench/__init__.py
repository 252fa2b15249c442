"""The vocabulary of a scenario: rooms, participants, claims, and the rooms that checks share."""

from conformance.bench.core import timeouts
from conformance.bench.core.check_context import CheckContext
from conformance.bench.core.claims import Claim, all_of
from conformance.bench.core.evaluation import (
    applies_to,
    control,
    given,
    given_if_possible,
    holds,
    never,
)
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.crypto.mixed_codecs import MixedCodecRoom
from conformance.bench.hostile.rooms import HonestRoom, PlainRoomControl
from conformance.bench.leaks.browser import BrowserTraces
from conformance.bench.leaks.server_stores import StoreSnapshots
from conformance.bench.refusals.ai import AiControl
from conformance.bench.refusals.recorder_control import RecorderControl
from conformance.bench.refusals.target_room import EncryptedRoom
from conformance.bench.room_fixtures import (
    ENCRYPTED,
    beside_honest_rooms,
    in_encrypted_rooms,
    in_mixed_codec_rooms,
    in_shared_rooms,
    in_two_sessions,
    with_browser_traces,
    with_store_snapshots,
)
from conformance.bench.rooms.recreation import recreate_weaker
from conformance.bench.rooms.server_responses import (
    BadRequest,
    create_once,
    different_answers,
    has_answers,
    room_is,
    same_answers,
    told_encryption,
    told_of_room,
)
from conformance.bench.rooms.shared_room import SharedRoom
from conformance.bench.rooms.shown_errors import is_shown_decryption_errors, send_unreadable
from conformance.bench.rooms.without_key import (
    REASONS,
    joiner,
    person_without_key,
    requirement_pair,
    was_sent_bytes,
)
from conformance.bench.sessions.disruptions import ARRIVALS, Arrival
from conformance.bench.sessions.two_sessions import TwoSessions
from conformance.catalogue import requirement
from conformance.observers.webhooks import WebhookReceiver
from conformance.stacks.base import RoomKind, Stack

__all__ = [
    "ARRIVALS",
    "ENCRYPTED",
    "REASONS",
    "AiControl",
    "Arrival",
    "BadRequest",
    "BrowserTraces",
    "Channel",
    "CheckContext",
    "Claim",
    "EncryptedRoom",
    "HonestRoom",
    "MixedCodecRoom",
    "Participant",
    "PlainRoomControl",
    "RecorderControl",
    "Room",
    "RoomFactory",
    "RoomKind",
    "SharedRoom",
    "Stack",
    "StoreSnapshots",
    "TwoSessions",
    "WebhookReceiver",
    "all_of",
    "applies_to",
    "beside_honest_rooms",
    "control",
    "create_once",
    "different_answers",
    "given",
    "given_if_possible",
    "has_answers",
    "holds",
    "in_encrypted_rooms",
    "in_mixed_codec_rooms",
    "in_shared_rooms",
    "in_two_sessions",
    "is_shown_decryption_errors",
    "joiner",
    "never",
    "person_without_key",
    "recreate_weaker",
    "requirement",
    "requirement_pair",
    "room_is",
    "same_answers",
    "send_unreadable",
    "timeouts",
    "told_encryption",
    "told_of_room",
    "unique",
    "was_sent_bytes",
    "with_browser_traces",
    "with_store_snapshots",
]
