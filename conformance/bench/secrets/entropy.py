"""Claims about how hard a server's secrets are to guess, from many sessions made for this."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.secrets.randomness import ALARM, BITS_NEEDED, examine
from conformance.clients.headless import session
from conformance.stacks.base import RoomKind, Stack
from conformance.stacks.control_api import ServerRefused

SESSIONS: Final = 256
"""With 32 characters of 62 symbols, this is 8192 draws. Then a generator that takes `byte % 62` is
detected in about 19 of 20 runs; with 64 sessions it almost never is."""
ENDING: Final = 4
"""The number of rooms that end in the background while the next ones are created in sequence."""


@dataclass(frozen=True)
class SecretSample:
    """The server's secrets in the order of the sessions, and the sessions without one."""

    secrets: list[str]
    without: list[str]

    def in_every_session(self) -> Claim:
        """Every session has a secret, so there is something to examine."""

        async def look() -> Observation:
            return Observation(
                not self.without and len(self.secrets) == SESSIONS,
                f"{len(self.secrets)} secrets in {SESSIONS} sessions",
                {"without": self.without[:20]},
            )

        return Claim(f"each of {SESSIONS} sessions has a secret", look, [])

    def strong(self) -> Claim:
        """At least 128 bits each, no repeats, and no bias beyond chance."""

        async def look() -> Observation:
            seen = examine(self.secrets)
            return Observation(
                seen.bits >= BITS_NEEDED and not seen.repeats and not seen.biases,
                f"{seen.length} characters, {seen.alphabet} symbols seen: at most "
                f"{seen.bits:.0f} bits; {seen.repeats} repeats; "
                + ("; ".join(seen.biases) or f"no bias (false alarm: {ALARM:g} a run)"),
                {"report": vars(seen)},
            )

        return Claim("secrets have 128 bits, never repeat and show no bias", look, [])


async def secrets_of_many_sessions(stack: Stack) -> SecretSample:
    """Create simple rooms in sequence, keep each room's secret, and end the rooms.

    createRoom's answer tells the operator the secret. If a server omits it there, a joiner's data
    is used instead.
    """
    found: list[str] = []
    without: list[str] = []
    places = asyncio.Semaphore(ENDING)

    async def end(room_id: str) -> None:
        try:
            with suppress(ServerRefused):
                await stack.api.end_room(room_id)
        finally:
            places.release()

    async with asyncio.TaskGroup() as ending:
        for _ in range(SESSIONS):
            room_id = f"conform-many-{secrets.token_hex(6)}"
            await places.acquire()
            try:
                created = await stack.api.create_room(room_id, RoomKind.SIMPLE)
                secret = told_at_creation(created)
                if secret is None:
                    secret = (await session.fetch_initial_data(stack, room_id, "fetcher")).secret
                if secret:
                    found.append(secret)
                else:
                    without.append(room_id)
            finally:
                ending.create_task(end(room_id))
    return SecretSample(found, without)


def told_at_creation(created: dict[str, Any]) -> str | None:
    """The secret in createRoom's answer; None if it contains no readable one."""
    value: Any = created.get("room_info")
    for name in ("metadata", "room_features", "end_to_end_encryption_features", "encryption_key"):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return None
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None
