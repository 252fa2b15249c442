"""Claims about a client whose server lies or whose encryption fails."""

from conformance.bench.crypto.media_keys import some_key_opens
from conformance.bench.crypto.sfu_ciphertext import plain_room_is_readable
from conformance.bench.hostile.clear_messages import (
    need_sealed_channel,
    put_clear_messages,
    shown_in_plain_room,
)
from conformance.bench.hostile.crypto_failure import cannot_encrypt
from conformance.bench.hostile.incapable_browser import unable_to_encrypt
from conformance.bench.hostile.lying_server import (
    LURES,
    NOT_INCLUDED,
    PLAIN,
    PLAIN_ONCE_INSIDE,
    SECRET,
    SIMPLE,
    deceived,
    tell,
)
from conformance.bench.hostile.rooms import CHANNELS
from conformance.bench.hostile.secret_exfiltration import end_meeting_and_read
from conformance.clients.crypto_failure import FAILURE_POINTS

__all__ = [
    "CHANNELS",
    "FAILURE_POINTS",
    "LURES",
    "NOT_INCLUDED",
    "PLAIN",
    "PLAIN_ONCE_INSIDE",
    "SECRET",
    "SIMPLE",
    "cannot_encrypt",
    "deceived",
    "end_meeting_and_read",
    "need_sealed_channel",
    "plain_room_is_readable",
    "put_clear_messages",
    "shown_in_plain_room",
    "some_key_opens",
    "tell",
    "unable_to_encrypt",
]
