"""People join the reference server on a real bus, as the official client does."""

from __future__ import annotations

import asyncio
import json

import jwt
import pytest

from conformance.stacks.base import RoomKind
from conformance.stacks.embedded import EmbeddedStack
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects
from tests.reference_server.joiner import (
    DEADLINE_S,
    Ask,
    Event,
    Joiner,
    ask,
    encryption_of,
    person,
    verify,
)

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]


async def test_the_whole_join_sequence_in_a_simple_room(stack: EmbeddedStack) -> None:
    created = await stack.api.create_room("whole", RoomKind.SIMPLE)
    async with await person(stack, "whole", "alice", is_admin=True) as alice:
        await alice.hears(Event.PONG)
        data = await alice.initial_data()
        assert not alice.verified.enabled_self_insert_encryption_key
        assert data["room"]["room_sid"] == created["room_info"]["sid"]
        assert len(encryption_of(data)["encryption_key"]) == 32
        assert data["local_user"]["is_presenter"]
        await alice.tell(Ask.REQ_JOINED_USERS_LIST)
        people = json.loads((await alice.hears(Event.RES_JOINED_USERS_LIST)).msg)
        assert [one["user_id"] for one in people] == ["alice"]
        await alice.tell(Ask.REQ_MEDIA_SERVER_DATA)
        media = json.loads((await alice.hears(Event.RES_MEDIA_SERVER_DATA)).msg)
        assert media["url"] == stack.endpoints.livekit_url
        grant = jwt.decode(media["token"], options={"verify_signature": False})
        assert grant["sub"] == "alice"
        assert grant["video"]["room"] == "whole"


async def test_every_joiner_of_a_simple_room_gets_the_same_secret(stack: EmbeddedStack) -> None:
    await stack.api.create_room("same", RoomKind.SIMPLE)
    async with await person(stack, "same", "a") as a, await person(stack, "same", "b") as b:
        first, second = await asyncio.gather(a.initial_data(), b.initial_data())
    assert encryption_of(first)["encryption_key"] == encryption_of(second)["encryption_key"]


async def test_a_zero_knowledge_room_prompts_and_holds_no_key(stack: EmbeddedStack) -> None:
    created = await stack.api.create_room("zero", RoomKind.ZERO_KNOWLEDGE)
    assert '"encryption_key"' not in created["room_info"]["metadata"]
    async with await person(stack, "zero", "alice") as alice:
        assert alice.verified.enabled_self_insert_encryption_key
        encryption = encryption_of(await alice.initial_data())
    assert encryption["is_enabled"]
    assert "encryption_key" not in encryption


async def test_a_plain_room_tells_nothing_of_encryption(stack: EmbeddedStack) -> None:
    await stack.api.create_room("plain", RoomKind.PLAIN)
    async with await person(stack, "plain", "alice") as alice:
        assert not alice.verified.enabled_self_insert_encryption_key
        assert not encryption_of(await alice.initial_data())["is_enabled"]


async def test_others_are_told_about_joins_and_leaves(stack: EmbeddedStack) -> None:
    await stack.api.create_room("told", RoomKind.PLAIN)
    async with await person(stack, "told", "alice") as alice:
        await alice.hears(Event.PONG)
        async with await person(stack, "told", "bob"):
            joined = json.loads((await alice.hears(Event.USER_JOINED)).msg)
        left = json.loads((await alice.hears(Event.USER_DISCONNECTED)).msg)
    assert joined["user_id"] == left["user_id"] == "bob"


async def test_a_reloaded_page_is_admitted_at_once(stack: EmbeddedStack) -> None:
    await stack.api.create_room("reload", RoomKind.PLAIN)
    first = await person(stack, "reload", "alice")
    async with first:
        await first.hears(Event.PONG)
    async with Joiner(stack.endpoints, first.token) as second:
        await second.hears(Event.PONG)


