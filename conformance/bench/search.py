"""Looking for markers in bytes: what a searcher is, and a plain one."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol


@dataclass(frozen=True)
class Hit:
    """Something that was found: which needle, in which encoding, where. Never the bytes."""

    needle: str
    encoding: str
    where: str
    offset: int

    def __str__(self) -> str:
        return f"{self.needle} ({self.encoding}) in {self.where} at {self.offset}"


class Searcher(Protocol):
    """Knows what to look for."""

    def search(self, name: str, data: bytes) -> Sequence[Hit]:
        """Every needle that is in `data`, each at least once; `name` says where that is from."""
        ...


_SHORTEST: Final = 8
"""Bytes of a needle below which a find may be chance."""


class PlainSearcher:
    """Finds each needle as it is, in hex of either case, and in base64 at each alignment.

    `needles`: name to bytes. Raises ValueError for one that is too short to be told from chance.
    """

    def __init__(self, needles: Mapping[str, bytes]) -> None:
        self._forms: list[tuple[str, str, bytes]] = []
        for name, value in needles.items():
            if len(value) < _SHORTEST:
                raise ValueError(f"{name} has {len(value)} bytes, {_SHORTEST} are needed")
            self._forms += [(name, encoding, form) for encoding, form in _forms(value)]

    def search(self, name: str, data: bytes) -> Sequence[Hit]:
        """The first place of each needle in each encoding."""
        return [
            Hit(needle, encoding, name, at)
            for needle, encoding, form in self._forms
            if (at := data.find(form)) >= 0
        ]


def _forms(value: bytes) -> list[tuple[str, bytes]]:
    forms = [
        ("as it is", value),
        ("hex", value.hex().encode()),
        ("hex", value.hex().upper().encode()),
    ]
    for before in range(3):
        # without the characters that hold bits of what stands before and behind
        text = base64.b64encode(bytes(before) + value)
        first, last = -(-before * 8 // 6), (before + len(value)) * 8 // 6
        core = text[first:last]
        forms.append(("base64", core))
        url = core.translate(bytes.maketrans(b"+/", b"-_"))
        if url != core:
            forms.append(("base64url", url))
    return forms
