"""Claims about keys and ciphertext: media, messages, nonces."""

from conformance.bench.crypto.bus_ciphertext import (
    BusTraffic,
    readable_on_the_bus,
    send_markers,
    send_some_marker,
    tapped,
)
from conformance.bench.crypto.forwarded_frames import every_forwarded_frame_was_seen_leaving
from conformance.bench.crypto.media_keys import (
    forwarded_enough,
    none_opened_with,
    one_key_opens_all,
    opened_by_none_of,
    opened_directly,
    opened_is_theirs,
    sealed_kinds,
    some_key_opens,
    with_screen,
)
from conformance.bench.crypto.message_keys import CapturedMessages
from conformance.bench.crypto.mixed_codecs import plain_av1
from conformance.bench.crypto.nonces import no_nonce_byte_constant, no_nonce_twice, sealed_enough
from conformance.bench.crypto.sent_frames import everything_sent_is_sealed, hears_shared_sound
from conformance.bench.crypto.sfu_ciphertext import (
    anything_in_clear,
    every_track_is_ciphertext,
    nothing_opens_without_a_secret,
    plain_room_is_readable,
)
from conformance.bench.crypto.typed_secrets import derive_all, opens_as_published

__all__ = [
    "BusTraffic",
    "CapturedMessages",
    "anything_in_clear",
    "derive_all",
    "every_forwarded_frame_was_seen_leaving",
    "every_track_is_ciphertext",
    "everything_sent_is_sealed",
    "forwarded_enough",
    "hears_shared_sound",
    "no_nonce_byte_constant",
    "no_nonce_twice",
    "none_opened_with",
    "nothing_opens_without_a_secret",
    "one_key_opens_all",
    "opened_by_none_of",
    "opened_directly",
    "opened_is_theirs",
    "opens_as_published",
    "plain_av1",
    "plain_room_is_readable",
    "readable_on_the_bus",
    "sealed_enough",
    "sealed_kinds",
    "send_markers",
    "send_some_marker",
    "some_key_opens",
    "tapped",
    "with_screen",
]
