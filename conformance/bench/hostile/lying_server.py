"""Rooms in which the server lies in one way, and what a client made of it.

A lie is a rule of the reference server that is broken in one room alone (reference/server/lies.py).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from conformance.bench.core.candidate_keys import candidates, session_of
from conformance.bench.core.claims import Claim, Observation, until_true
from conformance.bench.core.room import RoomFactory, canary
from conformance.bench.crypto.message_keys import sent_messages
from conformance.bench.hostile.rooms import OnTrial, listening, need_liar
from conformance.clients.base import Entry
from conformance.keys.opener import Opener
from conformance.observers.answers import answers, decode_nested
from conformance.reference.server.lures import PATH as LURE
from conformance.stacks.base import RoomKind
from conformance.verdicts import Thin
from conformance.wire.reference import BREAK

_METADATA: Final = ("RES_INITIAL_DATA", "ROOM_METADATA_UPDATE")
_NOTICE: Final = "SYSTEM_NOTIFICATION"


@dataclass(frozen=True)
class Lie:
    """One way to lie. `once_inside`: it begins when the person is in the room, else before."""

    rule: str
    words: str
    once_inside: bool = False


PLAIN: Final = Lie("encrypted-as-announced", "that the room is plain")
PLAIN_ONCE_INSIDE: Final = Lie("encrypted-as-announced", "inside, that it is plain now", True)
SECRET: Final = Lie("no-secret-in-zero-knowledge", "a secret of the server's")
SIMPLE: Final = Lie("kind-as-announced", "that the server supplies the secret, and one")
LURES: Final = Lie("messages-lead-nowhere", "to go elsewhere")


@dataclass
class Deceived(OnTrial):
    """Somebody who was prompted, typed a secret, and is lied to."""

    lie: Lie

    def was_prompted(self) -> Claim:
        """The control: the client asked for the secret first."""

        async def look() -> Observation:
            entered = self.person.entered
            return Observation(
                entered is not None and entered.entry is Entry.PROMPT,
                f"the client's first page was {entered.entry if entered else 'none'}",
            )

        return Claim(f"{self.person.name} was asked for a secret", look, [])

    def was_told(self) -> Claim:
        """The control: the lie came to this person's browser."""

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
                LURES.rule: _NOTICE in luring,
            }[self.lie.rule]
            words = f"the room was described to them {len(told)} times"
            words += f"; lures in {', '.join(luring)}" if luring else ""
            return Observation(lied, words, {"told": [_without_key(one) for one in told]})

        text = f"{self.person.name} was told {self.lie.words}"
        return Claim(text, look, [self.person.traffic])

    def servers_secrets(self) -> list[str]:
        """What the server handed out as the room's secret."""
        told = answers(self.person.traffic)
        return [*([told.secret] if told.secret else []), *told.later_secrets]

    def servers_secret_opens_nothing(self) -> Claim:
        """No known formula opens a frame or a message of theirs with the server's secret."""

        async def look() -> Observation:
            media, session = self.media(), session_of(self.person)
            if not self.servers_secrets() or not session:
                return Observation(False, "no secret of the server's is known", readable=False)
            frames = [
                frame.sealed
                for track in await media.tracks()
                for frame in media.read(track)
                if frame.sealed is not None
            ]
            messages = sent_messages([self.person])
            opened: dict[str, int] = {}
            for secret in self.servers_secrets():
                for key in await asyncio.to_thread(candidates, secret, session):
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

        return Claim(f"the server's secret opens nothing of {self.person.name}'s", look, [])

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


def _without_key(encryption: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in encryption.items() if name != "encryption_key"}


@asynccontextmanager
async def deceived(
    rooms: RoomFactory, lie: Lie, *, watched: bool = False
) -> AsyncIterator[Deceived]:
    """Somebody who is lied to, in a room of their own; they speak where they can.

    `watched`: all that leaves their browser is kept.

    Raises:
        NotApplicable: this server cannot be told to lie.
        Thin: nobody keeps what leaves them.
    """
    need_liar(rooms.stack)
    room_id = f"conform-lie-{secrets.token_hex(5)}"
    async with listening(rooms) as tap:
        if not lie.once_inside:
            await tell(rooms, room_id, lie)
        kind = RoomKind.ZERO_KNOWLEDGE
        async with rooms.opened(kind, room_id=room_id, watched=watched) as room:
            dave, _ = await asyncio.gather(
                room.join("dave", secret=canary("typed"), is_admin=True), room.let_outsider_in()
            )
            if room.outsider is None:
                raise Thin(room.no_outsider)
            one = Deceived(room, dave, tap, canary("said"), lie)
            if lie.once_inside:
                await tell(rooms, room_id, lie)
                await until_true(one.was_told())
            await one.speaks()
            yield one


async def tell(rooms: RoomFactory, room_id: str, lie: Lie) -> None:
    """Have the server lie in this room from now on; those who are in it are told at once."""
    await rooms.stack.api.call(BREAK, {"room_id": room_id, "break": [lie.rule]})
