"""What leaves a sender: each frame counts, on each layer, and a missing transform is a find."""

from __future__ import annotations

import base64
import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.bench.core import candidate_keys
from conformance.bench.core.claims import Observation
from conformance.bench.crypto import media_keys, sent_frames
from conformance.bench.crypto.clear_parts import clear_beside, foreign_units
from conformance.bench.crypto.sent_frames import everything_sent_is_sealed
from conformance.keys.frames import Codec, seal_frame
from conformance.keys.opener import sealed_frame
from conformance.keys.profiles import PROFILES
from conformance.observers.page.sender_tap import SenderTap

SECRET, SESSION = "the right one", "session-1"
KEY = PROFILES["livekit-pbkdf2-raw"].derive(SECRET, SESSION)
TOC = b"\x78"


class Tap(SenderTap):
    """A tap without a page."""

    async def look(self, page: Any) -> None:
        """Nothing to fetch."""


@dataclass
class Person:
    secret: str = SECRET
    session: str = SESSION
    room: str = "room-1"
    name: str = "alice"
    page: None = None
    made_keys: None = None
    sender_tap: Tap = field(default_factory=Tap)


@pytest.fixture(autouse=True)
def _people_without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (media_keys, candidate_keys):
        for name in ("secret_of", "session_of", "room_of"):
            getter = operator.attrgetter(name.removesuffix("_of"))
            monkeypatch.setattr(module, name, getter, raising=False)


def sealed(count: int, key: bytes = KEY, codec: Codec = Codec.OPUS) -> list[bytes]:
    return [
        seal_frame(TOC + os.urandom(40), key, os.urandom(12), codec, False) for _ in range(count)
    ]


def clear(count: int) -> list[bytes]:
    return [TOC + os.urandom(40) + b"\x00\x01" for _ in range(count)]


def put(
    person: Person, frames: Sequence[bytes], mime: str = "audio/opus", *, kept: bool = True
) -> None:
    name = f"s-0/{len(person.sender_tap.streams)}/{mime}"
    unsealed = sum(not (len(one) > 30 and one[-2] == 12) for one in frames)
    layer = {
        "sender": "s-0", "ssrc": 1, "mime": mime,
        "frames": len(frames), "bytes": sum(map(len, frames)), "unsealed": unsealed,
    }  # fmt: skip
    rows = [
        [name, n, 0, 1000 * n, len(one), base64.b64encode(one if kept else one[-48:]).decode()]
        for n, one in enumerate(frames)
    ]
    person.sender_tap.take({"layers": {name: layer}, "rows": rows})


def sender(person: Person, **more: object) -> None:
    row = {"id": "s-0", "kind": "audio", "label": "Marked microphone", "way": "encoded streams"}
    person.sender_tap.take({"senders": [{**row, "sent": 9000, "plain": 0, **more}]})


async def judged(*people: Person) -> Observation:
    everybody: Any = people
    return await everything_sent_is_sealed(everybody).look()


async def test_frames_that_all_open_hold() -> None:
    alice, nobody = Person(), Person(name="nemo", secret="")
    put(alice, sealed(60))
    sender(alice)
    seen = await judged(alice, nobody)
    assert seen.true, seen.words


async def test_nothing_seen_is_no_evidence() -> None:
    seen = await judged(Person())
    assert (seen.true, seen.readable) == (False, False)


@pytest.mark.parametrize("kept", [True, False])
async def test_a_single_frame_without_a_trailer_fails_whole_or_not(kept: bool) -> None:
    alice = Person()
    put(alice, sealed(2000))
    put(alice, [*sealed(999), *clear(1)], kept=kept)
    seen = await judged(alice)
    assert (seen.true, seen.readable) == (False, True)
    assert "1 of 1000 frames" in seen.words


async def test_empty_frames_carry_nothing() -> None:
    alice = Person()
    put(alice, sealed(30))
    alice.sender_tap.take({"rows": [["s-0/0/audio/opus", 30, 0, 1, 0, ""]]})
    assert (await judged(alice)).true


async def test_many_frames_that_do_not_open_fail_and_a_few_are_inconclusive() -> None:
    one, other = Person(), Person()
    put(one, [*sealed(100), *sealed(30, os.urandom(16))])
    seen = await judged(one)
    assert (seen.true, seen.readable) == (False, True)
    put(other, [*sealed(500), *sealed(1, os.urandom(16)), *sealed(500)])
    seen = await judged(other)
    assert (seen.true, seen.readable) == (False, False)


async def test_an_unknown_formula_is_inconclusive_also_without_a_trailer() -> None:
    alice = Person()
    put(alice, sealed(50, os.urandom(16)))
    put(alice, clear(50))
    seen = await judged(alice)
    assert (seen.true, seen.readable) == (False, False)


@pytest.mark.parametrize(
    ("more", "readable"),
    [
        ({"way": "none", "plain": 9000}, True),
        ({"unwatched": True}, False),
        ({"id": "s-1", "sent": 90_000}, False),
        ({"id": "s-1", "sent": 900}, None),
    ],
)
async def test_senders_that_the_tap_does_not_account_for(
    more: dict[str, object], readable: bool | None
) -> None:
    alice = Person()
    put(alice, sealed(60))
    sender(alice, **more)
    seen = await judged(alice)
    assert (seen.true, seen.readable) == ((True, True) if readable is None else (False, readable))


async def test_av1_is_a_failure_in_clear_and_inconclusive_otherwise() -> None:
    one, other = Person(), Person()
    for person in (one, other):
        put(person, sealed(60))
    put(one, [b"\x12\x00\x32\x02ab"], "video/av1")
    put(other, [b"\x91\x07\xee\x31\x44"], "video/av1")
    seen = await judged(one)
    assert (seen.true, seen.readable) == (False, True)
    seen = await judged(other)
    assert (seen.true, seen.readable) == (False, False)


def h264(sei: bytes) -> bytes:
    sets = b"\x00\x00\x00\x01\x67\x42\x00\x1f" + b"\x00\x00\x00\x01\x68\xce\x38\x80"
    return sets + sei + b"\x00\x00\x00\x01\x65\x88" + os.urandom(60)


def user_data(content: bytes) -> bytes:
    return b"\x00\x00\x00\x01\x06\x05" + bytes([len(content)]) + content + b"\x80"


def beside(units: list[bytes]) -> int:
    frames = [
        sealed_frame(seal_frame(h264(one), KEY, os.urandom(12), Codec.H264, True), Codec.H264, True)
        for one in units
    ]
    assert None not in frames
    return clear_beside(frames, Codec.H264)


def test_user_data_that_changes_is_content_in_clear() -> None:
    changing = [user_data(bytes([0x80 | n]) * 40) for n in range(20)]
    assert beside(changing) == 20
    assert beside([b""] * 20) == 0
    assert beside([user_data(b"an encoder's own name")] * 20) == 0
    timing = [b"\x00\x00\x00\x01\x06\x01\x04" + bytes([0x80 | n]) * 4 + b"\x80" for n in range(20)]
    assert beside(timing) == 0


def test_other_codecs_have_no_room_for_units() -> None:
    assert foreign_units(b"\x00\x00\x01\x06\x05\x01a", Codec.VP8) == []
    assert sent_frames.longest_false([True, False, False, True]) == 2
