"""What a reading of everything that left browsers, or stayed in them, amounts to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from conformance.bench.core.claims import Observation
from conformance.bench.core.participant import Participant
from conformance.observers.leaks import Reading

LOCAL: Final = frozenset({
    "message to a window", "BroadcastChannel", "history", "page title", "page address",
    "message to a service worker",
})  # fmt: skip
"""Places inside the browser. The page shows what is said, so its texts may be there."""


class Trace(Protocol):
    """What one person's browser sent and kept."""

    @property
    def person(self) -> Participant:
        """Whose browser it is."""


def canaries(
    reading: Reading, traces: Sequence[Trace], kinds: Sequence[str], more: dict[str, object]
) -> Observation:
    found: dict[str, dict[str, int]] = {}
    for leak in reading.of("marker"):
        owner = leak.needle.what.partition("'s ")[0]
        if leak.place.name.startswith(f"{owner}, "):
            of_owner = found.setdefault(owner, {})
            of_owner[leak.place.kind] = of_owner.get(leak.place.kind, 0) + 1
    missing = [
        f"{trace.person.name}: {kind}"
        for trace in traces
        for kind in kinds
        if not found.get(trace.person.name, {}).get(kind)
    ]
    return Observation(
        not missing and bool(traces),
        f"{len(kinds)} kinds in {len(traces)} browsers, "
        + (f"not found in {'; '.join(missing)}" if missing else "found in each"),
        {"found": found, "missing": missing, **more},
    )


def absence(
    reading: Reading,
    role: str,
    unread: Sequence[str],
    more: Mapping[str, object],
    egress: Sequence[str] = (),
) -> Observation:
    leaks = reading.of(role)
    if role == "content":
        leaks = [leak for leak in leaks if leak.place.kind not in LOCAL]
    unread = [*unread, *reading.incomplete]
    words = f"{reading.items} items, {reading.bytes} bytes read"
    if leaks:
        words += f", {len(leaks)} finds, first: {leaks[0]}"
    elif egress:
        words += f"; unexplained egress: {'; '.join(egress[:5])}"
    elif unread:
        words += f"; could not be read: {'; '.join(unread[:5])}"
    else:
        words += ", nothing found"
    finds = [{"what": str(leak), "context": leak.context} for leak in leaks[:50]]
    found = bool(leaks or egress)
    return Observation(
        not found and not unread,
        words,
        {"finds": finds, "unread": unread[:50], "kinds": reading.kinds, **more},
        readable=found or not unread,
    )
