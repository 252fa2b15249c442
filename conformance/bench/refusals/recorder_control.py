"""A recorder and a stream target next to the server, proven to work in a plain room.

A refusal in an encrypted room means something only if the same request, with the same recorder,
works in a plain room of the same server. The harness reads the recorder's file and the stream at
the target; both must show the people of that room. This happens once per worker, before any
refusal is tested.
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
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory
from conformance.bench.refusals.ingress_sip import (
    MEDIA_ENTRIES,
    IngressRequest,
    MediaEntry,
    request_ingress,
)
from conformance.bench.refusals.paths import PlainPaths, try_plain_paths
from conformance.bench.refusals.recording import Task, request_task
from conformance.bench.refusals.ui_features import offers_all_features
from conformance.clients.recorder import Job, Recorder
from conformance.observers.bus import BusTap, tapped
from conformance.observers.media.recorded import Recorded, read_recorded
from conformance.observers.webhooks import WebhookReceiver
from conformance.stacks.base import RoomKind, StackError
from conformance.stacks.services.rtmp import RtmpTarget
from conformance.verdicts import BenchError, Evidence, InsufficientEvidence
from conformance.wire import subjects

FOLDER: Final = "recordings"
TASKS: Final[tuple[Task, ...]] = ("recording", "rtmp")
_WORDS: Final[dict[Task, str]] = {
    "recording": "a recording in a plain room",
    "rtmp": "a broadcast from a plain room",
}


@dataclass
class Proof:
    """The result of one task in the plain room. `failure`: why it proves nothing, or None."""

    task: Task
    failure: str | None = None
    read: Recorded = field(default_factory=Recorded)
    shown: str = ""
    signs: dict[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None


@dataclass
class _Made:
    """A file made in the plain room, to be read. `missing`: signs that were not observed."""

    proof: Proof
    job: Job
    file: Path
    missing: list[str]


class RecorderControl:
    """A registered recorder and its observers. `proofs`: its results in a plain room."""

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
        """The features that the page offered to the plain room's administrator."""
        self.entry_requests: dict[MediaEntry, IngressRequest] = {}
        self.plain_paths = PlainPaths()
        """The paths to recording and broadcasting that plain rooms have."""
        self._targets = itertools.count(1)

    def beside(self, rooms: RoomFactory) -> RecorderControl:
        """The same recorder and proofs, for other rooms of this server."""
        other = copy.copy(self)
        other.rooms = rooms
        return other

    @property
    def folder(self) -> Path:
        """The folder for recordings and captures of this run."""
        return self.run_folder / FOLDER

    def target(self) -> RtmpTarget:
        """A new stream target, not started yet."""
        name = f"{self.recorder.id}-target-{next(self._targets)}"
        return RtmpTarget(self.folder / f"{name}.flv", self.run_folder / "logs" / name)

    def works(self, task: Task) -> Claim:
        """The positive control: the same task worked in a plain room, and the recorder is there."""

        async def look() -> Observation:
            proof = self.proofs.get(task) or Proof(task, "it was not attempted")
            failure = proof.failure
            if failure is None and not await self.recorder.registered():
                failure = "the recorder is no longer registered"
            return Observation(
                failure is None,
                failure or f"{proof.shown}; {proof.read.words}",
                {"signs": proof.signs, "read": proof.read.facts},
                evidence=[proof.evidence] if proof.evidence is not None else [],
            )

        return Claim(f"{_WORDS[task]} of the same server works", look, [])

    def page_offers_everything(self) -> Claim:
        """The control: the page offered everything to the plain room's administrator."""

        async def look() -> Observation:
            return self.offered or Observation(False, "nobody joined the plain room")

        return Claim("in a plain room the page offers recording, broadcasting and AI", look, [])

    def entry_is_available(self, entry: MediaEntry) -> Claim:
        """The control: in the plain room this media entry was available."""

        async def look() -> Observation:
            request = self.entry_requests.get(entry)
            if request is None:
                return Observation(False, "the server gave no answer")
            return Observation(request.opened, request.words, {"said": request.said})

        return Claim(f"in a plain room {entry} is available", look, [])

    async def undo(self, room: Room) -> None:
        """Stop what the recorder started in `room`."""
        for job in self.recorder.jobs_in(room.session_id):
            await job.stop(timeouts.STOPPED)

    async def prove(self) -> None:
        """Try both tasks in a plain room. Failures are stored, not raised."""
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
                ),
                self.rooms.alarm,
            )
            if alice.join_failure is None:
                self.offered = await offers_all_features(alice).look()
                for entry in MEDIA_ENTRIES:
                    with suppress(InsufficientEvidence):  # then there is no control for it
                        self.entry_requests[entry] = await request_ingress(
                            self.rooms.stack, room, alice, entry
                        )
            for task in TASKS:
                proof = self.proofs[task] = Proof(task)
                if not together.true:
                    proof.failure = f"the plain room did not work: {together.words}"
                    continue
                try:
                    made += await self._make(proof, room, alice)
                except (InsufficientEvidence, BenchError, StackError) as failure:
                    proof.failure = str(failure)
        finally:
            await room.close()
        # Read the files only now, with the pages closed: reading needs both cores.
        await asyncio.gather(*(self._read(one, [alice, bob]) for one in made))

    async def _make(self, proof: Proof, room: Room, admin: Participant) -> list[_Made]:
        """Request one task. Returns the files made; empty if a plain room refuses it too."""
        async with AsyncExitStack() as parts:
            target = None
            if proof.task == "rtmp":
                target = await parts.enter_async_context(self.target())
            request = await request_task(self, proof.task, room, admin, target)
            if not request.answer.status:
                proof.failure = f'it is refused in a plain room too: "{request.answer.msg}"'
                return []
            job = request.job
            if job is None:
                proof.failure = "the server accepted it but sent no order to the suite's recorder"
                return []
            # Controls for every sign that must be absent in encrypted rooms.
            signs = request.sightings()
            watching = asyncio.gather(*(until_true(sign, admin.alarm) for sign in signs))
            everybody = len(room.people)
            await job.take.wait_for(
                lambda: job.done or job.take.seconds_shown(everybody) >= timeouts.RECORDED_MEDIA,
                timeouts.RECORDED,
            )
            seen = await watching
            proof.signs = {s.text: o.words for s, o in zip(signs, seen, strict=True)}
            missing = [s.text for s, o in zip(signs, seen, strict=True) if not o.true]
            await request.stop()
            if target is not None:
                await target.ended(timeouts.STOPPED)
            file = job.take.file if target is None else target.file
            return [_Made(proof, job, file, missing)]

    async def _read(self, made: _Made, people: list[Participant]) -> None:
        """Read a file, and decide whether it proves anything."""
        proof = made.proof
        proof.read = await read_recorded(made.file, made.job.take.places)
        proof.shown = words_of(proof.read, people)
        words = f"{_WORDS[proof.task]}: {proof.shown}; {proof.read.words}"
        proof.evidence = self.evidence_of(made.file, words)
        proof.failure = (
            made.job.failure
            or (f"not observed: {'; '.join(made.missing)}" if made.missing else None)
            or _not_shown(proof.read, people)
        )

    def evidence_of(self, file: Path, words: str) -> Evidence | None:
        """A file of the run's folder as evidence; None if it does not exist."""
        try:
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError:
            return None
        path = str(file.relative_to(self.run_folder))
        return Evidence(kind="recording", summary=words, path=path, sha256=digest)


