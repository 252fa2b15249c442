"""Secrets that a faulty program changes before the key derivation; each person types one.

The published vectors (vectors/key_derivation.json) give the key of each secret with a profile. Here
a client's frames must decrypt with exactly that key. Secrets must not be trimmed, normalised or
truncated (RFC 8018 section 3: a password is an octet string). The same holds for messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import published_keys, session_of
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.core.sfu_media import Media, MediaKind
from conformance.bench.crypto.bus_ciphertext import send_markers
from conformance.bench.crypto.media_keys import forwarded_enough
from conformance.bench.crypto.message_keys import sent_messages
from conformance.keys.opener import Opener
from conformance.verdicts import ControlFailed, NotApplicable

Part = Literal["media", "messages"]
_KINDS: tuple[MediaKind, ...] = ("audio", "camera")
_AT_A_TIME = 3
"""People in the room at the same time: each stays until enough of their media was captured."""


@dataclass(frozen=True)
class TypedSecret:
    """A secret, and its changed variants by the change that a faulty program makes."""

    name: str
    secret: str
    changed: dict[str, str] = field(default_factory=dict)
    instead: str | None = None
    """A variant that is allowed: a page's input element may drop a NUL."""


def typed_secrets() -> list[TypedSecret]:
    """New secrets for each run, with the variants that must not decrypt any frame.

    The first contains everything that faulty programs are known to change, so that any change or
    combination of changes gives another key.
    """
    tail = secrets.token_hex(4)
    composed, decomposed = "Grüße, é", unicodedata.normalize("NFD", "Zürich, è")
    everything = f"  two in front, {'long secret ' * 7}{composed} {decomposed} {tail} one behind "
    return [
        TypedSecret("long, in Unicode, with spaces around", everything, _changes(everything)),
        TypedSecret(
            "NUL inside",
            f"before\0after {tail}",
            {"cut at NUL": "before"},
            instead=f"beforeafter {tail}",
        ),
        TypedSecret("one character", secrets.choice("abcdefghjkmnpqrstuvwxyz"), {}),
    ]


_Change = tuple[str, Callable[[str], str]]
_TRIMS: Sequence[_Change] = (
    ("", str),
    ("trimmed", str.strip),
    ("trimmed in front", str.lstrip),
    ("trimmed behind", str.rstrip),
)
_FORMS: Sequence[_Change] = (
    ("", str),
    ("in form NFC", lambda secret: unicodedata.normalize("NFC", secret)),
    ("in form NFD", lambda secret: unicodedata.normalize("NFD", secret)),
)
_CUTS: Sequence[_Change] = (
    ("", str),
    ("cut to 64 bytes", lambda secret: _cut(secret, 64)),
    ("cut to 32 bytes", lambda secret: _cut(secret, 32)),
)


def _cut(secret: str, size: int) -> str:
    return secret.encode()[:size].decode(errors="ignore")


def _changes(secret: str) -> dict[str, str]:
    """The variants of a secret after each change and each combination, by the change."""
    changed: dict[str, str] = {}
    for steps in itertools.product(_TRIMS, _FORMS, _CUTS):
        result = secret
        for _, change in steps:
            result = change(result)
        name = ", ".join(words for words, _ in steps if words)
        if result != secret and result not in changed.values():
            changed[name] = result
    return changed


