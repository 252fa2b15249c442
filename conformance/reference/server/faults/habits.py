"""Habits of this server that no requirement asks for: a sound server may do otherwise.

The self-test breaks them as variations, and no check may object.
"""

from __future__ import annotations

import base64
import secrets
import uuid

from conformance.reference.server.faults.registry import Fault, fault


@fault("secret-of-letters-and-digits")
class SecretOfAnotherForm(Fault):
    """The secret of a simple room is random, but of another length and in another encoding."""

    def on_secret(self, secret: str, room_id: str) -> str:
        drawn = secrets.token_bytes(self.number("octets"))
        if self.text("encoding") == "hex":
            return drawn.hex()
        if self.text("encoding") == "base32":
            return base64.b32encode(drawn).decode().rstrip("=")
        return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


@fault("session-id-a-uuid")
class SessionIdOfAnotherForm(Fault):
    """The Session ID is 26 characters instead of a UUID."""

    def on_session_id(self, session_id: str, room_id: str) -> str:
        return base64.b32encode(uuid.uuid4().bytes).decode().rstrip("=")
