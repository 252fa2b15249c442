"""An intruder with its own mark, and the claims that it is connected or was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.bench.core.claims import Claim, Observation
from conformance.clients.headless.intruder import Attempt, Intruder
from conformance.observers.leaks import LeakReader, Place, marker


@dataclass
class TrackedIntruder:
    """An intruder with its own mark, which only it can receive; the mark proves its connection."""

    who: Intruder
    own: str = ""
    """A value that it receives if it is really connected; empty if it must not be connected."""

    def finds_its_own_mark(self) -> Claim:
        """It is connected and reads: it found its own mark."""

        async def look() -> Observation:
            reader = LeakReader([marker("its own mark", self.own)])
            found = reader.read(Place("traffic", self.who.name), bytes(self.who.got))
            return Observation(
                bool(found),
                f"its own mark {'found' if found else 'not found'} in {len(self.who.got)} bytes, "
                f"{len(self.who.messages)} messages",
            )

        return Claim(f"{self.who.name} is connected and finds its own mark", look, [])

    def is_answered(self) -> Claim:
        """It reached the server and the bus; each either refused it with a message, or let it in.

        A connection alone does not give the secret: a connected intruder tries everything else.
        """

        async def look() -> Observation:
            bus = self.who.bus
            answered = [one for one in self.who.http_attempts if one.outcome.startswith("HTTP")]
            refused = [one for one in answered if "refused" in one.outcome]
            on_bus = None if bus is None else bus.refusal or "let in"
            return Observation(
                bool(answered) and on_bus is not None,
                f"{len(refused)} of {len(answered)} requests over HTTP refused, "
                f"on the bus: {on_bus or 'no answer'}",
                {"attempts": attempts_in_words(self.who.attempts)},
            )

        return Claim(f"{self.who.name} is answered by the server and the bus", look, [])


def attempts_in_words(attempts: Sequence[Attempt]) -> list[str]:
    """Each attempt and its outcome, one string for each."""
    return [f"{one.what}: {one.outcome}" for one in attempts]
