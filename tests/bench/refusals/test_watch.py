"""The watch over refusals sees each sign of what was refused, and nothing that is ordinary."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from conformance.bench.refusals.doors import StreamDoor
from conformance.bench.refusals.paths import Asked, Path, PlainPaths
from conformance.bench.refusals.watch import RefusalWatch, WatchedRoom, marks_in
from conformance.observers.bus import BusMessage, BusTap
from conformance.observers.webhooks import WebhookReceiver
from conformance.stacks.base import Stack
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

ROOM, SID = "conform-doors-simple-1", "6f3a0c1e-session"
Kind = pb.NatsMsgServerToClientEvents


def watch() -> RefusalWatch:
    found = RefusalWatch(cast(Stack, None), BusTap(), WebhookReceiver())
    found.rooms.append(WatchedRoom("the room", ROOM, SID, {"alice-1"}))
    return found


def event(kind: Any, told: dict[str, Any]) -> BusMessage:
    data = pb.NatsMsgServerToClient(event=kind, msg=json.dumps(told)).SerializeToString()
    return BusMessage(subjects.public_events(ROOM), data)


def order(task: Any, room_id: str = ROOM, sid: str = SID) -> BusMessage:
    told = pb.PlugNmeetToRecorder(task=task, room_id=room_id, room_sid=sid)
    return BusMessage(subjects.RECORDER_CHANNEL, told.SerializeToString())


def work(task: str) -> BusMessage:
    told = {"task": task, "service_type": "transcription", "room_id": ROOM}
    return BusMessage(subjects.INSIGHTS_CHANNEL, json.dumps(told).encode())


def seen(*messages: BusMessage, webhooks: tuple[dict[str, Any], ...] = ()) -> list[str]:
    found = watch()
    for message in messages:
        found._tap.take(message)
    found._webhooks.bodies += [json.dumps(one).encode() for one in webhooks]
    found.read()
    return [f"{one.side}: {one.what}" for one in found.sightings]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (order(pb.RecordingTasks.START_RECORDING), "recorder: a recorder is sent to work"),
        (order(pb.RecordingTasks.START_RTMP, sid=""), "recorder: a recorder is sent to work"),
        (work("configureAgent"), "AI: an agent is sent to work: configureAgent"),
        (event(Kind.USER_JOINED, {"user_id": "RTMP_BOT"}), "recorder: RTMP_BOT is in the room"),
        (event(Kind.USER_JOINED, {"user_id": "pnm_agent-x"}), "AI: pnm_agent is in the room"),
        (event(Kind.ROOM_METADATA_UPDATE, {"is_recording": True}), "recorder: the room is marked"),
        (
            event(Kind.SYSTEM_NOTIFICATION, {"msg": "notifications.recording-started"}),
            "recorder: a notification says",
        ),
        (
            event(
                Kind.SYSTEM_NOTIFICATION,
                {"msg": "insights.meeting-summarization.enabled-notification-all"},
            ),
            "AI: a notification says",
        ),
        (event(Kind.TRANSCRIPTION_OUTPUT_TEXT, {"text": "x"}), "AI: a transcript"),
    ],
)
def test_each_sign_is_seen(message: BusMessage, words: str) -> None:
    (found,) = seen(message)
    assert found.startswith(words)


@pytest.mark.parametrize(
    "message",
    [
        order(pb.RecordingTasks.STOP),
        order(pb.RecordingTasks.START_RECORDING, f"{ROOM}-one", "another"),
        work("endRoomAgentByServiceName"),
        event(Kind.USER_JOINED, {"user_id": "alice-1"}),
        event(Kind.ROOM_METADATA_UPDATE, {"is_recording": False, "room_features": {}}),
        event(
            Kind.SYSTEM_NOTIFICATION,
            {"msg": "insights.feature-disable-while-e2ee-self-key-enabled"},
        ),
        event(Kind.SYSTEM_NOTIFICATION, {"msg": "notifications.cloud-recording-not-supported"}),
        BusMessage(subjects.public_events(ROOM), b"\xff\xff"),
    ],
)
def test_what_is_ordinary_is_no_sign(message: BusMessage) -> None:
    assert seen(message) == []


def test_webhooks_that_tell_of_it_are_seen() -> None:
    room = {"room_id": ROOM, "sid": SID}
    assert seen(webhooks=({"event": "start_recording", "room": room},))
    joined = {"event": "participant_joined", "room": room}
    assert seen(webhooks=({**joined, "participant": {"identity": "RECORDER_BOT"}},))
    assert not seen(webhooks=({**joined, "participant": {"identity": "alice-1"}},))
    assert not seen(webhooks=({"event": "room_finished", "room": room},))


def test_marks_of_a_room_are_read_from_its_metadata() -> None:
    insights = {"transcription_features": {"is_enabled": True, "is_allow": True}}
    told = {"is_recording": 1, "room_features": {"insights_features": insights}}
    assert list(marks_in(told)) == ["is_recording", "transcribed"]
    assert list(marks_in(None)) == []


async def test_the_stream_target_counts_calls_of_others() -> None:
    async with StreamDoor() as target:
        assert await target.call()
        assert target.strangers == 0


def test_a_path_that_a_plain_room_lacks_does_not_apply() -> None:
    other = Path("rtmp", other_endpoint=True, in_breakout=False)
    breakout = Path("rtmp", other_endpoint=False, in_breakout=True)
    both = Path("rtmp", other_endpoint=True, in_breakout=True)
    plain = PlainPaths(
        {other: Asked(other, False, False, "no"), breakout: Asked(breakout, False, True, "")}
    )
    assert plain.has(Path("rtmp", other_endpoint=False, in_breakout=False))
    assert plain.has(breakout)
    assert not plain.has(other)
    assert not plain.has(both)
