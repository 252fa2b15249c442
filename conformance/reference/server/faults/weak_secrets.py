"""Faults in drawing the secret of a simple room, and the Session ID.

Where several of these faults are active, the last one decides.
"""

from __future__ import annotations

import secrets
import time
import uuid
from typing import Final

from conformance.reference.server.faults.registry import Fault, ServerParts, fault
from conformance.wire import metadata

CONSTANT_SECRET: Final = "0123456789abcdefghijklmnopqrstuv"  # noqa: S105 - not a real secret
FIRST_HALF: Final = metadata.SECRET_ALPHABET[: len(metadata.SECRET_ALPHABET) // 2]


@fault("secret-new-each-time")
class SecretOfTheRoom(Fault):
    """Every session of a room has the secret of the room's first session."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self._first: dict[str, str] = {}

    def on_secret(self, secret: str, room_id: str) -> str:
        return self._first.setdefault(room_id, secret)


@fault("secret-own-when-made-at-once")
class SecretOfTheSecond(Fault):
    """Rooms that are created in the same second share a secret, as if the clock were the seed."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self._second, self._secret = 0, ""

    def on_secret(self, secret: str, room_id: str) -> str:
        if int(time.time()) != self._second:
            self._second, self._secret = int(time.time()), metadata.new_secret()
        return self._secret


@fault("secret-never-again")
class RepeatedSecret(Fault):
    """One secret in a few dozen is the same as the one before it."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self._made, self._last = 0, ""

    def on_secret(self, secret: str, room_id: str) -> str:
        every = self.number("every")
        if self._made % every != every - 1:
            self._last = metadata.new_secret()
        self._made += 1
        return self._last


@fault("secret-unbiased")
class BiasedSecrets(Fault):
    """The length is right, but characters of the alphabet's first half are twice as likely."""

    def on_secret(self, secret: str, room_id: str) -> str:
        alphabet = metadata.SECRET_ALPHABET + FIRST_HALF
        return "".join(secrets.choice(alphabet) for _ in range(metadata.SECRET_LENGTH))


@fault("secret-long")
class ShortSecrets(Fault):
    """A secret has a few characters."""

    def on_secret(self, secret: str, room_id: str) -> str:
        return metadata.new_secret()[: self.number("characters")]


@fault("secret-strong")
class FourDigits(Fault):
    """A secret is a few digits."""

    def on_secret(self, secret: str, room_id: str) -> str:
        digits = self.number("digits")
        return f"{secrets.randbelow(10**digits):0{digits}}"


@fault("secret-unique-per-session")
class ConstantSecret(Fault):
    """All sessions of all rooms have the same constant secret."""

    def on_secret(self, secret: str, room_id: str) -> str:
        return CONSTANT_SECRET


@fault("session-id-fresh")
class SessionIdOfTheRoom(Fault):
    """All sessions of a room have the same Session ID, which is derived from the room id."""

    def on_session_id(self, session_id: str, room_id: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, room_id))
