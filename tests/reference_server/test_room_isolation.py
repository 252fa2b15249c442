"""A real bus isolates rooms, and the waiting room from its room, also for default inboxes."""

from __future__ import annotations

import asyncio

import nats
import pytest
from nats.aio.msg import Msg

from conformance.stacks.base import RoomKind
from conformance.stacks.embedded import EmbeddedStack
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects
from tests.reference_server.joiner import DEADLINE_S, Ask, Event, Joiner, ask, encryption_of, person

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]

WAITING = {"waiting_room_features": {"is_active": True}}


async def listen(joiner: Joiner) -> list[bytes]:
    """Listens to every inbox of the account."""
    heard: list[bytes] = []

    async def keep(message: Msg) -> None:
        heard.append(message.data)

    await joiner.nc.subscribe("_INBOX.>", cb=keep)
    await joiner.nc.flush()
    return heard


async def test_another_rooms_inboxes_are_not_readable(stack: EmbeddedStack) -> None:
    await stack.api.create_room("here", RoomKind.SIMPLE)
    await stack.api.create_room("there", RoomKind.SIMPLE)
    async with (
        await person(stack, "here", "eve") as eve,
        await person(stack, "here", "ed") as ed,
        await person(stack, "there", "alice") as alice,
    ):
        heard = await listen(eve)
        there = encryption_of(await alice.initial_data())["encryption_key"].encode()
        here = encryption_of(await ed.initial_data())["encryption_key"].encode()
        await eve.initial_data()
    assert any(here in data for data in heard)  # inboxes of the same room are readable
    assert not any(there in data for data in heard)


async def test_the_servers_account_hears_the_rooms_channels(stack: EmbeddedStack) -> None:
    await stack.api.create_room("tapped", RoomKind.PLAIN)
    at = stack.endpoints
    tap = await nats.connect(at.nats_url, user=at.nats_user, password=at.nats_password)
    try:
        heard = await tap.subscribe(f"{subjects.CHAT}.tapped")
        await tap.flush()
        async with await person(stack, "tapped", "alice") as alice:
            await alice.nc.publish(f"{subjects.CHAT}.tapped", b"hello")
            assert (await heard.next_msg(timeout=DEADLINE_S)).data == b"hello"
    finally:
        await tap.close()


async def test_a_person_in_the_waiting_room_gets_neither_secret_nor_media(
    stack: EmbeddedStack,
) -> None:
    await stack.api.create_room("waits", RoomKind.SIMPLE, features=WAITING)
    async with (
        await person(stack, "waits", "host", is_admin=True) as host,
        await person(stack, "waits", "guest") as guest,
    ):
        heard = await listen(guest)
        secret = encryption_of(await host.initial_data())["encryption_key"]
        data = await guest.initial_data()
        assert data["local_user"]["metadata"]["wait_for_approval"]
        assert "encryption_key" not in encryption_of(data)
        await guest.tell(Ask.REQ_RENEW_PNM_TOKEN, guest.token)
        await guest.tell(Ask.REQ_MEDIA_SERVER_DATA)
        await guest.hears(Event.SYSTEM_NOTIFICATION)
        told = {one.event for one in guest.events}
        assert not told & {Event.RES_MEDIA_SERVER_DATA, Event.RESP_RENEW_PNM_TOKEN}
        assert heard
        assert not any(secret.encode() in one for one in heard)
        await guest.nc.subscribe(f"{subjects.CHAT}.waits")
        assert "permissions violation" in (await guest.denied()).lower()


async def test_approval_admits_a_person_with_the_secret(stack: EmbeddedStack) -> None:
    await stack.api.create_room("approves", RoomKind.SIMPLE, features=WAITING)
    async with await person(stack, "approves", "host", is_admin=True) as host:
        await host.hears(Event.PONG)
        guest = await person(stack, "approves", "guest")
        async with guest:
            await guest.initial_data()
            closed = asyncio.create_task(guest.until_closed())
            url, request = stack.endpoints.server_url, pb.ApproveWaitingUsersReq(user_id="guest")
            _, no = await ask(url, "waitingRoom/approveUsers", guest.token, request)
            assert no.msg == "only admin can perform this task"
            _, yes = await ask(url, "waitingRoom/approveUsers", host.token, request)
            assert yes.status, yes.msg
            await asyncio.wait_for(closed, 5)
        async with Joiner(stack.endpoints, guest.token) as again:
            update = await again.hears(Event.ROOM_METADATA_UPDATE)
            assert "encryption_key" in update.msg
            data = await again.initial_data()
            assert len(encryption_of(data)["encryption_key"]) == 32
            assert not data["local_user"]["metadata"]["wait_for_approval"]
            await again.tell(Ask.REQ_MEDIA_SERVER_DATA)
            await again.hears(Event.RES_MEDIA_SERVER_DATA)
        _, nobody = await ask(
            url,
            "waitingRoom/approveUsers",
            host.token,
            pb.ApproveWaitingUsersReq(user_id="nobody"),
        )
        assert nobody.msg == "user not found"


async def test_a_client_that_stays_after_the_end_is_disconnected(stack: EmbeddedStack) -> None:
    await stack.api.create_room("stays", RoomKind.SIMPLE, features=WAITING)
    async with (
        await person(stack, "stays", "host", is_admin=True) as host,
        await person(stack, "stays", "guest") as guest,
    ):
        await host.hears(Event.PONG)
        await guest.hears(Event.PONG)
        closed = asyncio.gather(host.until_closed(), guest.until_closed())
        await stack.api.end_room("stays")
        await host.hears(Event.SESSION_ENDED)
        await guest.hears(Event.SESSION_ENDED)
        await asyncio.wait_for(closed, 10)
