"""What a client computes with WebCrypto, in its page and in the page's workers.

The AES keys serve clients with an unknown formula: the key of one session is tried on another. The
outputs with their inputs serve the search for leaks (computed.py). This instruments the client:
WebCrypto is wrapped, and AES keys are extractable for a moment. So it is used only in rooms whose
checks need it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from playwright.async_api import BrowserContext, CDPSession
from playwright.async_api import Error as PlaywrightError

from conformance.observers.notifier import Notifier

_MOST: Final = 100
_MOST_RECORDS: Final = 8000
_LONGEST: Final = 2 * 64 * 1024
"""The limit of one input or output, in hex digits; the script reports no longer ones."""
_LENGTHS: Final = (16, 32)


@dataclass(frozen=True)
class Computed:
    """One call of WebCrypto.

    Attributes:
        call: the method ("deriveBits").
        how: the algorithm's name ("PBKDF2").
        inputs: the bytes that went in: data, salt, info, or an imported key.
        output: the bytes that came out, or of the key that was made; empty if they are not known.
        key: the key that was used, None if there was none. Names are unique within a page.
        makes: the key that was made, None if none was.
        is_key: `output` is an AES key.
    """

    call: str
    how: str = ""
    inputs: tuple[bytes, ...] = ()
    output: bytes = b""
    key: str | None = None
    makes: str | None = None
    is_key: bool = False


class MadeKeys(Notifier):
    """AES-128 and AES-256 keys without repeats, and every call that was reported.

    `more`: a page computed more than the script reports.
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[bytes] = []
        self.records: list[Computed] = []
        self.more = False
        self._sessions: list[CDPSession] = []

    async def attach(self, context: BrowserContext) -> None:
        """Start watching; call it before the first page of `context` opens."""

        def on_key(_source: Any, key: Any) -> None:
            self.take(key)

        await context.expose_binding("__pnmMadeKey", on_key)
        await context.add_init_script(f"({_part('made_keys.js')})({_part('worker_head.js')});")
        # A worker begins with a script of ours, which a page's policy would refuse.
        for page in context.pages:
            with contextlib.suppress(PlaywrightError):  # not Chromium
                session = await context.new_cdp_session(page)
                await session.send("Page.setBypassCSP", {"enabled": True})
                self._sessions.append(session)

    def take(self, told: Any) -> None:
        """Add one report, or one key in hex; other values are ignored."""
        if isinstance(told, str):
            told = {"call": "importKey", "output": told, "isKey": True}
        if not isinstance(told, dict):
            return
        if told.get("more"):
            self.more = True
            return
        record = _record(told)
        if record is None:
            return
        if len(self.records) < _MOST_RECORDS:
            self.records.append(record)
        else:
            self.more = True
        key = record.output
        if record.is_key and key not in self.keys and len(self.keys) < _MOST:
            self.keys.append(key)
        self.notify()


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _record(told: dict[str, Any]) -> Computed | None:
    """A report's content; None if it says nothing that can be used."""
    realm, call = str(told.get("realm", ""))[:20], str(told.get("call", ""))[:20]
    output = _bytes(told.get("output"))
    inputs = told.get("inputs")
    given = tuple(map(_bytes, inputs[:4])) if isinstance(inputs, list) else ()
    is_key = told.get("isKey") is True and len(output) in _LENGTHS
    key, makes = (
        f"{realm}:{number}" if isinstance(number := told.get(name), int) else None
        for name in ("key", "makes")
    )
    if told.get("isKey") is True and not is_key and makes is None:
        return None
    if not output and makes is None:
        return None
    return Computed(call, str(told.get("how", ""))[:40], given, output, key, makes, is_key)


def _bytes(told: Any) -> bytes:
    if not isinstance(told, str) or len(told) > _LONGEST:
        return b""
    try:
        return bytes.fromhex(told)
    except ValueError:
        return b""
