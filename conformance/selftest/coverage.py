"""What no fault shows to work: `python -m conformance.selftest.coverage` lists it.

A pair of a requirement and a kind of room is shown if a fault must be noticed there. A check is
shown if a fault exists that this check alone must notice: where several checks judge one pair, the
fault names the one (`checks`), for otherwise a single one of them hides that the others are blind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.manifest import ListedCheck, manifest
from conformance.selftest import Fault, faults


def unshown(checks: Sequence[ListedCheck], among: Iterable[Fault]) -> list[str]:
    """Pairs (`ID/ROOM_KIND`) and checks (`ID: name`) without a fault of their own."""
    known = [one for one in among if not one.is_variation]
    found = []
    pairs: dict[tuple[str, str], list[ListedCheck]] = {}
    for check in checks:
        for pair in check.places:
            pairs.setdefault(pair, []).append(check)
    for (requirement, room_kind), own in sorted(pairs.items()):
        needing = [one for one in known if one.needs(requirement, room_kind)]
        if not needing:
            found.append(f"{requirement}/{room_kind}")
            continue
        for check in own:
            alone = [[check] == _named(fault, own) for fault in needing]
            if not any(alone):
                found.append(f"{requirement}: {check.check}")
    return found


def _named(fault: Fault, checks: Sequence[ListedCheck]) -> list[ListedCheck]:
    """Of the checks of one pair, those that a self-test runs for the fault."""
    named = [one for one in checks if any(words in one.check for words in fault.checks)]
    return named or list(checks)


if __name__ == "__main__":
    print("\n".join(unshown(manifest(), faults().values())))
