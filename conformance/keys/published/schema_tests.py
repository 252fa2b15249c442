"""Models of the tests in the published vector files; `schema.py` has their groups.

`result` means: valid, an implementation must get exactly what the test states; invalid, it must
refuse; acceptable, it may refuse but must not get any other result (a flag of the test says why).
The docstrings and descriptions are part of schema.json.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]
Key = Annotated[str, Field(pattern=r"^([0-9a-f]{32}|[0-9a-f]{64})$")]
Utf16 = Annotated[str, Field(pattern=r"^([0-9a-f]{4})*$")]
Index = Annotated[int, Field(ge=0, le=255)]
RingSize = Annotated[int, Field(ge=1, le=256)]
Result = Literal["valid", "invalid", "acceptable"]


AT_INDEX = (
    "the key is at this index of the key ring and no other is; absent: it is taken for any index"
)

RING_SIZE = "the number of keys that the key ring holds; absent: 16"
UTF16 = (
    "the text as UTF-16 code units, big-endian, given in place of {instead}: it has a lone "
    "surrogate, which UTF-8 and many JSON readers do not carry"
)


def utf8_of(units: str) -> bytes:
    """The UTF-8 of UTF-16 code units in hex; each lone surrogate becomes U+FFFD.

    So does TextEncoder (WHATWG Encoding: its input is a USVString).
    """
    text = bytes.fromhex(units).decode("utf-16-be", "surrogatepass")
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


class Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True
    )


class Test(Model):
    """What every test has."""

    __test__ = False  # not for pytest

    tc_id: int = Field(ge=1, description="unique in the file")
    comment: str = Field(description="what is special about this test")
    result: Result
    flags: tuple[str, ...] = Field(default=(), description="keys of the file's notes")

    def demand(self, *fields: str) -> None:
        """Check that valid and acceptable tests state the result, and invalid ones do not."""
        for name in fields:
            if (getattr(self, name) is None) == (self.result != "invalid"):
                verb = "lacks" if self.result != "invalid" else "must not have"
                raise ValueError(f"tcId {self.tc_id} is {self.result} and {verb} {to_camel(name)}")


def _in_ring(tc_id: int, at_index: int | None, ring_size: int | None) -> None:
    if (at_index or 0) >= (ring_size or 16):
        raise ValueError(f"tcId {tc_id}: the key ring has no index {at_index}")


class KeyDerivationTest(Test):
    """Derive the key of `secretHex` in the session `sessionId`."""

    secret_hex: Hex = Field(description="the secret, as UTF-8 where it is text")
    secret_utf8: str | None = Field(default=None, description="the same, if it is UTF-8")
    secret_utf16_hex: Utf16 | None = Field(
        default=None, description=UTF16.format(instead="secretHex, which has U+FFFD there")
    )
    session_id: str = Field(description="the room's session id; its UTF-8 is the salt")
    session_utf16_hex: Utf16 | None = Field(
        default=None, description=UTF16.format(instead="sessionId, which has U+FFFD there")
    )
    key_hex: Key | None = None

    @model_validator(mode="after")
    def _consistent(self) -> KeyDerivationTest:
        self.demand("key_hex")
        if self.secret_utf8 is not None and self.secret_utf8.encode().hex() != self.secret_hex:
            raise ValueError(f"tcId {self.tc_id}: secretUtf8 and secretHex differ")
        for units, utf8 in (
            (self.secret_utf16_hex, self.secret_hex),
            (self.session_utf16_hex, self.session_id.encode().hex()),
        ):
            if units is not None and utf8_of(units).hex() != utf8:
                raise ValueError(f"tcId {self.tc_id}: the UTF-16 is that of another text")
        return self


class MediaFrameTest(Test):
    """Open `frameHex` with `keyHex`; valid ones also seal back to the same bytes."""

    key_hex: Key
    at_index: Index | None = Field(default=None, description=AT_INDEX)
    ring_size: RingSize | None = Field(default=None, description=RING_SIZE)
    frame_hex: Hex = Field(description="the encrypted frame, as the SFU forwards it")
    plain_hex: Hex | None = Field(default=None, description="the whole frame before encryption")
    clear_hex: Hex | None = Field(default=None, description="the bytes left clear, also the AAD")
    iv_hex: Hex | None = None
    key_index: Index | None = None

    @model_validator(mode="after")
    def _consistent(self) -> MediaFrameTest:
        self.demand("plain_hex", "clear_hex", "iv_hex", "key_index")
        _in_ring(self.tc_id, self.at_index, self.ring_size)
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
    ring_size: RingSize | None = Field(default=None, description=RING_SIZE)
    packet_hex: Hex = Field(description="the next three as LiveKit's protobuf EncryptedPacket")
    iv_hex: Hex
    key_index: Index
    value_hex: Hex = Field(description="ciphertext and tag")
    plain_hex: Hex | None = Field(default=None, description="an EncryptedPacketPayload, serialised")

    @model_validator(mode="after")
    def _consistent(self) -> EncryptedPacketTest:
        self.demand("plain_hex")
        _in_ring(self.tc_id, self.at_index, self.ring_size)
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