async def test_a_second_page_of_a_present_participant_is_refused(stack: EmbeddedStack) -> None:
    await stack.api.create_room("twice", RoomKind.PLAIN)
    async with await person(stack, "twice", "alice") as alice:
        await alice.hears(Event.PONG)
        answer = await verify(stack.endpoints.server_url, alice.token)
    assert answer.msg == "notifications.room-disconnected-duplicate-entry"


async def test_chat_reaches_the_others_and_no_other_room(stack: EmbeddedStack) -> None:
    await stack.api.create_room("chat", RoomKind.PLAIN)
    await stack.api.create_room("other", RoomKind.PLAIN)
    async with (
        await person(stack, "chat", "alice") as alice,
        await person(stack, "chat", "bob") as bob,
        await person(stack, "other", "eve") as eve,
    ):
        heard = await bob.nc.subscribe(f"{subjects.CHAT}.chat")
        await bob.nc.flush()
        await alice.nc.publish(f"{subjects.CHAT}.chat", b"hello")
        assert (await heard.next_msg(timeout=DEADLINE_S)).data == b"hello"
        await eve.nc.subscribe(f"{subjects.CHAT}.chat")
        assert "permissions violation" in (await eve.denied()).lower()


async def test_private_data_is_delivered_untouched(stack: EmbeddedStack) -> None:
    await stack.api.create_room("private", RoomKind.SIMPLE)
    async with (
        await person(stack, "private", "alice") as alice,
        await person(stack, "private", "bob") as bob,
    ):
        header = json.dumps({"toUserId": "bob", "echoToSender": True, "type": "CHAT"})
        await alice.tell(Ask.REQ_PRIVATE_DATA_DELIVERY, header, b"\x00cipher")
        for one in (alice, bob):
            delivered = await one.hears(Event.DELIVERY_PRIVATE_DATA)
            assert (delivered.msg, delivered.bin_msg) == (header, b"\x00cipher")


async def test_ending_a_room_tells_those_inside_and_frees_its_id(stack: EmbeddedStack) -> None:
    first = await stack.api.create_room("ends", RoomKind.SIMPLE)
    async with await person(stack, "ends", "alice") as alice:
        await alice.hears(Event.PONG)
        await stack.api.end_room("ends")
        ended = await alice.hears(Event.SESSION_ENDED)
    assert ended.msg == "notifications.room-disconnected-room-ended"
    assert not await stack.api.is_room_active("ends")
    second = await stack.api.create_room("ends", RoomKind.SIMPLE)
    assert second["room_info"]["sid"] != first["room_info"]["sid"]
    secrets = [json.loads(one["room_info"]["metadata"]) for one in (first, second)]
    keys = [
        one["room_features"]["end_to_end_encryption_features"]["encryption_key"] for one in secrets
    ]
    assert keys[0] != keys[1]


async def test_a_token_is_renewed_over_the_bus(stack: EmbeddedStack) -> None:
    await stack.api.create_room("renew", RoomKind.PLAIN)
    async with await person(stack, "renew", "alice") as alice:
        await alice.tell(Ask.REQ_RENEW_PNM_TOKEN, alice.token)
        renewed = (await alice.hears(Event.RESP_RENEW_PNM_TOKEN)).msg
    assert jwt.decode(renewed, options={"verify_signature": False})["user_id"] == "alice"


