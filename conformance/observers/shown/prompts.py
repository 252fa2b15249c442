"""Each question for a secret that a participant's browser shows, for as long as it is open.

Fields are reported by a script in the page (prompts.js), dialogs of the browser (`prompt`,
`confirm`, `alert`) by the browser itself. What was seen stays after the page is closed.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from playwright.async_api import BrowserContext, Dialog
from playwright.async_api import Error as PlaywrightError

from conformance.observers.notifier import Notifier

MOST_KEPT: Final = 200


@dataclass(frozen=True)
class Prompt:
    """One question: `kind` is "field", or the type of the browser's dialog. `at`: monotonic."""

    kind: str
    text: str
    at: float


class PromptWatch(Notifier):
    """Watches the pages of one browser context. `seen`: what was asked, oldest first."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Prompt] = []
        self._answers: set[asyncio.Task[None]] = set()

    async def attach(self, context: BrowserContext, own: str = "") -> None:
        """Start watching; call it before the first page of `context` opens.

        `own`: a CSS selector of the client's prompt, for one that no word gives away.
        """

        def asked(_source: Any, text: Any) -> None:
            self._keep("field", str(text))

        await context.expose_binding("__pnmPrompted", asked)
        script = resources.files(__package__).joinpath("prompts.js").read_text("utf-8")
        await context.add_init_script(f"({script})({json.dumps(own)});")
        context.on("dialog", self._opened)

    def _opened(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":  # part of leaving a page
            self._keep(dialog.type, dialog.message)
        task = asyncio.ensure_future(_close(dialog))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    def _keep(self, kind: str, text: str) -> None:
        if len(self.seen) < MOST_KEPT:
            self.seen.append(Prompt(kind, text[:200], time.monotonic()))
        self.notify()


async def _close(dialog: Dialog) -> None:
    """Close the dialog as Playwright does where nothing listens: an open one stops the page."""
    with suppress(PlaywrightError):  # the page is closed already
        if dialog.type == "beforeunload":
            await dialog.accept()
        else:
            await dialog.dismiss()
