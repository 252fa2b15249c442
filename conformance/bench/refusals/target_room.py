"""Encrypted rooms of two participants, in which forbidden features are requested.

They are separate rooms, because a server that does not refuse sends a bot into them.
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
"""Seconds to record if the server does not refuse: enough to see what the recording shows."""


@dataclass
class EncryptedRoom:
    """An encrypted room: alice is its administrator; bob has the same secret."""

    room: Room
    alice: Participant
    bob: Participant
    recorded: bool = False
    """The server sent a recorder into this room, and its result is noted."""

    def they_see_each_other(self) -> Claim:
        """The room works, so what is missing in it means something."""
        alice, bob = self.alice, self.bob
        return all_of(
            "alice and bob see and hear each other",
            *(alice.sees(bob), bob.sees(alice), alice.hears(bob), bob.hears(alice)),
        )

    def go_on_seeing_each_other(self) -> Claim:
        """They see each other for the whole time from this call on."""
        frames = timeouts.NEVER_FRAMES
        alice, bob = self.alice, self.bob
        return all_of(
            "alice and bob go on seeing each other",
            alice.sees_next(bob, frames),
            bob.sees_next(alice, frames),
        )


async def fill_encrypted_room(room: Room) -> EncryptedRoom:
    """Bring alice and bob in."""
    secret = unique("right") if room.kind is RoomKind.ZERO_KNOWLEDGE else None
    alice, bob = await room.join_all("alice", "bob", secret=secret, admin="alice")
    return EncryptedRoom(room, alice, bob)


@asynccontextmanager
async def requested(
    recorder_control: RecorderControl, task: Task, encrypted_room: EncryptedRoom, ledger: Ledger
) -> AsyncIterator[TaskRequest]:
    """Request the task as the administrator; undo it at the end if it succeeded.

    What a recorder got that the server sent to work is added to `ledger`.

    Raises:
        InsufficientEvidence: it cannot be requested.
    """
    async with AsyncExitStack() as parts:
        target = None
        if task == "rtmp":
            try:
                target = await parts.enter_async_context(recorder_control.target())
            except StackError as missing:
                raise InsufficientEvidence(str(missing)) from missing
        request = await request_task(
            recorder_control, task, encrypted_room.room, encrypted_room.alice, target
        )
        try:
            yield request
        finally:
            await asyncio.shield(_undo(recorder_control, request, encrypted_room, ledger))


async def _undo(
    recorder_control: RecorderControl,
    request: TaskRequest,
    encrypted_room: EncryptedRoom,
    ledger: Ledger,
) -> None:
    """Stop a task that the server accepted, and keep its result in `ledger` as evidence."""
    job = request.job
    if job is not None:
        people = request.room.people
        await job.wait_for(
            lambda: job.done or job.take.seconds_shown(len(people)) >= _NOTED, timeouts.POSITIVE
        )
    await request.stop()
    if job is None:
        return
    words = f"the result of the dispatched recorder: {job.failure or 'it joined'}"
    ledger.add_evidence([Evidence(kind="note", summary=words)])
    if job.take.bytes:
        read = await read_recorded(job.take.file, job.take.places)
        kept = recorder_control.evidence_of(
            job.take.file, f"{words_of(read, people)}; {read.words}"
        )
        ledger.add_evidence([kept] if kept else [])
        encrypted_room.recorded = True
