"""Encrypted rooms of two people in which what should be refused is asked for.

Rooms of their own: on a server that does not refuse, a bot comes into them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from conformance.bench.core import timeouts
from conformance.bench.core.check_context import Ledger
from conformance.bench.core.claims import Claim, all_of
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.refusals.recorder_control import RecorderControl, words_of
from conformance.bench.refusals.recording import Task, TaskRequest, request_task
from conformance.observers.media.recorded import read_recorded
from conformance.stacks.base import RoomKind
from conformance.stacks.errors import StackError
from conformance.verdicts import Evidence, InsufficientEvidence

_NOTED: Final = 2.0
"""Seconds of what should not be recorded, where it is: enough to tell what it shows."""


@dataclass
class EncryptedRoom:
    """An encrypted room: alice is its administrator, bob has the same secret."""

    room: Room
    alice: Participant
    bob: Participant
    recorded: bool = False
    """The server has sent a recorder to work here, and what it got is noted."""

    def they_see_each_other(self) -> Claim:
        """The room works: what is missing in it is not missing because nothing is there."""
        alice, bob = self.alice, self.bob
        return all_of(
            "alice and bob see and hear each other",
            *(alice.sees(bob), bob.sees(alice), alice.hears(bob), bob.hears(alice)),
        )

    def go_on_seeing_each_other(self) -> Claim:
        """They go on seeing each other from the moment of this call."""
        frames = timeouts.NEVER_FRAMES
        alice, bob = self.alice, self.bob
        return all_of(
            "alice and bob go on seeing each other",
            alice.sees_next(bob, frames),
            bob.sees_next(alice, frames),
        )


async def fill_encrypted_room(room: Room) -> EncryptedRoom:
    """Bring them in."""
    secret = unique("right") if room.kind is RoomKind.ZERO_KNOWLEDGE else None
    alice, bob = await room.join_all("alice", "bob", secret=secret, admin="alice")
    return EncryptedRoom(room, alice, bob)


@asynccontextmanager
async def requested(
    recorder_control: RecorderControl, task: Task, encrypted_room: EncryptedRoom, ledger: Ledger
) -> AsyncIterator[TaskRequest]:
    """Ask for it as the administrator; what was done all the same is undone in the end.

    What a recorder got that the server sent to work is added to `ledger`.

    Raises:
        Thin: it cannot be asked for.
    """
    async with AsyncExitStack() as parts:
        target = None
        if task == "rtmp":
            try:
                target = await parts.enter_async_context(recorder_control.target())
            except StackError as missing:
                raise InsufficientEvidence(str(missing)) from missing
        asked = await request_task(
            recorder_control, task, encrypted_room.room, encrypted_room.alice, target
        )
        try:
            yield asked
        finally:
            await asyncio.shield(_undo(recorder_control, asked, encrypted_room, ledger))


async def _undo(
    recorder_control: RecorderControl,
    asked: TaskRequest,
    encrypted_room: EncryptedRoom,
    ledger: Ledger,
) -> None:
    """Stop what was done all the same; what came of it is evidence for `ledger`."""
    job = asked.job
    if job is not None:
        people = asked.room.people
        await job.wait_for(
            lambda: job.done or job.take.seconds_shown(len(people)) >= _NOTED, timeouts.POSITIVE
        )
    await asked.stop()
    if job is None:
        return
    words = f"what the recorder that was sent to work got: {job.failure or 'it got in'}"
    ledger.add_evidence([Evidence(kind="note", summary=words)])
    if job.take.bytes:
        read = await read_recorded(job.take.file, job.take.places)
        kept = recorder_control.evidence_of(
            job.take.file, f"{words_of(read, people)}; {read.words}"
        )
        ledger.add_evidence([kept] if kept else [])
        encrypted_room.recorded = True
