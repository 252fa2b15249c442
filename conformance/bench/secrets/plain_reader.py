"""Search bytes for a text in the encodings in which it can travel."""

from __future__ import annotations

import base64
from typing import Protocol


class Reader(Protocol):
    """Searches bytes for a value, in some encodings."""

    def search(self, data: bytes) -> list[str]:
        """The encodings in which the value was found; empty if it was not."""
        ...


class PlainReader:
    """Searches for one text: as it is, in base64 at each alignment, in hex, and reversed."""

    def __init__(self, text: str) -> None:
        raw = text.encode()
        self._forms = {"as it is": raw, "reversed": raw[::-1]}
        for shift in range(3):
            # The first and the last characters depend on the neighbouring bytes.
            coded = base64.b64encode(b"\0" * shift + raw)
            self._forms[f"base64 ({shift})"] = coded[4 * bool(shift) : len(coded) - 4]
        self._forms["hex"] = raw.hex().encode()
        self._forms["hex, upper case"] = raw.hex().upper().encode()

    def search(self, data: bytes) -> list[str]:
        """The encodings in which the text was found."""
        return [name for name, form in self._forms.items() if form in data]
