"""A secret in a token, a header or a cookie is found, and markers prove that the reader reads."""

from __future__ import annotations

import base64
import json

import jwt
import pytest

from conformance.bench.core.evaluation import control, holds
from conformance.bench.secrets.carriers import IN_EACH_HEADER, Carriers
from conformance.verdicts import ClaimFailed, ControlFailed

SECRET = "kR7wPz0aVbN4uYt6QmX2cJ8hLs1dGf3E"
NAME = "someone-0a1b2c3d4e5f"


def token(**more: object) -> bytes:
    return jwt.encode({"name": NAME, **more}, "k" * 32, algorithm="HS256").encode()


def carriers(*items: tuple[str, bytes]) -> Carriers:
    found = Carriers(SECRET, [NAME, IN_EACH_HEADER], "session-1", "room-1")
    found.add("token", "an access token", token())
    found.add("link", "the link", b"https://meet.example/?access_token=" + token())
    found.add("header", "GET /", b"content-type: text/html\n")
    found.add("answer", "getJoinToken", json.dumps({"token": token().decode()}).encode())
    for kind, data in items:
        found.add(kind, "x", data)
    return found


async def test_what_carries_no_secret_passes() -> None:
    honest = carriers()
    await control(honest.markers_are_found())
    await holds(honest.carry_no_secret())


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("token", token(room_key=SECRET)),
        ("token", token(metadata=base64.b64encode(SECRET.encode()).decode())),
        ("header", b"x-room: " + SECRET.encode().hex().encode()),
        (
            "header",
            b"set-cookie: a="
            + base64.urlsafe_b64encode(json.dumps({"k": SECRET}).encode()).rstrip(b"="),
        ),
        ("data about people", SECRET[::-1].encode()),
        ("link", b"https://meet.example/?access_token=" + token(k=SECRET)),
    ],
)
async def test_a_secret_is_found_where_others_can_read_it(kind: str, data: bytes) -> None:
    with pytest.raises(ClaimFailed, match="the secret"):
        await holds(carriers((kind, data)).carry_no_secret())


async def test_without_a_marker_nothing_is_proven() -> None:
    deaf = Carriers(SECRET, [NAME], "session-1", "room-1")
    deaf.add("answer", "x", b"nothing")
    with pytest.raises(ControlFailed, match="a marker is found"):
        await control(deaf.markers_are_found())
