"""Models of the published vector files; `vectors/schema.json` is generated from them.

Shaped like Wycheproof's: a file has groups, a group has what its tests share, a test has an id.
`result` means: valid, an implementation must get exactly what the test states; invalid, it must
refuse; acceptable, it may refuse but must not get anything else (a flag of the test says why).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from conformance.keys.frames import Codec
from conformance.keys.profiles import PROFILES, Role
from conformance.keys.ratchet import Kdf

VERSION: Final = "2.0.0"
"""Of the whole set of files: major for what breaks a reader or changes an answer, minor for tests
added, patch for words. `vectors/CHANGELOG.md` has what changed."""

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]
Key = Annotated[str, Field(pattern=r"^([0-9a-f]{32}|[0-9a-f]{64})$")]
Index = Annotated[int, Field(ge=0, le=255)]
Result = Literal["valid", "invalid", "acceptable"]


AT_INDEX = (
    "the key is at this index of the key ring and no other is; absent: it is taken for any index"
)


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True
    )


class Test(_Model):
    """What every test has."""

    __test__ = False  # not for pytest

    tc_id: int = Field(ge=1, description="unique in the file")
    comment: str = Field(description="what is special about this test")
    result: Result
    flags: tuple[str, ...] = Field(default=(), description="keys of the file's notes")

    def demand(self, *fields: str) -> None:
        """Valid and acceptable tests state what comes out; invalid ones cannot."""
        for name in fields:
            if (getattr(self, name) is None) == (self.result != "invalid"):
                verb = "lacks" if self.result != "invalid" else "must not have"
                raise ValueError(f"tcId {self.tc_id} is {self.result} and {verb} {to_camel(name)}")


class KeyDerivationTest(Test):
    """Derive the key of `secretHex` in the session `sessionId`."""

    secret_hex: Hex = Field(description="the secret, as UTF-8 where it is text")
    secret_utf8: str | None = Field(default=None, description="the same, if it is UTF-8")
    session_id: str = Field(description="the room's session id; its UTF-8 is the salt")
    key_hex: Key | None = None

    @model_validator(mode="after")
    def _consistent(self) -> KeyDerivationTest:
        self.demand("key_hex")
        if self.secret_utf8 is not None and self.secret_utf8.encode().hex() != self.secret_hex:
            raise ValueError(f"tcId {self.tc_id}: secretUtf8 and secretHex differ")
        return self


class MediaFrameTest(Test):
    """Open `frameHex` with `keyHex`; valid ones also seal back to the same bytes."""

    key_hex: Key
    at_index: Index | None = Field(default=None, description=AT_INDEX)
    frame_hex: Hex = Field(description="the encrypted frame, as the SFU forwards it")
    plain_hex: Hex | None = Field(default=None, description="the whole frame before encryption")
    clear_hex: Hex | None = Field(default=None, description="the bytes left clear, also the AAD")
    iv_hex: Hex | None = None
    key_index: Index | None = None

    @model_validator(mode="after")
    def _consistent(self) -> MediaFrameTest:
        self.demand("plain_hex", "clear_hex", "iv_hex", "key_index")
        return self


class DataMessageTest(Test):
    """Open `messageHex` with `keyHex`; valid ones also seal back to the same bytes."""

    key_hex: Key
    message_hex: Hex = Field(description="IV, ciphertext and tag, as sent over NATS")
    message_b64: str = Field(description="the same in the text form of the client's API")
    plain_hex: Hex | None = None
    plain_utf8: str | None = Field(default=None, description="the same, if it is UTF-8")
    iv_hex: Hex | None = None

    @model_validator(mode="after")
    def _consistent(self) -> DataMessageTest:
        self.demand("plain_hex", "iv_hex")
        return self


class EncryptedPacketTest(Test):
    """Open `valueHex` with `keyHex`; valid ones also seal back to the same bytes."""

    key_hex: Key
    at_index: Index | None = Field(default=None, description=AT_INDEX)
    packet_hex: Hex = Field(description="the next three as LiveKit's protobuf EncryptedPacket")
    iv_hex: Hex
    key_index: Index
    value_hex: Hex = Field(description="ciphertext and tag")
    plain_hex: Hex | None = Field(default=None, description="an EncryptedPacketPayload, serialised")

    @model_validator(mode="after")
    def _consistent(self) -> EncryptedPacketTest:
        self.demand("plain_hex")
        return self


class RatchetTest(Test):
    """Ratchet the material of `secretHex` `times` times; give material and key."""

    secret_hex: Hex
    times: int = Field(ge=0, le=32)
    material_hex: Hex | None = Field(default=None, description="with times 0 the secret itself")
    key_hex: Key | None = None

    @model_validator(mode="after")
    def _consistent(self) -> RatchetTest:
        self.demand("material_hex", "key_hex")
        return self


class RatchetWindowTest(Test):
    """Open `frameHex` with the key of `secretHex` or one of the `window` keys after it."""

    secret_hex: Hex
    window: int = Field(ge=0, le=32)
    frame_hex: Hex
    plain_hex: Hex | None = None

    @model_validator(mode="after")
    def _consistent(self) -> RatchetWindowTest:
        self.demand("plain_hex")
        return self


class ServerInjectedTest(Test):
    """Receive `frameHex` in a room with the group's trailer; `plainHex` is what gets played."""

    key_hex: Key
    frame_hex: Hex
    plain_hex: Hex | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ServerInjectedTest:
        self.demand("plain_hex")
        return self


