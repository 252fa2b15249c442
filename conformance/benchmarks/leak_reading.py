"""The leak reader's speed on data as in a run, for `conform bench`."""

from __future__ import annotations

import base64
import gzip
import json
import random
import time
from typing import Final

from conformance.observers.leaks import LeakReader, Place, derived_from, marker

_ITEM: Final = 1024 * 1024
_ITEMS: Final = 32
"""Items of 1 MiB: half of them ciphertext, the others server logs and JSON, partly compressed."""


def measure_leak_reader() -> float:
    """Bytes per second of CPU time through the whole reader, decoding included.

    The needles are those of a zero-knowledge room: two secrets, all values derived from them in two
    sessions, and six markers; about 100 000 windows of eight bytes. Inflated bytes are not counted.
    """
    needles = [
        needle
        for secret in ("right-0123456789abcdef01234567", "wrong-0123456789abcdef01234567")
        for needle in derived_from(secret[:5], secret, ["session-id", "room-id"])
    ]
    needles += [marker(f"marker {n}", f"marker-{n}-0123456789abcdef") for n in range(6)]
    reader = LeakReader(needles)
    place = Place("bench", "item")
    reader.read(place, b"compiled")
    items = _items()
    began = time.process_time()
    for item in items:
        reader.read(place, item)
    return sum(len(item) for item in items) / (time.process_time() - began)


def _items() -> list[bytes]:
    source = random.Random(1)  # noqa: S311 - test data, not a key
    log = "\n".join(
        json.dumps(
            {
                "time": f"2026-11-24T12:00:{n % 60:02d}Z",
                "level": "info",
                "message": "participant joined the room",
                "room": f"conform-{source.randrange(10**9)}",
                "identity": f"alice-{n}",
            }
        )
        for n in range(8000)
    ).encode()[:_ITEM]
    packed = gzip.compress(log)[: 32 * 1024]
    mixed = b'{"join_request": "' + base64.b64encode(packed)[: 16 * 1024] + b'"}\n' + log
    items = []
    for number in range(_ITEMS):
        match number % 8:
            case 0 | 2 | 4 | 6:
                items.append(source.randbytes(_ITEM))
            case 7:
                items.append(b"%d " % number + mixed[:_ITEM])
            case _:
                items.append(b"%d " % number + log)  # equal items are read once
    return items
