"""Secrets in the order in which they were made: does one follow from those before it?

Examined: numbers that grow by steps, linear congruential generators with a modulus of a power of
two, the Mersenne Twister (its state follows from 624 words), and Go's math/rand (its draws satisfy
a sum). Each needs secrets that show whole words, in hex, base64 or decimal.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

ENOUGH: Final = 12
"""The number of predictions that must come true. By chance none does: each has 2^-31 or less."""
_MODULI: Final = (31, 32, 48, 63, 64, 96, 128, 256)
_STATE: Final = 624

Words = NDArray[np.uint32]


def follows(secrets: Sequence[str]) -> str | None:
    """How later secrets follow from earlier ones, in words; None if they do not visibly do so."""
    for name, decode in _FORMS:
        decoded = [data for secret in secrets if (data := decode(secret))]
        if len(decoded) != len(secrets) or len(decoded) < 4:
            continue
        numbers = [int.from_bytes(data) for data in decoded]
        words = _steps(numbers) or _congruential(numbers) or _twister(decoded) or _lagged(decoded)
        if words is not None:
            return f"read as {name}, {words}"
    return None


def _hex(secret: str) -> bytes:
    bare = re.sub(r"[^0-9A-Za-z]", "", secret)
    if len(bare) < 8 or len(bare) % 2 or not re.fullmatch(r"[0-9a-fA-F]+", bare):
        return b""
    return bytes.fromhex(bare)


def _base64(secret: str) -> bytes:
    letters = secret.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except binascii.Error:
        return b""


def _decimal(secret: str) -> bytes:
    return int(secret).to_bytes(32) if re.fullmatch(r"[0-9]{6,70}", secret) else b""


_FORMS: Final[tuple[tuple[str, Callable[[str], bytes]], ...]] = (
    ("decimal", _decimal), ("hex", _hex), ("base64", _base64),
)  # fmt: skip


def _steps(numbers: Sequence[int]) -> str | None:
    differences = {later - earlier for earlier, later in itertools.pairwise(numbers)}
    return "each secret is the one before it plus a constant" if len(differences) == 1 else None


def _congruential(numbers: Sequence[int]) -> str | None:
    for bits in _MODULI:
        mask = (1 << bits) - 1
        values = [number & mask for number in numbers]
        steps = [(b - a) & mask for a, b in itertools.pairwise(values)]
        odd = next((n for n, step in enumerate(steps[:-1]) if step % 2), None)
        if odd is None:
            continue
        factor = steps[odd + 1] * pow(steps[odd], -1, 1 << bits) & mask
        right = sum(
            later == earlier * factor & mask for earlier, later in itertools.pairwise(steps)
        )
        if right >= min(ENOUGH, len(steps) - 1) and right > 2:
            return f"they are draws of a linear congruential generator modulo 2^{bits}"
    return None


def _twister(decoded: Sequence[bytes]) -> str | None:
    """Undo the tempering of each word and compare with the recurrence."""
    size = min(map(len, decoded)) // 4 * 4
    for forward in (True, False):
        data = b"".join(one[-size:][:: 1 if forward else -1] for one in decoded)
        words = _untempered(np.frombuffer(data, "<u4").astype(np.uint32))
        if len(words) < _STATE + 4 * ENOUGH:
            return None
        upper, lower = words[:-_STATE], words[1 : 1 - _STATE]
        mixed = (upper & np.uint32(0x80000000)) | (lower & np.uint32(0x7FFFFFFF))
        twist = (mixed >> np.uint32(1)) ^ np.where(
            mixed & np.uint32(1), np.uint32(0x9908B0DF), np.uint32(0)
        )
        middle = words[397 : 397 + len(upper)]
        if int((words[_STATE:] == (middle ^ twist)).sum()) >= ENOUGH:
            return "they are draws of a Mersenne Twister, and its state follows from them"
    return None


def _untempered(words: Words) -> Words:
    words = words ^ (words >> np.uint32(18))
    words = words ^ ((words << np.uint32(15)) & np.uint32(0xEFC60000))
    found = words
    for _ in range(5):
        found = words ^ ((found << np.uint32(7)) & np.uint32(0x9D2C5680))
    words, found = found, found
    for _ in range(3):
        found = words ^ (found >> np.uint32(11))
    return found


def _lagged(decoded: Sequence[bytes]) -> str | None:
    """Go's math/rand: x[n] = x[n-607] + x[n-273] modulo 2^63."""
    size = min(map(len, decoded)) // 8 * 8
    if not size:
        return None
    for order in ("<u8", ">u8"):
        words = np.frombuffer(b"".join(one[:size] for one in decoded), order).astype(np.uint64)
        if len(words) < 607 + ENOUGH:
            return None
        with np.errstate(over="ignore"):
            summed = words[:-607] + words[334 : 334 + len(words) - 607]
        same = (words[607:] ^ summed) & np.uint64(2**63 - 1)
        if int((same == 0).sum()) >= ENOUGH:
            return "they are draws of Go's math/rand, and later ones are sums of earlier ones"
    return None
