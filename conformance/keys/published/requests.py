"""The vectors as requests to a program, one per line; see `vectors/PROTOCOL.md`.

Each test becomes one request. A valid test that can be sealed again becomes a second one. So does
an acceptable one of a codec that need not be encrypted, because nothing else may come out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from conformance.keys.published.outcomes import Outcome
from conformance.keys.published.schema import (
    Group,
    KeyDerivationGroup,
    MediaFrameGroup,
    OptionalCodec,
    RatchetGroup,
    RatchetWindowGroup,
    ServerInjectedGroup,
    SessionIsolationGroup,
    VectorFile,
)
from conformance.keys.published.schema_tests import (
    DataMessageTest,
    EncryptedPacketTest,
    MediaFrameTest,
    Result,
    Test,
)


@dataclass(frozen=True)
class Request:
    """A request to a program and the expected answer."""

    group: Group
    test: Test
    ask: dict[str, Any]
    result: Result
    answer: Outcome

    @property
    def seals(self) -> bool:
        """Whether this is the second request of its test."""
        return str(self.ask["do"]).startswith("seal-")

    def judge(self, got: Outcome) -> bool:
        """Whether `got` is right; additional fields are ignored."""
        if "refused" in got:
            return self.result != "valid"
        if self.result == "invalid":
            return False
        return all(got.get(name) == value for name, value in self.answer.items())


def requests(vectors: VectorFile) -> Iterator[Request]:
    """All requests of a file, in the file's order."""
    for group, test in vectors.tests():
        yield _main(group, test)
        if (seal := _seal(group, test)) is not None:
            yield seal


def _fields(model: Group | Test, *names: str) -> dict[str, Any]:
    """The model's fields with these names of the file; fields that it lacks are left out."""
    values = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: values[name] for name in names if name in values}


def _text(test: Test, name: str, utf16: str) -> dict[str, Any]:
    """One of two forms of a text: the UTF-16 if the test has it."""
    return _fields(test, utf16) or _fields(test, name)


def _main(group: Group, test: Test) -> Request:
    answers = ["plainHex"]
    match group:
        case KeyDerivationGroup():
            ask = {"do": "derive", **_fields(group, "profile", "steps", "keySize")}
            ask |= _text(test, "secretHex", "secretUtf16Hex")
            ask |= _text(test, "sessionId", "sessionUtf16Hex")
            answers = ["keyHex"]
        case RatchetGroup():
            ask = {"do": "ratchet", **_fields(group, "kdf", "saltHex", "keySize")}
            ask |= _fields(test, "secretHex", "times")
            answers = ["materialHex", "keyHex"]
        case RatchetWindowGroup():
            ask = {"do": "open-ratcheted"}
            ask |= _fields(group, "kdf", "saltHex", "keySize", "codec", "frameType")
            ask |= _fields(test, "secretHex", "window", "frameHex")
        case SessionIsolationGroup():
            ask = {"do": "open-in-session", **_fields(group, "profile", "steps", "layout")}
            ask |= _fields(test, "secretHex", "sessionId", "sealedHex")
        case MediaFrameGroup() | ServerInjectedGroup():
            ask = {"do": "open-frame", **_fields(group, "codec", "frameType", "sifTrailerHex")}
            ask |= _fields(test, "keyHex", "atIndex", "ringSize", "frameHex")
        case _:
            packet = isinstance(test, EncryptedPacketTest)
            ask = {"do": "open-packet" if packet else "open-message"}
            ask |= _fields(test, "keyHex", "atIndex", "ringSize", "messageHex", "packetHex")
            ask |= _fields(test, "ivHex", "keyIndex", "valueHex") if packet else {}
    answer = {} if test.result == "invalid" else _fields(test, *answers)
    return Request(group, test, ask, test.result, answer)


def _seal(group: Group, test: Test) -> Request | None:
    optional = test.result == "acceptable" and getattr(group, "codec", "") in get_args(
        OptionalCodec
    )
    if test.result != "valid" and not optional:
        return None
    match test:
        case MediaFrameTest():
            ask = {"do": "seal-frame", **_fields(group, "codec", "frameType")}
            ask |= _fields(test, "keyHex", "keyIndex", "ivHex", "plainHex")
            answer = _fields(test, "frameHex")
        case DataMessageTest():
            ask = {"do": "seal-message", **_fields(test, "keyHex", "ivHex", "plainHex")}
            answer = _fields(test, "messageHex")
        case EncryptedPacketTest():
            ask = {"do": "seal-packet", **_fields(test, "keyHex", "ivHex", "plainHex")}
            answer = _fields(test, "valueHex")
        case _:
            return None
    return Request(group, test, ask, test.result, answer)
