"""Claims that a simple room's secret cannot be computed from what others know (SECRET-7)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.secrets.distribution import BREAKOUT, FIRST, OTHER, SECOND, Sessions
from conformance.bench.secrets.entropy import SecretSample
from conformance.bench.secrets.guessing import SessionFacts, explain
from conformance.bench.secrets.guessing.planted import planted
from conformance.clients.headless.session import InitialData
from conformance.stacks.base import Stack

_BEFORE = {SECOND: (FIRST,), OTHER: (SECOND,), BREAKOUT: (OTHER, SECOND)}
"""The sessions whose secrets somebody had got before."""


@dataclass(frozen=True)
class PublicKnowledge:
    """Sessions with what others know of them, and secrets in the order of their creation."""

    sessions: list[SessionFacts]
    in_order: list[str]

    def are_searchable(self) -> Claim:
        """Every session has a secret, a Session ID and a time of its creation."""

        async def look() -> Observation:
            poor = [one.name for one in self.sessions if not one.secret or not one.session_id]
            words = f"{len(self.sessions)} sessions; without a secret or an id: {poor or 'none'}"
            return Observation(bool(self.sessions) and not poor, words)

        return Claim("every session has a secret and public values", look, [])

    def mistakes_are_found(self) -> Claim:
        """The canary: the same search explains secrets that the harness made by known mistakes."""

        async def look() -> Observation:
            found = await asyncio.to_thread(lambda: dict(planted(self.sessions[0])))
            missed = [name for name, how in found.items() if how is None]
            words = f"{len(found)} planted mistakes; not explained: {', '.join(missed) or 'none'}"
            return Observation(not missed, words, {"explained": found})

        return Claim("the search explains secrets of known mistakes", look, [])

    def explain_no_secret(self) -> Claim:
        """No formula, seed or earlier secret gives a secret: an upper bound of its strength."""

        async def look() -> Observation:
            search = await asyncio.to_thread(explain, self.sessions, self.in_order)
            found = [str(guess) for guess in search.explained]
            return Observation(
                not found and not search.unfinished,
                f"{'; '.join(found[:3])}; "
                * bool(found)
                + f"tried: {search.words}; an upper bound of strength, since only known mistakes "
                "are tried",
                {"explained": found, "formulas": search.formulas, "seeds": search.seeds},
                readable=bool(found) or not search.unfinished,
            )

        return Claim("no secret can be computed from what others know", look, [])


def public_knowledge(stack: Stack, sessions: Sessions, sample: SecretSample) -> PublicKnowledge:
    """What others know of these sessions."""
    made = sessions.told
    return PublicKnowledge(
        [_facts(stack, name, told, made, sessions.made.get(name, (0, 0)))
         for name, told in made.items() if name != FIRST],
        sample.secrets,
    )  # fmt: skip


def _facts(
    stack: Stack,
    name: str,
    told: InitialData,
    all_told: Mapping[str, InitialData],
    made: tuple[int, int],
) -> SessionFacts:
    room: dict[str, Any] = told.room
    metadata = room.get("metadata")
    before = [all_told[one] for one in _BEFORE.get(name, ()) if one in all_told]
    names = {"API key": stack.endpoints.api_key, "user id": told.verify.user_id}
    if before:
        names["earlier Session ID"] = before[0].session_id
    return SessionFacts(
        secret=told.secret or "",
        room_id=str(room.get("room_id") or ""),
        session_id=told.session_id,
        title=str(metadata.get("room_title") or "") if isinstance(metadata, dict) else "",
        began_ns=made[0],
        ended_ns=made[1],
        created=_whole(room.get("created_at")),
        numbers=(_whole(room.get("db_table_id")),),
        names={key: value for key, value in names.items() if value},
        earlier={
            f"earlier secret {n}": one.secret for n, one in enumerate(before, 1) if one.secret
        },
        name=name,
    )


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
