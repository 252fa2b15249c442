"""Secrets of known mistakes, made from the public values of a session: the canaries of the search.

The search must explain each of them. One is not found: then it proves nothing about other secrets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from conformance.bench.secrets.guessing import go_rand
from conformance.bench.secrets.guessing.facts import SessionFacts
from conformance.bench.secrets.guessing.matching import ALPHABETS
from conformance.bench.secrets.guessing.search import by_formula
from conformance.bench.secrets.guessing.seeds import seeded

_LETTERS: Final = ALPHABETS[0]
_SHORT_NS: Final = 200_000
"""The window of the planted seeds in nanoseconds: a short one costs little."""
_LENGTH: Final = 32


def planted(facts: SessionFacts) -> Iterator[tuple[str, str | None]]:
    """The name of each planted mistake, and how the search explains it; None if it does not."""
    session, room = facts.session_id.encode(), facts.room_id.encode()
    coded = base64.urlsafe_b64encode(hmac.digest(room, session, "sha256")).decode()
    yield "an HMAC, cut", by_formula(replace(facts, secret=coded[3:31]))
    digest = hashlib.sha256(session).digest()
    mapped = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
    yield "a digest as letters", by_formula(replace(facts, secret=mapped))
    end = facts.window_ns()[1]
    moment = end - _SHORT_NS // 2
    short = replace(facts, began_ns=end - _SHORT_NS, ended_ns=end, created=0)
    draws = go_rand.draws(np.array([moment], np.uint64), 0, _LENGTH)[0]
    letters = "".join(_LETTERS[int(one >> np.uint64(32)) % len(_LETTERS)] for one in draws)
    yield "Go's generator", seeded(replace(short, secret=letters))[0]
    weak = random.Random(moment // 10**9)  # noqa: S311 - a planted mistake
    chosen = "".join(weak.choice(_LETTERS) for _ in range(_LENGTH))
    yield "Python's generator", seeded(replace(short, secret=chosen))[0]
