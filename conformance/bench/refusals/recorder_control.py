"""A recorder and a stream target beside the server, shown to work in a plain room.

A refusal in an encrypted room means something only if the very same request, with the very same
recorder, works in a plain room of the same server: the recorder's file and what arrived at the
target are read back, and show the people of that room. Done once a worker, before anything that
should be refused.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, all_of, ledger, until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory
from conformance.bench.refusals.ingress_sip import DOORS, Door, Knocked, knock
from conformance.bench.refusals.recording import Task, ask
from conformance.bench.refusals.ui_features import offers_everything
from conformance.clients.recorder import Job, Recorder
from conformance.observers.bus import BusTap, tapped
from conformance.observers.media.recorded import Recorded, read_recorded
from conformance.observers.webhooks import WebhookReceiver
from conformance.stacks.base import RoomKind, StackError
from conformance.stacks.services.rtmp import RtmpTarget
from conformance.verdicts import BenchError, Evidence, Thin
from conformance.wire import subjects

FOLDER: Final = "recordings"
TASKS: Final[tuple[Task, ...]] = ("recording", "rtmp")
_WORDS: Final[dict[Task, str]] = {
    "recording": "a recording in a plain room",
    "rtmp": "a broadcast from a plain room",
}


@dataclass
class Proof:
    """What came of one task in the plain room. `failure` is why it proves nothing, in words."""

    task: Task
    failure: str | None = None
    read: Recorded = field(default_factory=Recorded)
    shown: str = ""
    signs: dict[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None


@dataclass
class _Made:
    """A file that the plain room gave, to be read. `missing`: what was not seen of its making."""

    proof: Proof
    job: Job
    file: Path
    missing: list[str]


class Attached:
    """A registered recorder and all that watches it. `proofs`: what it did in a plain room."""

    def __init__(
        self,
        rooms: RoomFactory,
        webhooks: WebhookReceiver,
        recorder: Recorder,
        tap: BusTap,
        run_folder: Path,
    ) -> None:
        self.rooms, self.webhooks, self.recorder, self.tap = rooms, webhooks, recorder, tap
        self.run_folder = run_folder
        self.proofs: dict[Task, Proof] = {}
        self.offered: Observation | None = None
        """What the page offered the plain room's administrator."""
        self.doors: dict[Door, Knocked] = {}
        self._targets = itertools.count(1)

    def beside(self, rooms: RoomFactory) -> Attached:
        """The same recorder, and what it was shown to do, beside other rooms of this server."""
        other = copy.copy(self)
        other.rooms = rooms
        return other

    @property
    def folder(self) -> Path:
        """Where recordings and captures of this run are kept."""
        return self.run_folder / FOLDER

    def target(self) -> RtmpTarget:
        """A new stream target, not started yet."""
        name = f"{self.recorder.id}-target-{next(self._targets)}"
        return RtmpTarget(self.folder / f"{name}.flv", self.run_folder / "logs" / name)

    def works(self, task: Task) -> Claim:
        """The positive control: the same in a plain room of this server worked, and still can."""

        async def look() -> Observation:
            proof = self.proofs.get(task) or Proof(task, "it was not tried")
            failure = proof.failure
            if failure is None and not await self.recorder.registered():
                failure = "the recorder is no longer registered"
            if proof.evidence is not None and proof.evidence not in ledger().evidence:
                ledger().evidence.append(proof.evidence)
            return Observation(
                failure is None,
                failure or f"{proof.shown}; {proof.read.words}",
                {"signs": proof.signs, "read": proof.read.facts},
            )

        return Claim(f"{_WORDS[task]} of the same server works", look, [])

    def page_offers_everything(self) -> Claim:
        """The control: the page offered the plain room's administrator all of it."""

        async def look() -> Observation:
            return self.offered or Observation(False, "nobody was in the plain room to look")

        return Claim("in a plain room the page offers recording, broadcasting and AI", look, [])

    def opens(self, door: Door) -> Claim:
        """The control: in the plain room this door for media could be had."""

        async def look() -> Observation:
            knocked = self.doors.get(door)
            if knocked is None:
                return Observation(False, "the server gave no answer")
            return Observation(knocked.opened, knocked.words, {"said": knocked.said})

        return Claim(f"in a plain room {door} can be had", look, [])

    async def undo(self, room: Room) -> None:
        """End what the recorder began in `room`."""
        for job in self.recorder.jobs_in(room.session_id):
            await job.stop(timeouts.STOPPED)

    async def show(self) -> None:
        """Try both in a plain room; what fails is kept, not raised."""
        made: list[_Made] = []
        room = await self.rooms.create(RoomKind.PLAIN)
        try:
            alice, bob = await room.join_all("alice", "bob", admin="alice")
            together = await until_true(
                all_of(
                    "both see and hear each other",
                    alice.sees(bob),
                    bob.sees(alice),
                    alice.hears(bob),
                    bob.hears(alice),
                )
            )
            if alice.join_failure is None:
                self.offered = await offers_everything(alice).look()
                for door in DOORS:
                    with suppress(Thin):  # then there is nothing to compare with
                        self.doors[door] = await knock(self.rooms.stack, room, alice, door)
            for task in TASKS:
                proof = self.proofs[task] = Proof(task)
                if not together.true:
                    proof.failure = f"the plain room did not work: {together.words}"
                    continue
                try:
                    made += await self._make(proof, room, alice)
                except (Thin, BenchError, StackError) as failure:
                    proof.failure = str(failure)
        finally:
            await room.close()
        # the pages are gone by now: reading the files is work enough for two cores
        await asyncio.gather(*(self._read(one, [alice, bob]) for one in made))

    async def _make(self, proof: Proof, room: Room, admin: Participant) -> list[_Made]:
        """Have one made: what came of it, none if it was refused in the plain room, too."""
        async with AsyncExitStack() as parts:
            target = None
            if proof.task == "rtmp":
                target = await parts.enter_async_context(self.target())
            asked = await ask(self, proof.task, room, admin, target)
            if not asked.answer.status:
                proof.failure = f'it is refused in a plain room, too: "{asked.answer.msg}"'
                return []
            job = asked.job
            if job is None:
                proof.failure = "the server accepted it, and sent no order to the suite's recorder"
                return []
            # The canaries of all that is demanded to be absent later.
            signs = asked.sightings()
            watching = asyncio.gather(*(until_true(sign) for sign in signs))
            everybody = len(room.people)
            await job.take.wait_for(
                lambda: job.done or job.take.seconds_shown(everybody) >= timeouts.RECORDED_MEDIA,
                timeouts.RECORDED,
            )
            seen = await watching
            proof.signs = {s.text: o.words for s, o in zip(signs, seen, strict=True)}
            missing = [s.text for s, o in zip(signs, seen, strict=True) if not o.true]
            await asked.stop()
            if target is not None:
                await target.ended(timeouts.STOPPED)
            file = job.take.file if target is None else target.file
            return [_Made(proof, job, file, missing)]

    async def _read(self, made: _Made, people: list[Participant]) -> None:
        """Read back what was made, and judge whether it proves anything."""
        proof = made.proof
        proof.read = await read_recorded(made.file, made.job.take.places)
        proof.shown = what_of(proof.read, people)
        words = f"{_WORDS[proof.task]}: {proof.shown}; {proof.read.words}"
        proof.evidence = self.evidence_of(made.file, words)
        proof.failure = (
            made.job.failure
            or (f"not seen although it worked: {'; '.join(made.missing)}" if made.missing else None)
            or _not_shown(proof.read, people)
        )

    def evidence_of(self, file: Path, words: str) -> Evidence | None:
        """A file of the run's folder as evidence; None where there is none."""
        try:
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError:
            return None
        path = str(file.relative_to(self.run_folder))
        return Evidence(kind="recording", summary=words, path=path, sha256=digest)


