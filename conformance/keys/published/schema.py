"""Models of the published vector files; `vectors/schema.json` is generated from them.

Their shape follows Wycheproof: a file has groups, a group has what its tests share, a test has an
id. The docstrings and descriptions are part of schema.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from conformance.keys.frames import Codec
from conformance.keys.profiles import PROFILES, Role
from conformance.keys.published.schema_tests import (
    DataMessageTest,
    EncryptedPacketTest,
    Hex,
    Key,
    KeyDerivationTest,
    MediaFrameTest,
    Model,
    RatchetTest,
    RatchetWindowTest,
    ServerInjectedTest,
    SessionIsolationTest,
    Test,
)
from conformance.keys.ratchet import Kdf

VERSION: Final = "3.0.0"
"""The version of the whole set of files. Major: a reader breaks or an answer changes; minor: new
tests; patch: wording. `vectors/CHANGELOG.md` lists the changes."""


class _Described(Model):
    description: str


class _Group(_Described):
    profile: str = Field(description="id of the derivation profile")
    key_size: Literal[128, 256] = Field(description="length of the derived key in bits")

    @model_validator(mode="after")
    def _known(self) -> _Group:
        if self.profile not in PROFILES:
            known = ", ".join(PROFILES)
            raise ValueError(f"profile {self.profile!r} is unknown; the known profiles are {known}")
        return self


class Session(Model):
    """Where the right key of a group comes from."""

    secret_utf8: str
    session_id: str
    key_hex: Key = Field(description="what the profile derives; tests name the key they use")


class DerivationStep(Model):
    """One step of a derivation, complete enough to implement it from this file alone."""

    do: Literal["PBKDF2-HMAC-SHA256", "HKDF-SHA256", "base64", "hex"]
    salt: Literal["constant", "sessionId"] | None = None
    salt_hex: Hex | None = Field(default=None, description="the constant")
    iterations: int | None = None
    info_hex: Hex | None = None
    key_bits: int | None = None


class KeyDerivationGroup(_Group):
    """Keys of one profile."""

    type: Literal["KeyDerivation"] = "KeyDerivation"
    role: Role
    session_bound: bool = Field(description="whether the session id enters the key")
    source: str
    steps: tuple[DerivationStep, ...]
    tests: tuple[KeyDerivationTest, ...]


OptionalCodec = Literal["av1", "red"]
"""Codecs that not every product encrypts: livekit-client 2.21.0 refuses AV1 and does not send
redundant Opus (RFC 2198) when it encrypts."""


class MediaFrameGroup(_Group):
    """Frames of one codec and kind."""

    type: Literal["MediaFrame"] = "MediaFrame"
    codec: Codec | OptionalCodec
    frame_type: Literal["key", "delta"]
    clear_bytes: int | None = Field(
        default=None, description="absent: up to the second byte of the first slice"
    )
    session: Session
    tests: tuple[MediaFrameTest, ...]


class DataMessageGroup(_Group):
    """Data messages under keys of one profile."""

    type: Literal["DataMessage"] = "DataMessage"
    session: Session
    tests: tuple[DataMessageTest, ...]


class EncryptedPacketGroup(_Group):
    """LiveKit's data packets under the media key of one profile."""

    type: Literal["EncryptedPacket"] = "EncryptedPacket"
    session: Session
    tests: tuple[EncryptedPacketTest, ...]


class _Ratcheting(_Described):
    kdf: Kdf = Field(description="PBKDF2 with 100000 rounds; HKDF with 128 zero bytes of info")
    salt_hex: Hex
    key_size: Literal[128, 256]


class RatchetGroup(_Ratcheting):
    """Materials and keys of one way to derive."""

    type: Literal["Ratchet"] = "Ratchet"
    tests: tuple[RatchetTest, ...]


class RatchetWindowGroup(_Ratcheting):
    """Frames of senders that ratcheted and receivers that have to catch up."""

    type: Literal["RatchetWindow"] = "RatchetWindow"
    codec: Codec
    frame_type: Literal["key", "delta"]
    tests: tuple[RatchetWindowTest, ...]


class ServerInjectedGroup(_Group):
    """Frames in an encrypted track of a room whose server announced a trailer."""

    type: Literal["ServerInjectedFrame"] = "ServerInjectedFrame"
    codec: Codec
    frame_type: Literal["key", "delta"]
    sif_trailer_hex: Hex = Field(description="sif_trailer of LiveKit's JoinResponse")
    session: Session
    tests: tuple[ServerInjectedTest, ...]


class SessionIsolationGroup(_Group):
    """What one session sealed, received in another one with the same secret."""

    type: Literal["SessionIsolation"] = "SessionIsolation"
    session_bound: bool
    steps: tuple[DerivationStep, ...]
    layout: Literal["message", "opus"] = Field(description="a data message or an Opus frame")
    tests: tuple[SessionIsolationTest, ...]


Group = Annotated[
    KeyDerivationGroup
    | MediaFrameGroup
    | DataMessageGroup
    | EncryptedPacketGroup
    | RatchetGroup
    | RatchetWindowGroup
    | ServerInjectedGroup
    | SessionIsolationGroup,
    Field(discriminator="type"),
]


BugType = Literal[
    "BASIC",
    "FUNCTIONALITY",
    "EDGE_CASE",
    "AUTH_BYPASS",
    "CONFIDENTIALITY",
    "MODIFIED_PARAMETER",
    "WEAK_PARAMS",
    "KNOWN_BUG",
]


class Note(Model):
    """What a flag means, as Wycheproof's notes have it."""

    bug_type: BugType = Field(description="the kind of bug that the tests of this flag look for")
    description: str
    effect: str | None = Field(default=None, description="what the bug does to people")
    links: tuple[str, ...] | None = Field(default=None, min_length=1)
    cves: tuple[Annotated[str, Field(pattern=r"^CVE-\d{4}-\d{4,}$")], ...] | None = Field(
        default=None, min_length=1, description="the same kind of bug in other products"
    )


class VectorFile(Model):
    """One published vector file; a change that breaks a reader gets a new `format`."""

    format: Literal["plugnmeet-vectors-v3"] = "plugnmeet-vectors-v3"
    version: Literal["3.0.0"] = Field(default=VERSION, description="see CHANGELOG.md beside it")
    generator: str
    number_of_tests: int = Field(ge=0)
    notes: dict[str, Note] = Field(description="what each flag means")
    test_groups: tuple[Group, ...]

    def tests(self) -> Iterator[tuple[Group, Test]]:
        """Each test with its group, in the order of the file."""
        for group in self.test_groups:
            for test in group.tests:
                yield group, test

    @model_validator(mode="after")
    def _consistent(self) -> VectorFile:
        ids = [test.tc_id for _, test in self.tests()]
        if len(ids) != self.number_of_tests:
            raise ValueError(
                f"numberOfTests is {self.number_of_tests}, but the file has {len(ids)}"
            )
        if len(set(ids)) != len(ids):
            raise ValueError("two tests have the same tcId")
        for _, test in self.tests():
            for flag in test.flags:
                if flag not in self.notes:
                    raise ValueError(f"tcId {test.tc_id} has the flag {flag}, which the notes lack")
            if test.result == "acceptable" and not test.flags:
                raise ValueError(f"tcId {test.tc_id} is acceptable but no flag says why")
        return self