@dataclass(frozen=True)
class Derivation:
    """What a person who typed such a secret sent."""

    typed: TypedSecret
    person: Participant
    media: Media
    trouble: str | None = None
    """Why messages could not be sent."""

    def in_and_kept(self) -> Claim:
        """The control: the person joined, and enough of their media was captured."""

        async def look() -> Observation:
            enough = await forwarded_enough(self.media, _KINDS).look()
            failed = self.person.join_failure
            trouble = failed or self.trouble
            return Observation(enough.true and not trouble, trouble or enough.words, enough.data)

        text = f'frames encrypted with the secret "{self.typed.name}"'
        return Claim(text, look, [], material=[self.media])

    @property
    def parts(self) -> list[Part]:
        """What this person sent: media, and messages if the client has any."""
        return ["media", "messages"] if sent_messages([self.person]) else ["media"]

    async def opened(self, part: Part, secret: str) -> dict[str, float]:
        """The share of this part that each formula's key of `secret` decrypts, without zeros.

        Of media it is the share of the worse kind, or a tiny number if it opens only the other one.
        """
        keys = await asyncio.to_thread(published_keys, secret, session_of(self.person))
        if part == "messages":
            blobs = sent_messages([self.person])
            counts = {key.profile: sum(key.opens(b) is not None for b in blobs) for key in keys}
            return {name: count / len(blobs) for name, count in counts.items() if count}
        shares: dict[str, list[float]] = {}
        for kind in _KINDS:
            frames = await self.media.frames(self.person, kind)
            sealed = [frame.sealed for frame in frames if frame.sealed is not None]
            for key in keys:
                share = Opener(key.value).count(sealed) / len(frames) if frames else 0.0
                shares.setdefault(key.profile, []).append(share)
        return {name: max(min(some), 1e-9) for name, some in shares.items() if any(some)}


async def derive_all(room: Room) -> list[Derivation]:
    """Each person joins, is captured, and leaves; a few people are there at the same time.

    Raises:
        InsufficientEvidence: what the SFU forwarded could not be captured.
    """
    await room.attach_sfu_tap()
    places = asyncio.Semaphore(_AT_A_TIME)

    async def one(number: int, typed: TypedSecret) -> Derivation:
        async with places:
            person = await room.join(f"typist-{number}", secret=typed.secret, is_admin=True)
            media, trouble = room.media(f'"{typed.name}"', [person]), None
            if person.join_failure is None:
                trouble = await _send_messages(person)
                await until_true(forwarded_enough(media, _KINDS), person.alarm)
            with contextlib.suppress(PlaywrightError):
                await person.page.close()
            return Derivation(typed, person, media, trouble)

    room.media("the room", [])
    return list(await asyncio.gather(*(one(n, t) for n, t in enumerate(typed_secrets(), 1))))


async def _send_messages(person: Participant) -> str | None:
    """Send a message on each channel of the client; the reason if one does not work."""
    try:
        await send_markers(person, {"chat": unique("sealed"), "data": unique("sealed")})
    except NotApplicable:
        return None
    except ControlFailed as failure:
        return str(failure)
    return None


def opens_as_published(all_of_them: Sequence[Derivation]) -> Claim:
    """Each person's frames and messages decrypt with the typed secret's key, not a variant's."""

    async def look() -> Observation:
        said: dict[str, str] = {}
        bad: set[Part] = set()
        known: set[Part] = set()
        for one in all_of_them:
            for part in one.parts:
                words, full, some = await _judged(one, part)
                said[f"{one.typed.name}, {part}"] = words
                bad |= set() if full else {part}
                known |= {part} if some else set()
        return Observation(
            bool(said) and not bad,
            "; ".join(f"{name}: {words}" for name, words in said.items()),
            {"opened": said},
            readable=bool(bad & known) or (bool(said) and not bad),
        )

    captured = [one.media for one in all_of_them]
    return Claim("each secret is used as it was typed", look, [], material=captured)


async def _judged(one: Derivation, part: Part) -> tuple[str, bool, bool]:
    """In words; whether a key of what was typed opens all; whether any known key opens some."""
    typed = one.typed
    opened, words = await one.opened(part, typed.secret), ""
    if not opened and typed.instead is not None:
        opened = await one.opened(part, typed.instead)
        words = "the page's input dropped the NUL, " if opened else ""
    whole = [name for name, share in opened.items() if share >= timeouts.FRAMES_OPENED]
    # A channel in clear is not this requirement's matter (BLIND-4): one opened message is enough.
    full = whole or (list(opened) if part == "messages" else [])
    # What decrypts with one key decrypts with no other.
    changed = {} if whole else typed.changed
    wrong = [name for name, secret in changed.items() if await one.opened(part, secret)]
    words += ", ".join(full) or "opened by no key of what was typed"
    words += f", but opened by the key of the secret {', '.join(wrong)}" if wrong else ""
    return words, bool(full) and not wrong, bool(opened) or bool(wrong)
