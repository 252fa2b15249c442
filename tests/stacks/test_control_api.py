"""The control API sends the article's request, signed, and reports refusals in one clear line."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable

import httpx
import pytest

from conformance.stacks.control_api import ControlApi, ServerRefused, ServerUnreachable
from conformance.stacks.kinds import RoomKind
from conformance.stacks.processes.ports import PortBlock

Handler = Callable[[httpx.Request], httpx.Response]


def api(handler: Handler) -> ControlApi:
    made = ControlApi("http://localhost:1/", "key", "secret")
    made._http = httpx.AsyncClient(base_url=made.url, transport=httpx.MockTransport(handler))
    return made


@pytest.mark.parametrize(
    ("kind", "own_key"), [(RoomKind.SIMPLE, False), (RoomKind.ZERO_KNOWLEDGE, True)]
)
async def test_an_encrypted_room_is_requested_as_in_the_article(
    kind: RoomKind, own_key: bool
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"status": True, "msg": "success"})

    await api(answer).create_room("room-1", kind)

    (request,) = seen
    body = json.loads(request.content)
    assert body["room_id"] == "room-1"
    block = body["metadata"]["room_features"]["end_to_end_encryption_features"]
    assert block["is_enabled"] is True
    assert block["enabled_self_insert_encryption_key"] is own_key
    assert request.headers["API-KEY"] == "key"
    expected = hmac.new(b"secret", request.content, hashlib.sha256).hexdigest()
    assert request.headers["HASH-SIGNATURE"] == expected


async def test_a_plain_room_has_no_encryption_block() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content)["metadata"]["room_features"] == {}
        return httpx.Response(200, json={"status": True})

    await api(answer).create_room("room-1", RoomKind.PLAIN)


async def test_a_wrong_key_quotes_the_servers_refusal_with_a_fix() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        body = {
            "status": False,
            "msg": "Invalid API key provided.",
            "status_code": "INVALID_API_KEY",
        }
        return httpx.Response(401, json=body)

    with pytest.raises(ServerRefused, match="check the API key and secret") as caught:
        await api(answer).is_room_active("room-1")
    assert caught.value.status_code == "INVALID_API_KEY"
    assert caught.value.msg == "Invalid API key provided."
    assert "\n" not in str(caught.value)


async def test_a_page_that_is_no_server_is_recognised() -> None:
    with pytest.raises(ServerRefused, match="not a Plug-N-Meet server's root"):
        await api(lambda _: httpx.Response(404, text="<html>")).end_room("room-1")


async def test_no_server_at_the_address_gives_one_clear_line() -> None:
    block = PortBlock()
    port = block.take()
    block.release()
    async with ControlApi(f"http://localhost:{port}", "key", "secret") as nobody:
        with pytest.raises(
            ServerUnreachable, match=f"no server answers at http://localhost:{port}"
        ):
            await nobody.is_room_active("room-1")


async def test_a_signature_can_be_wrong_or_left_out_on_purpose() -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(401, json={"status": False})

    asked = api(answer)
    await asked.post_signed("/auth/room/create", b"{}", headers={"HASH-SIGNATURE": "00"})
    await asked.post_signed("/auth/room/create", b"{}", headers={"HASH-SIGNATURE": None})
    assert seen[0]["HASH-SIGNATURE"] == "00"
    assert "HASH-SIGNATURE" not in seen[1]


@pytest.mark.parametrize("code", ["ROOM_NOT_FOUND", "ROOM_NOT_ACTIVE"])
async def test_a_room_that_the_server_ended_itself_is_ended(code: str) -> None:
    gone = {"status": False, "msg": "room not found or not active", "status_code": code}
    asked = api(lambda _: httpx.Response(200, json=gone))
    await asked.see_room_ended("room-1")
    assert asked.ended == {"room-1"}


async def test_a_room_that_the_server_does_not_end_is_reported() -> None:
    busy = {"status": False, "msg": "locked", "status_code": "CONFLICT"}
    with pytest.raises(ServerRefused, match="locked"):
        await api(lambda _: httpx.Response(200, json=busy)).see_room_ended("room-1")
