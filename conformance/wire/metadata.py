"""Room metadata: defaults, the rules for requests, and the features that encryption disables.

Defaults and merge follow plugnmeet-protocol v1.5.0 (utils/default_variables.go and
utils/create_room.go), with its trap: a plain `false` in a request does not disable a feature that
is on by default. The encryption rules follow the article: recording, RTMP and audio AI are off in
*both* kinds of encrypted room (the product leaves them on in simple rooms).
"""

from __future__ import annotations

import re
import secrets
import string
import uuid
from collections.abc import Callable

from conformance.wire import plugnmeet_pb2 as pb

SECRET_LENGTH = 32
SECRET_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
IDENTIFIER = re.compile(r"[a-zA-Z0-9_-]+\Z")
DEFAULT_EMPTY_TIMEOUT_S = 1800
SHORTEST_EMPTY_TIMEOUT_S = 120


class RequestInvalid(Exception):
    """A request to create or enter a room breaks a rule; the text names the path and the rule."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"validation error: {path}: {rule}")


def new_secret() -> str:
    """A secret for a simple room: 32 characters of 0-9A-Za-z, about 190 bits."""
    return "".join(secrets.choice(SECRET_ALPHABET) for _ in range(SECRET_LENGTH))


def is_encrypted(metadata: pb.RoomMetadata) -> bool:
    """Whether the room is end-to-end encrypted, of either kind."""
    return bool(metadata.room_features.end_to_end_encryption_features.is_enabled)


def is_zero_knowledge(metadata: pb.RoomMetadata) -> bool:
    """Whether the participants type the secret themselves."""
    e2ee = metadata.room_features.end_to_end_encryption_features
    return bool(e2ee.is_enabled and e2ee.enabled_self_insert_encryption_key)


def default_features() -> pb.RoomCreateFeatures:
    """The features of a room if the request does not set them."""
    return pb.RoomCreateFeatures(
        allow_webcams=True,
        allow_screen_share=True,
        allow_view_other_webcams=True,
        allow_view_other_users_list=True,
        enable_analytics=True,
        allow_virtual_bg=True,
        allow_raise_hand=True,
        allow_reactions=True,
        recording_features=pb.RecordingFeatures(
            is_allow=True, is_allow_cloud=True, is_allow_local=True
        ),
        chat_features=pb.ChatFeatures(is_allow=True, is_allow_file_upload=True),
        shared_note_pad_features=pb.SharedNotePadFeatures(is_allow=False),
        whiteboard_features=pb.WhiteboardFeatures(is_allow=True),
        external_media_player_features=pb.ExternalMediaPlayerFeatures(is_allow=True),
        waiting_room_features=pb.WaitingRoomFeatures(),
        breakout_room_features=pb.BreakoutRoomFeatures(is_allow=True, allowed_number_rooms=6),
        display_external_link_features=pb.DisplayExternalLinkFeatures(is_allow=True),
        ingress_features=pb.IngressFeatures(is_allow=True),
        end_to_end_encryption_features=pb.EndToEndEncryptionFeatures(),
        polls_features=pb.PollsFeatures(is_allow=True),
        insights_features=pb.InsightsFeatures(
            is_allow=True,
            transcription_features=pb.InsightsTranscriptionFeatures(
                is_allow=True, max_selected_trans_langs=2
            ),
            chat_translation_features=pb.InsightsChatTranslationFeatures(
                is_allow=True, max_selected_trans_langs=5
            ),
            ai_features=pb.InsightsAIFeatures(
                is_allow=True,
                ai_text_chat_features=pb.InsightsAITextChatFeatures(is_allow=True),
                meeting_summarization_features=pb.InsightsAIMeetingSummarizationFeatures(
                    is_allow=True
                ),
            ),
        ),
        sip_dial_in_features=pb.SipDialInFeatures(is_allow=True),
        external_broadcasting_features=pb.ExternalBroadcastingFeatures(
            is_allow=True, is_allow_rtmp=True
        ),
    )


def default_lock_settings() -> pb.LockSettings:
    """The initial restrictions of a participant who is not an administrator."""
    return pb.LockSettings(lock_whiteboard=True, lock_screen_sharing=True, lock_shared_notepad=True)


def check_identifier(path: str, value: str) -> None:
    """Reject an id that is empty or has characters other than letters, digits, `-` and `_`."""
    if not IDENTIFIER.match(value):
        raise RequestInvalid(
            path,
            f"{path} should only contain ASCII letters (a-z A-Z), digits (0-9) or -_",
        )


def check_create_request(request: pb.CreateRoomReq, *, allow_own_key: bool = False) -> None:
    """Reject what the product's rules reject (plugnmeet_create_room.proto, room_create.go).

    `allow_own_key` lets a request bring its own encryption key, which the product rejects.

    Raises:
        RequestInvalid: the first rule that the request breaks.
    """
    check_identifier("room_id", request.room_id)
    if "-FIELD_" in request.room_id or request.room_id.startswith("user_"):
        raise RequestInvalid("room_id", "room_id holds a reserved pattern")
    for name in ("empty_timeout", "max_participants"):
        if request.HasField(name) and getattr(request, name) == 0:
            raise RequestInvalid(name, "value must be greater than 0")
    if not request.HasField("metadata"):
        raise RequestInvalid("metadata", "value is required")
    _check_metadata(request.metadata, allow_own_key)


def _check_metadata(metadata: pb.RoomMetadata, allow_own_key: bool) -> None:
    if not metadata.room_title:
        raise RequestInvalid("metadata.room_title", "value is required")
    for name in ("is_recording", "is_active_rtmp", "parent_room_id", "is_breakout_room"):
        if getattr(metadata, name):
            raise RequestInvalid(f"metadata.{name}", f"{name} should not contain any value")
    if not metadata.HasField("room_features"):
        raise RequestInvalid("metadata.room_features", "value is required")
    features = metadata.room_features
    if features.end_to_end_encryption_features.encryption_key and not allow_own_key:
        raise RequestInvalid(
            "metadata.room_features.end_to_end_encryption_features.encryption_key",
            "encryption_key should not contain any value",
        )
    internal = {
        "ingress_features": ("url", "stream_key"),
        "sip_dial_in_features": ("is_active", "phone_numbers", "pin", "dispatch_rule_id"),
        "polls_features": ("is_active",),
        "breakout_room_features": ("is_active",),
    }
    for block, names in internal.items():
        for name in names:
            if getattr(getattr(features, block), name):
                raise RequestInvalid(
                    f"metadata.room_features.{block}.{name}", f"{name} should not contain any value"
                )


def empty_timeout(request: pb.CreateRoomReq) -> int:
    """The time in seconds after which an empty room ends."""
    if not request.HasField("empty_timeout") or request.empty_timeout < SHORTEST_EMPTY_TIMEOUT_S:
        return DEFAULT_EMPTY_TIMEOUT_S
    return int(request.empty_timeout)


def prepare(
    requested: pb.RoomMetadata, make_secret: Callable[[], str] | None = new_secret
) -> pb.RoomMetadata:
    """The metadata of a new session: request merged over defaults, then the encryption rules.

    `make_secret` creates the secret of a simple room; with None the room has none. A zero-knowledge
    room never has a secret here, whatever the request says.
    """
    features = default_features()
    features.MergeFrom(requested.room_features)
    locks = default_lock_settings()
    locks.MergeFrom(requested.default_lock_settings)
    metadata = pb.RoomMetadata()
    metadata.CopyFrom(requested)
    metadata.room_features.CopyFrom(features)
    metadata.default_lock_settings.CopyFrom(locks)
    if not requested.HasField("copyright_conf"):
        metadata.copyright_conf.CopyFrom(pb.CopyrightConf(display=False, text=""))
    renew_id(metadata)
    _apply_encryption(metadata.room_features, make_secret)
    return metadata


def _apply_encryption(
    features: pb.RoomCreateFeatures, make_secret: Callable[[], str] | None
) -> None:
    e2ee = features.end_to_end_encryption_features
    if not e2ee.is_enabled:
        e2ee.Clear()
        return
    if e2ee.enabled_self_insert_encryption_key or make_secret is None:
        e2ee.ClearField("encryption_key")
    elif not e2ee.encryption_key:
        e2ee.encryption_key = make_secret()
    features.ingress_features.is_allow = False
    features.sip_dial_in_features.is_allow = False
    features.recording_features.is_allow_cloud = False
    features.recording_features.enable_auto_cloud_recording = False
    features.external_broadcasting_features.is_allow = False
    features.external_broadcasting_features.is_allow_rtmp = False
    insights = features.insights_features
    insights.transcription_features.is_allow = False
    insights.ai_features.meeting_summarization_features.is_allow = False


def renew_id(metadata: pb.RoomMetadata) -> None:
    """Give changed metadata a new id, because clients ignore an update with a known id."""
    metadata.metadata_id = str(uuid.uuid4())


def without_secret(metadata: pb.RoomMetadata) -> pb.RoomMetadata:
    """A copy without the secret, for people who are not in the room."""
    copy = pb.RoomMetadata()
    copy.CopyFrom(metadata)
    copy.room_features.end_to_end_encryption_features.ClearField("encryption_key")
    return copy


def breakout_request(parent: pb.RoomMetadata, parent_room_id: str, title: str) -> pb.RoomMetadata:
    """The metadata request for a breakout room of `parent`: its settings, never its secret."""
    requested = without_secret(parent)
    requested.room_title = title
    requested.parent_room_id = parent_room_id
    requested.is_breakout_room = True
    requested.is_recording = requested.is_active_rtmp = False
    requested.room_features.breakout_room_features.is_allow = False
    requested.room_features.waiting_room_features.is_active = False
    return requested
