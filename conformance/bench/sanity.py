"""The sanity check: a plain room works. Without it no verdict of a run means anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from conformance.bench.core.claims import alarm, all_of, control, ledger, new_ledger, until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory
from conformance.bench.crypto.media_keys import forwarded_enough
from conformance.stacks.base import RoomKind
from conformance.verdicts import SANITY, Finding, Thin, Verdict


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
        first = which == "first"
        (one, two), _ = await asyncio.gather(
            room.join_all("sane-one", "sane-two"), _keep_what_is_clear(room, wanted=first)
        )
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
        if first:
            await _note_what_is_clear(factory, room, [one, two])
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
        room_kind=RoomKind.PLAIN.value,
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
    current.material = before.material
    return finding


async def _keep_what_is_clear(room: Room, *, wanted: bool) -> None:
    """Let the outsider into a plain room: the control of whoever says that others are no such."""
    if wanted:
        await room.let_outsider_in()


async def _note_what_is_clear(
    factory: RoomFactory, room: Room, people: Sequence[Participant]
) -> None:
    """Keep the plain room's frames for the run; without them the sanity check is no worse."""
    try:
        media = room.media("the plain room", people)
        await until_true(forwarded_enough(media, ("audio", "camera")))
    except Thin as reason:
        factory.no_plain = str(reason)
    else:
        factory.plain = media
