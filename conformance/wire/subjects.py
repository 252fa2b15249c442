"""Names on the message bus and their permissions: subjects, streams, buckets.

Source: plugNmeet-server v2.4.0, config_sample.yaml and pkg/controllers/nats_auth_controller.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.wire import plugnmeet_pb2 as pb

SYSTEM_API_WORKER = "sysApiWorker"
SYSTEM_JS_WORKER = "sysJsWorker"
SYSTEM_CORE_WORKER = "sysCoreWorker"
SYSTEM_PUBLIC = "sysPublic"
SYSTEM_PRIVATE = "sysPrivate"
CHAT = "chat"
WHITEBOARD = "whiteboard"
DATA_CHANNEL = "dataChannel"

ROOM_STREAM = "pnm-room-stream"
WORKER_STREAM = SYSTEM_JS_WORKER
WORKER_DURABLE = "pnm-sysJsWorker"
TRANSCODER_SUBJECT = "pnm-RecorderTranscoderJobs"
TRANSCODER_STREAM = "pnm-RecorderTranscoderJobs"
TRANSCODER_DURABLE = "transcoderWorker"
RECORDER_CHANNEL = "recorderChannel"
RECORDER_BUCKET = "pnm-recorderInfo"
INSIGHTS_CHANNEL = "plug-n-meet-insights"
CALLOUT = "$SYS.REQ.USER.AUTH"
CALLOUT_QUEUE = "pnm-auth-queue"

SECONDS_OF_ROOM_BUCKET = 24 * 3600


def room_bucket(room_id: str) -> str:
    """The key-value bucket of a room's state."""
    return f"pnm-room-{room_id}"


def user_key(user_id: str, field: str) -> str:
    """The key of one field of one user in a room's bucket."""
    return f"user_{user_id}-FIELD_{field}"


def consumer(room_id: str, user_id: str) -> str:
    """The durable consumer of one participant on the room stream."""
    return f"{room_id}_{user_id}"


def public_events(room_id: str) -> str:
    """Reliable events to everyone in a room."""
    return f"{SYSTEM_PUBLIC}.{room_id}.system"


def live_events(room_id: str) -> str:
    """Loss-tolerant events to everyone in a room: transcripts."""
    return f"{SYSTEM_PUBLIC}.{room_id}"


def private_events(room_id: str, user_id: str) -> str:
    """Reliable events to one participant."""
    return f"{SYSTEM_PRIVATE}.{room_id}.{user_id}.system"


def consumer_filters(room_id: str, user_id: str) -> list[str]:
    """The subjects that a participant's durable consumer delivers."""
    return [f"{SYSTEM_PUBLIC}.{room_id}.>", *waiting_filters(room_id, user_id)]


def waiting_filters(room_id: str, user_id: str) -> list[str]:
    """The subjects for a person who is not admitted yet: only messages to that person."""
    return [f"{SYSTEM_PRIVATE}.{room_id}.{user_id}.>"]


def nats_subjects() -> pb.NatsSubjects:
    """The names as verifyToken returns them."""
    return pb.NatsSubjects(
        system_api_worker=SYSTEM_API_WORKER,
        system_js_worker=SYSTEM_JS_WORKER,
        system_core_worker=SYSTEM_CORE_WORKER,
        system_public=SYSTEM_PUBLIC,
        system_private=SYSTEM_PRIVATE,
        chat=CHAT,
        whiteboard=WHITEBOARD,
        data_channel=DATA_CHANNEL,
    )


@dataclass(frozen=True)
class Permissions:
    """The subjects that a connection may publish and subscribe to; all others are denied."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]

    def claims(self) -> dict[str, Any]:
        """The permissions in the form of a NATS user token."""
        return {
            "pub": {"allow": list(self.publish)},
            "sub": {"allow": list(self.subscribe)},
        }


def participant(room_id: str, user_id: str) -> Permissions:
    """A participant of any role: own consumer, own worker subjects, the room's three channels."""
    name = consumer(room_id, user_id)
    channels = tuple(f"{channel}.{room_id}" for channel in (CHAT, WHITEBOARD, DATA_CHANNEL))
    return Permissions(
        publish=(
            "$JS.API.INFO",
            f"$JS.API.CONSUMER.INFO.{ROOM_STREAM}.{name}",
            f"$JS.API.CONSUMER.MSG.NEXT.{ROOM_STREAM}.{name}",
            f"$JS.ACK.{ROOM_STREAM}.{name}.>",
            f"{SYSTEM_JS_WORKER}.{room_id}.{user_id}",
            f"{SYSTEM_CORE_WORKER}.{room_id}.{user_id}",
            *channels,
        ),
        subscribe=("_INBOX.>", f"{SYSTEM_PUBLIC}.{room_id}", *channels),
    )


def waiting(room_id: str, user_id: str) -> Permissions:
    """A person who is not admitted yet: own consumer, own worker subjects.

    A subscription to `sysPublic.<room>` is allowed, because clients make it at once, but no message
    arrives there.
    """
    inside = participant(room_id, user_id)
    channels = {f"{channel}.{room_id}" for channel in (CHAT, WHITEBOARD, DATA_CHANNEL)}
    return Permissions(
        publish=tuple(one for one in inside.publish if one not in channels),
        subscribe=tuple(one for one in inside.subscribe if one not in channels),
    )


def recorder() -> Permissions:
    """A recorder program: its registration, its jobs, and the channel that assigns work."""
    return Permissions(
        publish=(
            "$JS.API.INFO",
            "_INBOX.>",
            f"$JS.API.STREAM.INFO.KV_{RECORDER_BUCKET}",
            f"$KV.{RECORDER_BUCKET}.>",
            f"$JS.API.DIRECT.GET.KV_{RECORDER_BUCKET}.>",
            TRANSCODER_SUBJECT,
            f"$JS.API.CONSUMER.MSG.NEXT.{TRANSCODER_STREAM}.{TRANSCODER_DURABLE}",
            f"$JS.API.CONSUMER.INFO.{TRANSCODER_STREAM}.{TRANSCODER_DURABLE}",
            f"$JS.ACK.{TRANSCODER_STREAM}.{TRANSCODER_DURABLE}.>",
        ),
        subscribe=(RECORDER_CHANNEL, "_INBOX.>"),
    )