def words_of(read: Recorded, people: Sequence[Participant]) -> str:
    """What a file shows and plays of each of these participants, in words."""
    return ", ".join(
        f"{read.pictures_of(person.mark.identity)} pictures and "
        f"{read.tones_of(person.mark.identity)} readings of the tones of {person.name}"
        for person in people
    )


def _not_shown(read: Recorded, people: Sequence[Participant]) -> str | None:
    """The participants that the file does not show, in words."""
    missing = [
        person
        for person in people
        if read.pictures_of(person.mark.identity) < timeouts.SEES_FRAMES
        or read.tones_of(person.mark.identity) < timeouts.HEARS_READINGS
    ]
    if not missing:
        return None
    return f"the file does not show everybody: {words_of(read, missing)}; {read.words}"


@asynccontextmanager
async def attach_recorder(
    rooms: RoomFactory, webhooks: WebhookReceiver, run_folder: Path, browser_path: str | None
) -> AsyncIterator[RecorderControl]:
    """Register a recorder until the context ends, and prove that it works.

    Raises:
        InsufficientEvidence: the bus or SFU cannot be watched, or no recorder can register.
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
            raise InsufficientEvidence(f"the message bus cannot be watched: {error}") from error
        recorder = await parts.enter_async_context(
            Recorder(
                rooms.stack,
                rooms.driver,
                rooms.browser.browser_type,
                run_folder / FOLDER,
                browser_path,
            )
        )
        recorder_control = RecorderControl(rooms, webhooks, recorder, tap, run_folder)
        await recorder_control.prove()
        recorder_control.plain_paths = await try_plain_paths(rooms, recorder)
        yield recorder_control
