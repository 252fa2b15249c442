"""A refusal counts only for its own reason, and only if the request works in a plain room."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench import CheckContext, control, holds
from conformance.bench.core.check_context import Ledger
from conformance.bench.refusals.keyless_recorder import KeylessRecorder
from conformance.bench.refusals.recorder_control import Proof, RecorderControl
from conformance.bench.refusals.recording import OTHER_REASONS, Task, TaskRequest
from conformance.bench.refusals.target_room import _undo
from conformance.bench.rooms.server_responses import secret_of_created
from conformance.observers.bus import BusMessage, BusTap
from conformance.observers.media.recorded import Recorded
from conformance.observers.notifier import Notifier
from conformance.verdicts import ClaimFailed, ControlFailed, Evidence
from conformance.wire import plugnmeet_pb2 as pb

SESSION, ROOM = "5d6ad0f0-session", "conform-room"


class FakeRecorder(Notifier):
    def __init__(self, *, registered: bool = True) -> None:
        super().__init__()
        self.is_registered = registered

    def jobs_in(self, session_id: str) -> list[Any]:
        return []

    async def registered(self) -> bool:
        return self.is_registered


@dataclass
class FakeHooks:
    bodies: list[bytes] = field(default_factory=list)
    notifier: Notifier = field(default_factory=Notifier)


def attached(*, registered: bool = True) -> RecorderControl:
    return RecorderControl(
        cast("Any", SimpleNamespace(stack=None)),
        cast("Any", FakeHooks()),
        cast("Any", FakeRecorder(registered=registered)),
        BusTap(),
        Path(),
    )


def asked(
    beside: RecorderControl, msg: str, *, status: bool = False, task: Task = "recording"
) -> TaskRequest:
    room = SimpleNamespace(session_id=SESSION, room_id=ROOM, people=[])
    admin = SimpleNamespace(traffic=Notifier())
    answer = pb.CommonResponse(status=status, msg=msg)
    return TaskRequest(
        beside, task, cast("Any", room), cast("Any", admin), None, answer, frozenset(), 0, 0
    )


def event(
    kind: pb.NatsMsgServerToClientEvents, data: dict[str, Any], room: str = ROOM
) -> BusMessage:
    envelope = pb.NatsMsgServerToClient(event=kind, msg=json.dumps(data))
    return BusMessage(f"sysPrivate.{room}.alice.system", envelope.SerializeToString())


async def test_a_refusal_for_encryption_holds() -> None:
    await holds(asked(attached(), "not allowed in an end-to-end encrypted room").refused())


async def test_an_acceptance_fails() -> None:
    with pytest.raises(ClaimFailed, match="accepted"):
        await holds(asked(attached(), "success", status=True).refused())


@pytest.mark.parametrize("reason", OTHER_REASONS)
async def test_a_refusal_for_another_reason_is_inconclusive(reason: str) -> None:
    with pytest.raises(ControlFailed, match="could answer too"):
        await holds(asked(attached(), f"notifications: {reason}").refused())


async def test_a_refusal_after_an_order_was_sent_is_no_lack_of_recorders() -> None:
    beside = attached()
    request = asked(beside, "Timed out waiting for a response from the NATS recorder channel")
    order = pb.PlugNmeetToRecorder(room_id=ROOM, room_sid=SESSION)
    beside.tap.take(BusMessage("recorderChannel", order.SerializeToString()))
    await holds(request.refused())
    seen = await request.dispatched().look()
    assert seen.true
    assert "START_RECORDING for conform-room" in seen.words


async def test_an_order_for_another_room_does_not_count() -> None:
    beside = attached()
    order = pb.PlugNmeetToRecorder(room_id="another", room_sid="another")
    beside.tap.take(BusMessage("recorderChannel", order.SerializeToString()))
    seen = await asked(beside, "no").dispatched().look()
    assert (seen.true, seen.readable) == (False, True)


async def test_a_tap_with_possible_gaps_is_inconclusive() -> None:
    beside = attached()
    await beside.tap.on_closed()
    assert not (await asked(beside, "no").dispatched().look()).readable


@pytest.mark.parametrize(
    ("task", "note", "told"),
    [
        ("recording", "notifications.recording-started", True),
        ("rtmp", "notifications.rtmp-started", True),
        ("rtmp", "notifications.recording-started", False),
        ("recording", "notifications.recording-ended", False),
    ],
)
async def test_an_announcement_is_heard_on_the_bus(task: Task, note: str, told: bool) -> None:
    beside = attached()
    beside.tap.take(event(pb.SYSTEM_NOTIFICATION, {"msg": note}))
    beside.tap.take(event(pb.SYSTEM_NOTIFICATION, {"msg": f"notifications.{task}-started"}, "else"))
    assert (await asked(beside, "no", task=task).announced().look()).true is told


async def test_an_announcing_webhook_counts_too() -> None:
    beside = attached()
    beside.webhooks.bodies.append(
        json.dumps({"event": "recording_started", "room": {"room_id": ROOM}}).encode()
    )
    assert (await asked(beside, "no").announced().look()).true


async def test_a_brief_recording_mark_is_noticed() -> None:
    beside = attached()

    async def info(_room: str) -> dict[str, Any]:
        return {"room": {"room_info": {"is_recording": 0, "metadata": '{"is_recording": false}'}}}

    beside.rooms = cast(
        "Any", SimpleNamespace(stack=SimpleNamespace(api=SimpleNamespace(active_room_info=info)))
    )
    assert not (await asked(beside, "no").marked().look()).true
    for value in (True, False):
        beside.tap.take(event(pb.ROOM_METADATA_UPDATE, {"is_recording": value}))
    assert (await asked(beside, "no").marked().look()).true
    assert not (await asked(beside, "no", task="rtmp").marked().look()).true


async def test_without_a_working_recorder_it_is_inconclusive() -> None:
    beside = attached()
    with pytest.raises(ControlFailed, match="it was not attempted"):
        await control(beside.works("recording"))
    beside.proofs["recording"] = Proof("recording", "it is refused in a plain room too")
    with pytest.raises(ControlFailed, match="refused in a plain room too"):
        await control(beside.works("recording"))


async def test_a_recorder_that_disconnected_is_inconclusive() -> None:
    beside = attached(registered=False)
    beside.proofs["recording"] = Proof("recording", None, Recorded(pictures=9))
    with pytest.raises(ControlFailed, match="no longer registered"):
        await control(beside.works("recording"))


async def test_the_recorded_file_is_evidence_once(check_context: CheckContext) -> None:
    beside = attached()
    kept = Evidence(kind="recording", summary="a file", path="recordings/a.webm", sha256="0")
    beside.proofs["recording"] = Proof("recording", None, Recorded(pictures=9), evidence=kept)
    await beside.works("recording").look()
    assert check_context.ledger.evidence == []
    await control(beside.works("recording"))
    await control(beside.works("recording"))
    assert check_context.ledger.evidence.count(kept) == 1


def test_only_a_simple_room_s_answer_carries_a_secret() -> None:
    block = {"room_features": {"end_to_end_encryption_features": {"encryption_key": "abc"}}}
    assert secret_of_created({"room_info": {"metadata": json.dumps(block)}}) == "abc"
    assert secret_of_created({"room_info": {"metadata": "{}"}}) is None
    assert secret_of_created({}) is None


async def test_files_of_a_keyless_recorder_are_evidence_of_its_claims(
    check_context: CheckContext,
) -> None:
    kept = Evidence(kind="recording", summary="a bot", path="recordings/b.webm", sha256="0")
    take: Any = SimpleNamespace(problem=None)
    nothing = Recorded(pictures=9, windows=9)
    got = KeylessRecorder(cast("Any", None), take, nothing, nothing, [kept])
    await control(got.recorded_something())
    await holds(got.shows_nobody(), got.plays_nobody())
    assert check_context.ledger.evidence.count(kept) == 1


async def test_the_result_of_a_dispatched_recorder_is_evidence() -> None:
    async def done(*_: object) -> None: ...

    job = SimpleNamespace(
        done=True, failure="it was sent away", take=SimpleNamespace(bytes=0), wait_for=done
    )
    request: Any = SimpleNamespace(job=job, room=SimpleNamespace(people=[]), stop=done)
    ledger = Ledger()
    await _undo(attached(), request, cast("Any", None), ledger)
    (note,) = ledger.evidence
    assert note.summary == "the result of the dispatched recorder: it was sent away"
