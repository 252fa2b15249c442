"""Claims about a client whose server lies or whose encryption fails."""

from conformance.bench.crypto.media_keys import some_key_opens
from conformance.bench.crypto.sfu_ciphertext import plain_room_is_readable
from conformance.bench.hostile.crypto_failure import cannot_encrypt
from conformance.bench.hostile.lying_server import (
    LURES,
    PLAIN,
    PLAIN_ONCE_INSIDE,
    SECRET,
    SIMPLE,
    deceived,
    tell,
)
from conformance.bench.hostile.secret_exfiltration import end_meeting_and_read
from conformance.clients.crypto_failure import FAILURE_POINTS

__all__ = [
    "FAILURE_POINTS",
    "LURES",
    "PLAIN",
    "PLAIN_ONCE_INSIDE",
    "SECRET",
    "SIMPLE",
    "cannot_encrypt",
    "deceived",
    "end_meeting_and_read",
    "plain_room_is_readable",
    "some_key_opens",
    "tell",
]
