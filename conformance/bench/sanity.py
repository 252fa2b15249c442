"""The sanity check: a plain room works. Without it no verdict of a run means anything."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from conformance.bench.claims import alarm, all_of, control, ledger, new_ledger
from conformance.bench.room import RoomFactory
from conformance.stacks.base import RoomKind
from conformance.verdicts import SANITY, Finding, Verdict


async def sanity_check(factory: RoomFactory, which: str) -> Finding:
    """Two people in a plain room see and hear each other; the finding says whether.

    Nothing is raised: the caller decides what a failure means for its run.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    before = ledger()
    mine = new_ledger()
    verdict, reason = Verdict.PASS, "two people in a plain room see and hear each other"
    room = None
    try:
        alarm.check()
        room = await factory.create(RoomKind.PLAIN)
        one, two = await room.join_all("sane-one", "sane-two")
        await control(
            one.is_in(),
            two.is_in(),
            all_of(
                "both see and hear each other",
                one.sees(two),
                two.sees(one),
                one.hears(two),
                two.hears(one),
            ),
        )
    except Exception as error:
        verdict, reason = Verdict.ERROR, str(error).partition("\n")[0] or type(error).__name__
    finally:
        if room is not None:
            try:
                await room.close()
            except Exception as error:
                verdict = Verdict.ERROR
                reason = f"the plain room could not be ended: {error}"
    finding = Finding(
        requirement=SANITY,
        channel=RoomKind.PLAIN.value,
        check=f"sanity check, {which} of the run",
        verdict=verdict,
        reason=reason,
        controls=mine.controls,
        evidence=mine.evidence,
        started=started.isoformat(timespec="milliseconds"),
        seconds=round(time.monotonic() - began, 3),
    )
    current = new_ledger()
    current.controls, current.evidence = before.controls, before.evidence
    return finding