class SessionIsolationTest(Test):
    """Derive the key of `secretHex` in the session `sessionId` and open `sealedHex` with it."""

    secret_hex: Hex
    session_id: str = Field(description="the receiver's")
    sealed_in: str = Field(description="the sender's session id; not an input")
    sealed_hex: Hex
    plain_hex: Hex | None = None

    @model_validator(mode="after")
    def _consistent(self) -> SessionIsolationTest:
        self.demand("plain_hex")
        return self


class _Described(_Model):
    description: str


class _Group(_Described):
    profile: str = Field(description="id of the derivation profile")
    key_size: Literal[128, 256] = Field(description="length of the derived key in bits")

    @model_validator(mode="after")
    def _known(self) -> _Group:
        if self.profile not in PROFILES:
            known = ", ".join(PROFILES)
            raise ValueError(f"profile {self.profile!r} is unknown; known are {known}")
        return self


class Session(_Model):
    """Where the right key of a group comes from."""

    secret_utf8: str
    session_id: str
    key_hex: Key = Field(description="what the profile derives; tests name the key they use")


class DerivationStep(_Model):
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


class MediaFrameGroup(_Group):
    """Frames of one codec and kind."""

    type: Literal["MediaFrame"] = "MediaFrame"
    codec: Codec
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


class VectorFile(_Model):
    """One published vector file; a change that breaks a reader gets a new `format`."""

    format: Literal["plugnmeet-vectors-v2"] = "plugnmeet-vectors-v2"
    version: Literal["2.0.0"] = Field(default=VERSION, description="see CHANGELOG.md beside it")
    generator: str
    number_of_tests: int = Field(ge=0)
    notes: dict[str, str] = Field(description="what each flag means")
    test_groups: tuple[Group, ...]

    def tests(self) -> Iterator[tuple[Group, Test]]:
        """Every test with its group, in the order of the file."""
        for group in self.test_groups:
            for test in group.tests:
                yield group, test

    @model_validator(mode="after")
    def _consistent(self) -> VectorFile:
        ids = [test.tc_id for _, test in self.tests()]
        if len(ids) != self.number_of_tests:
            raise ValueError(f"numberOfTests is {self.number_of_tests}, the file has {len(ids)}")
        if len(set(ids)) != len(ids):
            raise ValueError("two tests have the same tcId")
        for _, test in self.tests():
            for flag in test.flags:
                if flag not in self.notes:
                    raise ValueError(f"tcId {test.tc_id} has the flag {flag}, notes lack it")
            if test.result == "acceptable" and not test.flags:
                raise ValueError(f"tcId {test.tc_id} is acceptable and has no flag to say why")
        return self
