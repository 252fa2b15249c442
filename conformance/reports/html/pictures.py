"""Shrinks screenshots so that the page can contain them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from conformance.reports.model import Shot

BUDGET: Final = 3_200_000
"""The most characters of all pictures together; the page stays well below 5 MB."""

_SIZES: Final = ((760, 74), (560, 68), (400, 60))
"""The longest side in pixels and the JPEG quality, tried in this order until all fit."""


@dataclass(frozen=True)
class Inlined:
    """A screenshot as a data URI; `uri` is None if it cannot be read or does not fit."""

    shot: Shot
    uri: str | None


def inline(shots: Sequence[Shot], folder: Path) -> list[Inlined]:
    """Encode screenshots in the largest size that fits; leave out the last ones if none does."""
    encoded: list[str | None] = []
    for side, quality in _SIZES:
        encoded = [_encode(folder, shot, side, quality) for shot in shots]
        if sum(len(uri or "") for uri in encoded) <= BUDGET:
            break
    spent = 0
    result = []
    for shot, uri in zip(shots, encoded, strict=True):
        spent += len(uri or "")
        result.append(Inlined(shot, uri if spent <= BUDGET else None))
    return result


def _encode(folder: Path, shot: Shot, side: int, quality: int) -> str | None:
    path = (folder / shot.path).resolve()
    if not path.is_relative_to(folder.resolve()):
        return None
    try:
        with Image.open(path) as picture:
            small = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