@pytest.mark.parametrize("kind", [RoomKind.SIMPLE, RoomKind.ZERO_KNOWLEDGE])
async def test_recording_rtmp_and_audio_ai_are_refused_in_encrypted_rooms(
    stack: EmbeddedStack, kind: RoomKind
) -> None:
    room = f"refuse-{kind}"
    created = await stack.api.create_room(room, kind)
    token = await stack.api.join_token(room, "boss", "Boss", is_admin=True)
    sid, url = created["room_info"]["sid"], stack.endpoints.server_url
    task = pb.RecordingTasks
    recording = pb.RecordingReq(task=task.START_RECORDING, sid=sid)
    rtmp = pb.RecordingReq(task=task.START_RTMP, sid=sid, rtmp_url="rtmp://127.0.0.1/x")
    ai = pb.InsightsTranscriptionConfigReq(is_enabled=True)
    for path, request, words in (
        ("recording", recording, "encrypted room"),
        ("rtmp", rtmp, "encrypted room"),
        ("insights/transcription/configure", ai, "e2ee"),
        ("insights/ai/meetingSummarization/configure", ai, "e2ee"),
        ("ingress/create", pb.CreateIngressReq(), "ingress feature isn't allowed"),
        ("enableSipDialIn", pb.EnableSipDialInReq(), "sip dial feature isn't allow"),
    ):
        status, answer = await ask(url, path, token, request)
        assert status == 200, path
        assert not answer.status, path
        assert words in answer.msg, path


async def test_in_a_plain_room_a_recorder_is_started(stack: EmbeddedStack) -> None:
    import time

    import nats

    created = await stack.api.create_room("recorded", RoomKind.PLAIN)
    token = await stack.api.join_token("recorded", "boss", "Boss", is_admin=True)
    request = pb.RecordingReq(
        task=pb.RecordingTasks.START_RECORDING, sid=created["room_info"]["sid"]
    )
    ends = stack.endpoints
    nc = await nats.connect(ends.nats_url, user=ends.nats_user, password=ends.nats_password)
    try:
        bucket = await nc.jetstream().key_value(subjects.RECORDER_BUCKET)
        values = {0: "5", 1: str(int(time.time() * 1000)), 2: "2", 3: "0", 4: "0.1"}
        for number, value in values.items():
            await bucket.put(f"recorder_one-FIELD_{number}", value.encode())
        orders = []

        async def work(message: nats.aio.msg.Msg) -> None:
            order = pb.PlugNmeetToRecorder()
            order.ParseFromString(message.data)
            orders.append(order)
            await message.respond(pb.CommonResponse(status=True).SerializeToString())

        await nc.subscribe(subjects.RECORDER_CHANNEL, cb=work)
        await nc.flush()
        _, answer = await ask(ends.server_url, "recording", token, request)
    finally:
        await nc.close()
    assert answer.status, answer.msg
    assert [order.recorder_id for order in orders] == ["one"]
    assert orders[0].access_token


async def test_a_breakout_room_has_an_id_and_a_secret_of_its_own(stack: EmbeddedStack) -> None:
    await stack.api.create_room("parent", RoomKind.SIMPLE)
    token = await stack.api.join_token("parent", "boss", "Boss", is_admin=True)
    url = stack.endpoints.server_url
    rooms = [pb.BreakoutRoom(id="one", title="One", users=[pb.BreakoutRoomUser(id="boss")])]
    _, answer = await ask(url, "breakoutRoom/create", token, pb.CreateBreakoutRoomsReq(rooms=rooms))
    assert answer.status, answer.msg
    infos = [await stack.api.active_room_info(room) for room in ("parent", "parent-one")]
    blocks = [
        json.loads(info["room"]["room_info"]["metadata"])["room_features"][
            "end_to_end_encryption_features"
        ]
        for info in infos
    ]
    assert blocks[1]["is_enabled"]
    assert blocks[0]["encryption_key"] != blocks[1]["encryption_key"]


async def test_no_secret_and_no_token_is_in_the_log(stack: EmbeddedStack) -> None:
    created = await stack.api.create_room("quiet", RoomKind.SIMPLE)
    async with await person(stack, "quiet", "alice") as alice:
        await alice.initial_data()
    text = stack.logs["server"].read_text()
    features = json.loads(created["room_info"]["metadata"])["room_features"]
    assert features["end_to_end_encryption_features"]["encryption_key"] not in text
    assert alice.token not in text
    assert "quiet" in text
