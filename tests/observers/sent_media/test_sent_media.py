"""Pictures and sound are found and read in what leaves, whatever they are wrapped in."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import urllib.parse
import wave
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from conformance.keys.messages import MessageRefused, open_message, seal_message
from conformance.observers.leaks import Place
from conformance.observers.marks import tones
from conformance.observers.marks.code import Reading, encode_luma
from conformance.observers.sent_media import child as media_child
from conformance.observers.sent_media.bodies import Body, bodies_in, joined, unknown_in
from conformance.observers.sent_media.reading import Seen, _seen, read_bodies

PLACE = Place("HTTP body", "POST /note")
WHO = 4711


def picture(form: str = "JPEG", size: tuple[int, int] = (320, 180), mirror: bool = False) -> bytes:
    luma = encode_luma(Reading(WHO, "camera", 5), *size)
    out = io.BytesIO()
    Image.fromarray(luma[:, ::-1] if mirror else luma).convert("RGB").save(out, form)
    return out.getvalue()


def samples(rate: int, seconds: float = 0.6) -> np.ndarray:
    n = np.arange(int(rate * seconds)) / rate
    low, high = tones.pair_of(WHO)
    return 0.3 * np.sin(2 * np.pi * low * n) + 0.3 * np.sin(2 * np.pi * high * n)


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((samples(16_000) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def read(bodies: list[Body]) -> list[Seen]:
    """As `read_bodies` does, but in this process."""
    return [_seen(one, media_child.read(one.form.partition(" in ")[0], one.data)) for one in bodies]


def readings(item: bytes) -> set[int]:
    return {identity for one in read(bodies_in(PLACE, item)) for identity in one.identities()}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_each_form_of_picture_is_read(form: str) -> None:
    assert readings(picture(form)) == {WHO}


WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "itself": lambda one: one,
    "in a form": lambda one: b"--x\r\ncontent-type: image/jpeg\r\n\r\n" + one + b"\r\n--x--",
    "in a packet": lambda one: b"\x0a\x05hello" + one,
    "data URL": lambda one: b'{"a":"data:image/jpeg;base64,%s"}' % base64.b64encode(one),
    "base64url": lambda one: b"q=" + base64.urlsafe_b64encode(one),
    "percent": lambda one: urllib.parse.quote(base64.b64encode(one)).encode(),
    "lines": lambda one: json.dumps(base64.encodebytes(one).decode()).encode(),
    "hex": lambda one: one.hex().encode(),
    "gzip": gzip.compress,
    "numbers": lambda one: json.dumps(list(one)).encode(),
    "gzip in base64": lambda one: base64.b64encode(gzip.compress(one)),
}


@pytest.mark.parametrize("how", WRAPPED)
def test_a_picture_is_read_in(how: str) -> None:
    assert readings(WRAPPED[how](picture())) == {WHO}


async def test_another_process_reads() -> None:
    seen = await read_bodies([*bodies_in(PLACE, picture()), *bodies_in(PLACE, wav())])
    assert [one.identities() for one in seen] == [{WHO}, set()]


def test_a_mirrored_picture_is_read() -> None:
    assert readings(picture(mirror=True)) == {WHO}


def test_a_picture_in_pieces_is_read() -> None:
    whole = picture()
    pieces = [(PLACE, whole[:3000]), (PLACE, whole[3000:])]
    assert {one for _, data in list(joined(pieces))[-1:] for one in readings(data)} == {WHO}


def test_sound_is_heard() -> None:
    (seen,) = read(bodies_in(PLACE, wav()))
    assert seen.hears(WHO)


def test_what_cannot_be_read_is_said() -> None:
    (seen,) = read(bodies_in(PLACE, picture()[:40] + bytes(100)))
    assert not seen.is_decoded
    assert seen.body.whole


RAW: dict[str, bytes] = {
    "RGBA": np.repeat(encode_luma(Reading(WHO, "camera", 5), 160, 90), 4).tobytes(),
    "gray": encode_luma(Reading(WHO, "camera", 5), 320, 180).tobytes(),
}


@pytest.mark.parametrize("how", RAW)
def test_raw_pictures_are_read(how: str) -> None:
    unknown = unknown_in(PLACE, RAW[how], lambda _: False)
    (seen,) = read(unknown)
    assert seen.identities() == {WHO}


@pytest.mark.parametrize("kind", ["<i2", "<f4"])
def test_raw_sound_is_heard(kind: str) -> None:
    scale = 32767 if kind == "<i2" else 1
    data = (samples(48_000) * scale).astype(kind).tobytes()
    (seen,) = read(unknown_in(PLACE, data, lambda _: False))
    assert seen.hears(WHO)


def unknown(data: bytes, key: bytes | None = None) -> list[Body]:
    def opens(blob: bytes) -> bool:
        try:
            return key is not None and bool(open_message(blob, key))
        except (MessageRefused, ValueError):
            return False

    return unknown_in(PLACE, data, opens)


def test_noise_is_unknown_and_sealed_data_is_not() -> None:
    key, noise = os.urandom(32), os.urandom(10_000)
    assert len(unknown(noise)) == 1
    assert len(unknown(base64.b64encode(noise))) == 1
    assert unknown(seal_message(noise, key), key) == []


@pytest.mark.parametrize(
    "data",
    [
        b"short" + os.urandom(1000),
        json.dumps({"sdp": "v=0\r\no=- 1\r\n" * 900}).encode(),
        gzip.compress(b"v=0 candidate " * 9000),
        b"\x08\x01\x12\xff\x7f" + gzip.compress(os.urandom(3000).hex().encode(), 1),
        b"\x0a\x88\x27" + b"a=candidate:1 1 udp 2 10.0.0.1 typ host\r\n" * 200,
        "wörter und sätze ".encode() * 500,
    ],
)
def test_texts_and_small_data_are_explained(data: bytes) -> None:
    assert unknown(data) == []
