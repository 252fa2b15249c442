"""The decryption errors that a page shows, and showed before: see errors.js."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from playwright.async_api import ElementHandle, Page
from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True)
class Place:
    """A part of the page where a client shows something.

    `selector`: a CSS selector of each entry there. `pattern`: a regular expression for the text
    of the entries that are meant, case ignored; empty: all.
    """

    where: str
    selector: str
    pattern: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry of such a place.

    Ages in seconds: since it `came`, since its text last `changed`, since it is `gone` (None: it
    is there). `drawn`: it had a box and was not fully transparent at some time.
    """

    id: int
    where: str
    text: str
    drawn: bool
    came: float
    changed: float
    gone: float | None


_ENTRIES = TypeAdapter(list[Entry])


def init_script(places: Sequence[Place]) -> str:
    """The script that must run in the page before the client's own code."""
    script = resources.files(__package__).joinpath("errors.js").read_text("utf-8")
    return f"({script})({json.dumps([asdict(place) for place in places])});"


async def entries(page: Page) -> list[Entry]:
    """All entries since the page's document was opened, oldest first.

    A page may answer in the script's place; an answer of another form counts as none.
    """
    raw: Any = await page.evaluate("() => window.__pnmErrors.look()")
    try:
        return _ENTRIES.validate_python(raw)
    except ValidationError:
        return []


async def element_of(page: Page, entry: Entry) -> ElementHandle | None:
    """The entry's element; None if it is gone."""
    handle = await page.evaluate_handle("(id) => window.__pnmErrors.element(id)", entry.id)
    return handle.as_element()
