"""Faults in drawing the secret of a simple room: it looks random, but others can compute it.

Each fault draws its details once: the hash, the separator, the encoding, the length.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import random
import time
from collections.abc import Callable
from typing import Final

from conformance.reference.server.faults.registry import Fault, ServerParts, fault
from conformance.wire import metadata

log = logging.getLogger("plugnmeet.reference.sessions")

HASHES: Final = ("md5", "sha1", "sha256", "sha384", "sha512", "sha3_256")
SEPARATORS: Final = ("", "-", ":", "_", "|", ".", "/")
LEAST, MOST = 22, 32
"""The length of these secrets in characters."""


def _letters(digest: bytes) -> str:
    alphabet = metadata.SECRET_ALPHABET
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


ENCODINGS: Final[tuple[Callable[[bytes], str], ...]] = (
    bytes.hex,
    lambda digest: digest.hex().upper(),
    lambda digest: base64.b64encode(digest).decode().rstrip("="),
    lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("="),
    lambda digest: base64.b32encode(digest).decode().rstrip("="),
    _letters,
)


class _Computed(Fault):
    """A secret that is computed. The details are drawn anew for each server."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self.drawn = random.Random()  # noqa: S311 - details of a fault
        self.hash = self.drawn.choice(HASHES)
        self.separator = self.drawn.choice(SEPARATORS)
        self.encode = self.drawn.choice(ENCODINGS)
        self.length = self.drawn.randint(LEAST, MOST)
        self.skipped = self.drawn.choice((0, 0, 2, 5))
        self.session_id = ""

    def on_session_id(self, session_id: str, room_id: str) -> str:
        """Keep the Session ID, which is drawn before the secret."""
        self.session_id = session_id
        return session_id

    def written(self, digest: bytes) -> str:
        """The digest as a secret."""
        text = self.encode(digest)
        log.info("%s: %s, %d characters", type(self).__name__, self.hash, self.length)
        return text[self.skipped :][: self.length]


@fault("secret-not-from-session-id")
class SecretOfTheSessionId(_Computed):
    """The secret is a digest of the Session ID, alone or beside the room id."""

    def on_secret(self, secret: str, room_id: str) -> str:
        parts = (self.session_id,) if self.separator == "" else (room_id, self.session_id)
        text = self.separator.join(parts)
        return self.written(hashlib.new(self.hash, text.encode()).digest())


@fault("secret-not-keyed-with-public")
class SecretUnderTheApiKey(_Computed):
    """The secret is an HMAC of the Session ID under the API key, which every request shows."""

    def on_secret(self, secret: str, room_id: str) -> str:
        key = self.server.config.api_key.encode()
        kind = self.drawn.choice(("sha256", "sha512"))
        return self.written(hmac.digest(key, self.session_id.encode(), kind))


@fault("secret-not-from-creation-time")
class SecretOfTheMoment(_Computed):
    """The secret is a digest of the room id and the creation time in seconds or milliseconds."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self.unit_ns = self.drawn.choice((10**9, 10**6))

    def on_secret(self, secret: str, room_id: str) -> str:
        text = f"{room_id}{self.separator}{time.time_ns() // self.unit_ns}"
        return self.written(hashlib.new(self.hash, text.encode()).digest())


@fault("secret-not-from-earlier-one")
class SecretOfTheSecretBefore(_Computed):
    """A secret is a digest of the one before it, from the second one on."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self.before = ""

    def on_secret(self, secret: str, room_id: str) -> str:
        if self.before:
            secret = self.written(hashlib.new(self.hash, self.before.encode()).digest())
        self.before = secret
        return secret


@fault("secret-not-seeded-with-time")
class SecretOfTheClock(_Computed):
    """The secret comes from a generator that is seeded with the time."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self.unit_ns = self.drawn.choice((10**9, 10**6))
        self.as_hex = self.drawn.random() < 0.5

    def on_secret(self, secret: str, room_id: str) -> str:
        weak = random.Random(time.time_ns() // self.unit_ns)  # noqa: S311 - the fault
        if self.as_hex:
            return weak.randbytes(16).hex()
        return "".join(weak.choice(metadata.SECRET_ALPHABET) for _ in range(32))


@fault("secret-not-of-weak-generator")
class SecretOfTheTwister(_Computed):
    """All secrets come from one generator whose state follows from them."""

    def on_secret(self, secret: str, room_id: str) -> str:
        return f"{self.drawn.getrandbits(128):032x}"
