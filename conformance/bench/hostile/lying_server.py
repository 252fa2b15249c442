"""Rooms in which the server tells one lie, and the client's reaction.

A lie is a rule of the reference server that is broken in one room only
(reference/server/faults/lies.py).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from conformance.bench.core.candidate_keys import published_keys, session_of
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.room import RoomFactory, unique
from conformance.bench.crypto.message_keys import sent_messages
from conformance.bench.hostile.rooms import (
    ObservedClient,
    bus_tap,
    need_lying_server,
    something_to_say,
)
from conformance.clients.base import Entry
from conformance.keys.opener import Opener
from conformance.observers.answers import answers, decode_nested
from conformance.reference.server.faults.lures import PATH as LURE
from conformance.stacks.base import RoomKind
from conformance.verdicts import InsufficientEvidence
from conformance.wire.reference import BREAK

_METADATA: Final = ("RES_INITIAL_DATA", "ROOM_METADATA_UPDATE")
_NOTICE: Final = "SYSTEM_NOTIFICATION"


@dataclass(frozen=True)
class Lie:
    """One lie. `once_inside`: it starts after the participant has joined, else before."""

    rule: str
    words: str
    once_inside: bool = False


PLAIN: Final = Lie("encrypted-as-announced", "that the room is plain")
PLAIN_ONCE_INSIDE: Final = Lie("encrypted-as-announced", "inside, that it is plain now", True)
SECRET: Final = Lie("no-secret-in-zero-knowledge", "a secret from the server")
SIMPLE: Final = Lie("kind-as-announced", "that the server supplies the secret, with one")
NOT_INCLUDED: Final = Lie(
    "included-as-announced", "inside, that chat and whiteboard are not included", True
)
LURES: Final = Lie("messages-lead-nowhere", "to go elsewhere")


@dataclass
class Deceived(ObservedClient):
    """A participant who was prompted, typed a secret, and hears a lie from the server."""

    lie: Lie

    def was_prompted(self) -> Claim:
        """The control: the client first asked for the secret."""

        async def look() -> Observation:
            entered = self.person.entered
            return Observation(
                entered is not None and entered.entry is Entry.PROMPT,
                f"the client's first page was {entered.entry if entered else 'none'}",
            )

        return Claim(f"{self.person.name} was asked for a secret", look, [])

    def was_told(self) -> Claim:
        """The control: the lie reached this participant's browser."""

        async def look() -> Observation:
            told = [_encryption(one) for one in self._metadata()]
            luring = sorted({event.name for event in self._events() if LURE in event.msg})
            lied = {
                PLAIN.rule: any(not one.get("is_enabled") for one in told),
                SECRET.rule: bool(self.servers_secrets()),
                SIMPLE.rule: any(
                    one.get("is_enabled") and not one.get("enabled_self_insert_encryption_key")
                    for one in told
                ),
                NOT_INCLUDED.rule: bool(told) and _includes(told[0]) and not _includes(told[-1]),
                LURES.rule: _NOTICE in luring,
            }[self.lie.rule]
            words = f"{len(told)} descriptions of the room arrived"
            words += f"; lures in {', '.join(luring)}" if luring else ""
            return Observation(lied, words, {"told": [_without_key(one) for one in told]})

        text = f"{self.person.name} was told {self.lie.words}"
        return Claim(text, look, [self.person.traffic])

    def servers_secrets(self) -> list[str]:
        """The secrets that the server handed out for this room."""
        told = answers(self.person.traffic)
        return [*([told.secret] if told.secret else []), *told.later_secrets]

    def servers_secret_opens_nothing(self) -> Claim:
        """The server's secret opens none of their frames or messages, by any known formula."""

        async def look() -> Observation:
            media, session = self.media(), session_of(self.person)
            if not self.servers_secrets() or not session:
                return Observation(False, "the server's secret is unknown", readable=False)
            frames = [
                frame.sealed
                for track in await media.tracks()
                for frame in media.read(track)
                if frame.sealed is not None
            ]
            messages = sent_messages([self.person])
            opened: dict[str, int] = {}
            for secret in self.servers_secrets():
                for key in await asyncio.to_thread(published_keys, secret, session):
                    count = Opener(key.value).count(frames)
                    count += sum(key.opens(blob) is not None for blob in messages)
                    opened[key.profile] = opened.get(key.profile, 0) + count
            by = {profile: count for profile, count in opened.items() if count}
            return Observation(
                not by,
                f"{len(opened)} keys of the server's secret tried on {len(frames)} frames and "
                f"{len(messages)} messages: "
                + (", ".join(f"{name} opens {n}" for name, n in by.items()) or "none opens one"),
                {"opened": by, "frames": len(frames), "messages": len(messages)},
            )

        return Claim(f"the server's secret opens nothing from {self.person.name}", look, [])

    def _events(self) -> list[Any]:
        return self.person.traffic.server_events()

    def _metadata(self) -> list[dict[str, Any]]:
        found = []
        for event in self._events():
            if event.name in _METADATA:
                data = decode_nested(event.json())
                found.append(dict((data.get("room") or {}).get("metadata") or data))
        return found


def _encryption(metadata: dict[str, Any]) -> dict[str, Any]:
    features = metadata.get("room_features") or {}
    return dict(features.get("end_to_end_encryption_features") or {})


def _includes(encryption: dict[str, Any]) -> bool:
    """Whether chat and whiteboard are encrypted, as far as this description says."""
    return bool(encryption.get("included_chat_messages") and encryption.get("included_whiteboard"))


def _without_key(encryption: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in encryption.items() if name != "encryption_key"}


@asynccontextmanager
async def deceived(
    rooms: RoomFactory, lie: Lie, *, watched: bool = False
) -> AsyncIterator[Deceived]:
    """A participant who hears the lie, alone in a room; they speak on each channel if they can.

    Told inside that the room is plain, they also mute, change devices, share and reconnect.

    `watched`: keep everything that leaves their browser.

    Raises:
        NotThisStack: this server cannot be made to lie.
        InsufficientEvidence: there is no tap for what they send.
    """
    need_lying_server(rooms.stack)
    room_id = f"conform-lie-{secrets.token_hex(5)}"
    async with bus_tap(rooms) as tap:
        if not lie.once_inside:
            await tell(rooms, room_id, lie)
        kind = RoomKind.ZERO_KNOWLEDGE
        async with rooms.opened(kind, room_id=room_id, watched=watched) as room:
            dave, _ = await asyncio.gather(
                room.join("dave", secret=unique("typed"), is_admin=True), room.attach_sfu_tap()
            )
            if room.sfu_tap is None:
                raise InsufficientEvidence(room.no_sfu_tap)
            one = Deceived(room, dave, tap, something_to_say(), lie)
            if lie.once_inside:
                await tell(rooms, room_id, lie)
                await until_true(one.was_told(), rooms.alarm)
            await one.speaks()
            if lie is PLAIN_ONCE_INSIDE:
                await one.changes_everything()
            yield one


async def tell(rooms: RoomFactory, room_id: str, lie: Lie) -> None:
    """Make the server lie in this room from now on; participants in it hear the lie at once."""
    await rooms.stack.api.call(BREAK, {"room_id": room_id, "break": [lie.rule]})
