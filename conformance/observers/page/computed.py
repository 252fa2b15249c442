"""Which of the values that a client computed must not leave it.

A value counts if the secret, or another value that counts, went into it: as data, salt, info or
key. Each AES key counts as well, because the client encrypts with it. Digests of public things
(a session description, a file) do not count, nor do ciphertexts.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.observers.page.made_keys import Computed

_SHORTEST: Final = 8
"""The shortest value that counts, and the shortest part of a secret that counts as its input."""
_SEALING: Final = ("encrypt", "wrapKey")


@dataclass(frozen=True)
class Counted:
    """A value that must not leave: how it was made, without the value itself, and its bytes."""

    what: str
    value: bytes
    is_key: bool = False


def counted(records: Sequence[Computed], secrets: Iterable[str]) -> list[Counted]:
    """The outputs into which a secret went, directly or not, and the AES keys; each value once."""
    parts = _Parts()
    for secret in secrets:
        parts.add_secret(secret)
    keys: set[str] = set()
    found: dict[bytes, Counted] = {}
    # A worker's reports may arrive before those of the page that gave it the key.
    while True:
        before = (len(found), len(keys), len(parts))
        for record in records:
            _judge(record, parts, keys, found)
        if (len(found), len(keys), len(parts)) == before:
            return list(found.values())


def _judge(record: Computed, parts: _Parts, keys: set[str], found: dict[bytes, Counted]) -> None:
    secret = any(parts.in_(data) for data in record.inputs)
    # What is sealed under a secret key may leave. What is computed with it otherwise may not.
    if record.key in keys and record.call not in _SEALING:
        secret = True
    if secret and record.makes is not None:
        keys.add(record.makes)
    if not (secret or record.is_key) or len(record.output) < _SHORTEST:
        return
    if record.is_key and record.makes is not None:
        keys.add(record.makes)
    parts.add(record.output)
    kind = "AES key" if record.is_key else "output"
    how = f" with {record.how}" if record.how else ""
    found.setdefault(
        record.output,
        Counted(f"{kind} of the client's {record.call}{how}", record.output, record.is_key),
    )


class _Parts:
    """The byte strings whose occurrence in an input makes the output count."""

    def __init__(self) -> None:
        self._forms: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._forms)

    def add_secret(self, secret: str) -> None:
        """Add a secret in the encodings of a text, and each part of it."""
        for text in {secret, secret.lower(), secret.upper()}:
            for data in (
                text.encode("utf-8", "surrogatepass"),
                text.encode("utf-16-le", "replace"),
            ):
                self.add(data)
                for start in range(len(data) - _SHORTEST + 1):
                    self._forms.add(data[start : start + _SHORTEST])

    def add(self, value: bytes) -> None:
        """Add a value: raw, in hex and in base64."""
        if len(value) < _SHORTEST:
            return
        text = base64.b64encode(value).rstrip(b"=")
        self._forms |= {
            value,
            value.hex().encode(),
            value.hex().upper().encode(),
            text,
            text.translate(bytes.maketrans(b"+/", b"-_")),
        }

    def in_(self, data: bytes) -> bool:
        """Whether one of them is in `data`."""
        return len(data) >= _SHORTEST and any(form in data for form in self._forms)
