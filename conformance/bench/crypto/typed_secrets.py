"""Secrets that careless programs change before they derive, each typed by somebody in one room.

The published vectors (vectors/key_derivation.json) say what key each makes with a profile; here a
client's real frames have to open with just that key. Secrets are not trimmed, normalised or cut
(RFC 8018 section 3: a password is an octet string).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import candidates, session_of
from conformance.bench.core.claims import Claim, Observation, until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room
from conformance.bench.core.sfu_media import Kind, Media
from conformance.bench.crypto.media_keys import forwarded_enough
from conformance.keys.opener import Opener

_KINDS: tuple[Kind, ...] = ("audio", "camera")
_AT_A_TIME = 3
"""People in the room at once: each is there until enough of theirs was kept."""


@dataclass(frozen=True)
class Typed:
    """A secret, and what it becomes for a program that changes it, by what that program does."""

    name: str
    secret: str
    changed: dict[str, str] = field(default_factory=dict)
    instead: str | None = None
    """What a page may make of it all the same: an input that takes no NUL hands none over."""


def typed_secrets() -> list[Typed]:
    """Fresh ones for each run, with the variants that nobody's frames may open with.

    The first has all at once that programs are known to change: whoever changes any of it, or
    several, makes another key.
    """
    tail = secrets.token_hex(4)
    composed, decomposed = "Grüße, é", unicodedata.normalize("NFD", "Zürich, è")
    everything = f"  two in front, {'long secret ' * 7}{composed} {decomposed} {tail} one behind "
    return [
        Typed("long, in Unicode, with spaces around", everything, _changes(everything)),
        Typed(
            "NUL inside",
            f"before\0after {tail}",
            {"cut at NUL": "before"},
            instead=f"beforeafter {tail}",
        ),
        Typed("one character", secrets.choice("abcdefghjkmnpqrstuvwxyz"), {}),
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
    """What a secret becomes by each change and all of several, by what was done to it."""
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
    """What somebody who typed such a secret sent."""

    typed: Typed
    person: Participant
    media: Media

    def in_and_kept(self) -> Claim:
        """The control: the person got in, and enough of theirs was kept."""

        async def look() -> Observation:
            enough = await forwarded_enough(self.media, _KINDS).look()
            failed = self.person.join_failure
            return Observation(enough.true and not failed, failed or enough.words, enough.data)

        return Claim(f'frames sealed with the secret "{self.typed.name}"', look, [])

    async def opened(self, secret: str) -> dict[str, dict[Kind, float]]:
        """Shares of the frames of each kind that each formula's key of `secret` opens."""
        keys = await asyncio.to_thread(candidates, secret, session_of(self.person))
        shares: dict[str, dict[Kind, float]] = {}
        for kind in _KINDS:
            frames = await self.media.frames(self.person, kind)
            sealed = [frame.sealed for frame in frames if frame.sealed is not None]
            for key in keys:
                share = Opener(key.value).count(sealed) / len(frames) if frames else 0.0
                shares.setdefault(key.profile, {})[kind] = share
        return {profile: by for profile, by in shares.items() if any(by.values())}


async def derive_all(room: Room) -> list[Derivation]:
    """Everybody comes, is kept, and goes again, a few at a time.

    Raises:
        Thin: nobody could keep what the SFU forwarded.
    """
    await room.let_outsider_in()
    places = asyncio.Semaphore(_AT_A_TIME)

    async def one(number: int, typed: Typed) -> Derivation:
        async with places:
            person = await room.join(f"typist-{number}", secret=typed.secret, is_admin=True)
            media = room.media(f'"{typed.name}"', [person])
            if person.join_failure is None:
                await until_true(forwarded_enough(media, _KINDS))
            with contextlib.suppress(PlaywrightError):
                await person.page.close()
            return Derivation(typed, person, media)

    room.media("the room", [])
    return list(await asyncio.gather(*(one(n, t) for n, t in enumerate(typed_secrets(), 1))))


def opens_as_published(all_of_them: Sequence[Derivation]) -> Claim:
    """Each one's frames open with the key of just the secret that was typed, and no variant's."""

    async def look() -> Observation:
        said: dict[str, str] = {}
        bad: list[str] = []
        known = False
        for one in all_of_them:
            opened = await one.opened(one.typed.secret)
            if not opened and one.typed.instead is not None:
                opened = await one.opened(one.typed.instead)
                said[one.typed.name] = "the page's input took none, " if opened else ""
            full = [
                profile
                for profile, by in opened.items()
                if all(share >= timeouts.FRAMES_OPENED for share in by.values())
            ]
            # Frames that open with the one key open with no other.
            changed = {} if full else one.typed.changed
            wrong = [name for name, s in changed.items() if await one.opened(s)]
            known = known or bool(opened) or bool(wrong)
            words = ", ".join(full) or "opened by no key of what was typed"
            words += f", but by that of the secret {', '.join(wrong)}" if wrong else ""
            said[one.typed.name] = said.get(one.typed.name, "") + words
            bad += [one.typed.name] if wrong or not full else []
        return Observation(
            bool(said) and not bad,
            "; ".join(f"{name}: {words}" for name, words in said.items()),
            {"opened": said},
            readable=known,
        )

    return Claim("each secret is used as it was typed", look, [])
