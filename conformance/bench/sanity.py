"""The sanity check: a plain room works. Without it no verdict of a run means anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from conformance.bench.core.check_context import CheckContext
from conformance.bench.core.claims import all_of
from conformance.bench.core.evaluation import control, until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory
from conformance.bench.crypto.media_keys import forwarded_enough
from conformance.stacks.base import RoomKind
from conformance.verdicts import SANITY, Finding, InsufficientEvidence, Verdict


async def sanity_check(factory: RoomFactory, which: str) -> Finding:
    """Two people in a plain room see and hear each other; the finding states whether they do.

    `which` is "first" or "last" of the run. The check has its own context, because it runs in a
    fixture while another check is running. It raises nothing: the caller decides what a failure
    means for its run.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    context = CheckContext(factory.alarm)
    verdict, reason = Verdict.PASS, "two people in a plain room see and hear each other"
    room = None
    try:
        context.alarm.check()
        room = await factory.create(RoomKind.PLAIN)
        first = which == "first"
        (one, two), _ = await asyncio.gather(
            room.join_all("sane-one", "sane-two"), _capture_plain_media(room, wanted=first)
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
            context=context,
        )
        if first:
            await _keep_plain_media(factory, room, [one, two])
    except Exception as error:
        verdict, reason = Verdict.ERROR, str(error).partition("\n")[0] or type(error).__name__
    finally:
        if room is not None:
            try:
                await room.close()
            except Exception as error:
                verdict = Verdict.ERROR
                reason = f"the plain room could not be ended: {error}"
    return Finding(
        requirement=SANITY,
        room_kind=RoomKind.PLAIN.value,
        check=f"sanity check, {which} of the run",
        verdict=verdict,
        reason=reason,
        controls=context.ledger.controls,
        evidence=context.ledger.evidence,
        started=started.isoformat(timespec="milliseconds"),
        seconds=round(time.monotonic() - began, 3),
    )


async def _capture_plain_media(room: Room, *, wanted: bool) -> None:
    """Capture the plain room's media: the control of claims that other media is not plain."""
    if wanted:
        await room.attach_sfu_tap()


async def _keep_plain_media(
    factory: RoomFactory, room: Room, people: Sequence[Participant]
) -> None:
    """Keep the plain room's media for the run. The sanity check does not depend on it."""
    try:
        media = room.media("the plain room", people)
        await until_true(forwarded_enough(media, ("audio", "camera")), factory.alarm)
        for person in people:
            await person.sender_tap.look(person.page)
    except InsufficientEvidence as reason:
        factory.no_plain = str(reason)
    else:
        factory.plain = media