def what_of(read: Recorded, people: Sequence[Participant]) -> str:
    """What a file shows and plays of each of these people, in words."""
    return ", ".join(
        f"{read.pictures_of(person.mark.identity)} pictures and "
        f"{read.tones_of(person.mark.identity)} readings of the tones of {person.name}"
        for person in people
    )


def _not_shown(read: Recorded, people: Sequence[Participant]) -> str | None:
    """Whom the file does not show, in words."""
    missing = [
        person
        for person in people
        if read.pictures_of(person.mark.identity) < timeouts.SEES_FRAMES
        or read.tones_of(person.mark.identity) < timeouts.HEARS_READINGS
    ]
    if not missing:
        return None
    return f"the file does not show everybody: {what_of(read, missing)}; {read.words}"


@asynccontextmanager
async def attach(
    rooms: RoomFactory, webhooks: WebhookReceiver, run_folder: Path, browser_path: str | None
) -> AsyncIterator[Attached]:
    """Register a recorder for as long as the context lasts, and show that it works.

    Raises:
        Thin: the stack gives no access to its bus or SFU, or lets no recorder register.
    """
    rooms.stack.need("nats", "livekit")
    watched = (
        subjects.RECORDER_CHANNEL,
        f"{subjects.SYSTEM_PUBLIC}.>",
        f"{subjects.SYSTEM_PRIVATE}.>",
    )
    async with AsyncExitStack() as parts:
        try:
            tap = await parts.enter_async_context(tapped(rooms.stack.endpoints, *watched))
        except (OSError, ValueError) as error:
            raise Thin(f"the message bus cannot be watched: {error}") from error
        recorder = await parts.enter_async_context(
            Recorder(
                rooms.stack,
                rooms.driver,
                rooms.browser.browser_type,
                run_folder / FOLDER,
                browser_path,
            )
        )
        attached = Attached(rooms, webhooks, recorder, tap, run_folder)
        await attached.show()
        yield attached
