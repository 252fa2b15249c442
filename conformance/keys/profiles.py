"""Derivation profiles, as data: from a secret and a session id to an AES key.

The list is `profiles.toml`; this module reads and computes it.
"""

from __future__ import annotations

import base64
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from pydantic import BaseModel, ConfigDict, Field, model_validator

Role = Literal["media", "data"]


class SecretNotText(ValueError):
    """The secret has a lone surrogate and no UTF-8 form; derive from its bytes instead."""


class SessionMissing(ValueError):
    """A session-bound profile needs a session id; give the room's SID."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Salt(_Data):
    """A constant text or the session id, as UTF-8."""

    text: str | None = None
    session: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Salt:
        if (self.text is None) == (not self.session):
            raise ValueError("a salt is either `text` or `session`")
        return self

    def of(self, session_id: str) -> bytes:
        """The salt's bytes in the session `session_id`."""
        return (session_id if self.text is None else self.text).encode()


class Pbkdf2(_Data):
    """PBKDF2-HMAC-SHA256 (RFC 8018 section 5.2)."""

    do: Literal["pbkdf2-hmac-sha256"]
    salt: Salt
    iterations: int = Field(gt=0)
    bits: Literal[128, 256]

    def apply(self, value: bytes, session_id: str) -> bytes:
        """The first `bits` of the derived key."""
        return pbkdf2(value, self.salt.of(session_id), self.iterations)[: self.bits // 8]


class Hkdf(_Data):
    """HKDF-SHA256 (RFC 5869); `info` is a number of zero bytes."""

    do: Literal["hkdf-sha256"]
    salt: Salt
    info: int = Field(ge=0)
    bits: Literal[128, 256]

    def apply(self, value: bytes, session_id: str) -> bytes:
        """`bits` of output key material."""
        return hkdf(value, self.salt.of(session_id), bytes(self.info), self.bits // 8)


class Text(_Data):
    """The derived bytes as text: padded standard base64 or lower-case hex."""

    do: Literal["base64", "hex"]

    def apply(self, value: bytes, session_id: str) -> bytes:
        """The ASCII of the text."""
        return base64.b64encode(value) if self.do == "base64" else value.hex().encode()


Step = Annotated[Pbkdf2 | Hkdf | Text, Field(discriminator="do")]


class Profile(_Data):
    """One known way from secret and session id to a key."""

    id: str
    role: Role
    description: str
    source: str
    steps: tuple[Step, ...] = Field(alias="step", min_length=1)

    @model_validator(mode="after")
    def _ends_in_a_key(self) -> Profile:
        if isinstance(self.steps[-1], Text):
            raise ValueError(f"profile {self.id} must end in a derivation, not in a text")
        return self

    @property
    def bits(self) -> int:
        """Length of the key: 128 or 256."""
        last = self.steps[-1]
        assert not isinstance(last, Text)  # nosec - the validator checks it
        return last.bits

    @property
    def session_bound(self) -> bool:
        """Whether the session id enters the key."""
        return any(not isinstance(step, Text) and step.salt.session for step in self.steps)

    def derive(self, secret: str | bytes, session_id: str) -> bytes:
        """Return the AES key of `bits // 8` bytes; PBKDF2 is cached, so repeated calls are cheap.

        The UTF-8 of a text `secret` is used, neither trimmed nor normalised, as in every client. An
        empty secret also gives a key; the client decides whether to accept it.

        Raises:
            SecretNotText: the text has no UTF-8 form.
            SessionMissing: the profile is session-bound and `session_id` is empty.
        """
        if self.session_bound and not session_id:
            raise SessionMissing(
                f"profile {self.id} is bound to a session; give the session id of the room"
            )
        try:
            value = secret.encode() if isinstance(secret, str) else secret
        except UnicodeEncodeError as error:
            raise SecretNotText(
                f"the secret has no UTF-8 ({error.reason} at {error.start}); derive from bytes"
            ) from error
        return self.compute(value, session_id)

    def compute(self, secret: bytes, session_id: str) -> bytes:
        """Like `derive`, but without the check: an empty session id is an empty salt."""
        value = secret
        for step in self.steps:
            value = step.apply(value, session_id)
        return value


@lru_cache(maxsize=8192)
def pbkdf2(password: bytes, salt: bytes, iterations: int, length: int = 32) -> bytes:
    """PBKDF2-HMAC-SHA256. A 128-bit key is the first half of the same 32 bytes, hence one cache."""
    return PBKDF2HMAC(SHA256(), length, salt, iterations).derive(password)


def hkdf(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256, `length` bytes (RFC 5869)."""
    return HKDF(SHA256(), length, salt, info).derive(material)


def _read() -> dict[str, Profile]:
    text = files("conformance.keys").joinpath("profiles.toml").read_text(encoding="utf-8")
    profiles = [Profile.model_validate(entry) for entry in tomllib.loads(text)["profile"]]
    return {profile.id: profile for profile in profiles}


PROFILES: dict[str, Profile] = _read()
"""Every known profile by id, in the order of the file."""
