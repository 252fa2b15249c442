"""A screenshot of a participant's page, kept as evidence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from conformance.verdicts import Evidence

_SECONDS: Final = 5.0
"""A page with four tiles on two busy cores is drawn within 1 s; a crashed one never."""


async def screenshot(page: Page, folder: Path, name: str, run_folder: Path) -> Evidence | None:
    """Save a picture of `page` in `folder` as `<name>.png`; None if the page cannot be drawn.

    A missing picture must not change a verdict. The evidence has its path relative to `run_folder`.

    Raises:
        OSError: the folder cannot be written.
    """
    file = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:80] or 'page'}.png"
    try:
        picture = await page.screenshot(timeout=_SECONDS * 1000)
    except PlaywrightError:
        return None
    _write(file, picture)
    return Evidence(
        kind="screenshot",
        summary=name,
        path=file.relative_to(run_folder).as_posix(),
        sha256=hashlib.sha256(picture).hexdigest(),
    )


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
