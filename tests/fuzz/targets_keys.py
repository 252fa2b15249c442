"""Fuzz targets for `conformance.keys`: frames, messages, captures and vectors."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fuzz_target import target

from conformance.clients.vectors.program import _answer, _Broke
from conformance.keys import messages, packets
from conformance.keys.capture import (
    Capture,
    CaptureUnreadable,
    Combined,
    Frame,
    Sender,
    Track,
    differences,
    read_capture,
)
from conformance.keys.direct import direct_keys
from conformance.keys.frames import (
    Codec,
    FrameMalformed,
    FrameNotOurs,
    FrameRefused,
    clear_length,
    escape,
    open_frame,
    parse_frame,
    seal_frame,
    server_injected,
    unescape,
)
from conformance.keys.opener import Opener, sealed_frame
from conformance.keys.published.locate import vectors_folder
from conformance.keys.published.outcomes import python_outcomes
from conformance.keys.published.requests import requests
from conformance.keys.published.vectors import VectorsUnreadable, judged, load_vectors
from conformance.observers.sfu_tap.tracks import CapturedFrame, CapturedTrack, primary_of_red

KEY, IV = bytes(range(16)), bytes(range(100, 112))
TRAILER = b"trailer of a server"
CODECS = tuple(Codec)
SECRETS = ("a secret of the tests", "another one")
SLICE = bytes.fromhex("00000001 65 88")
MIMES = ("audio/opus", "video/vp8", "video/vp9", "video/h264", "video/h265")


def _sealed_frames() -> Iterator[bytes]:
    plains = (b"\x42" * 40, SLICE + bytes(20), bytes.fromhex("000000012601") + bytes(range(30)))
    for number, codec in enumerate(CODECS):
        for key_frame in (False, True):
            for plain in plains:
                head = bytes([number << 1 | key_frame])
                yield head + seal_frame(plain, KEY, IV, codec, key_frame)


@target(_sealed_frames)
def frames(data: bytes) -> None:
    """The first byte chooses codec and kind, the rest is the frame."""
    choice, frame = data[0] if data else 0, data[1:]
    codec, key_frame = CODECS[(choice >> 1) % len(CODECS)], bool(choice & 1)
    assert clear_length(frame, codec, key_frame) >= 0
    assert unescape(escape(frame)) == frame
    try:
        parsed = parse_frame(frame, codec, key_frame)
    except FrameMalformed:
        parsed = None
    sealed = sealed_frame(frame, codec, key_frame)
    assert (sealed is None) == (parsed is None)
    if parsed is not None:
        assert len(parsed.clear) + len(parsed.ciphertext) + 30 <= len(frame)
        assert (len(parsed.tag), len(parsed.iv)) == (16, 12)
    _opens_only_with_its_key(frame, codec, key_frame)
    with contextlib.suppress(FrameNotOurs):
        assert server_injected(frame, b"") is None
        server_injected(frame, TRAILER)
        server_injected(frame + TRAILER, TRAILER)
    track = CapturedTrack("TR_1", mime=MIMES[(choice >> 1) % len(MIMES)])
    track.frames.append(CapturedFrame(frame, 0, key_frame, 0, 0, 0.0))
    track.tails[1] = frame[-48:]
    assert all((len(n), len(t)) == (12, 16) for n, t in track.sealed_ends(TRAILER))
    primary = primary_of_red(frame)
    assert primary is None or frame.endswith(primary)


def _opens_only_with_its_key(frame: bytes, codec: Codec, key_frame: bool) -> None:
    """Garbage never decrypts; data that does decrypt was encrypted with exactly that key."""
    sealed = sealed_frame(frame, codec, key_frame)
    assert sealed is None or Opener(bytes(32)).open(sealed) is None
    try:
        plain = open_frame(frame, KEY, codec, key_frame)
    except (FrameMalformed, FrameRefused):
        plain = None
    if plain is not None:
        index = parse_frame(frame, codec, key_frame).key_index
        again = seal_frame(plain, KEY, IV, codec, key_frame, index)
        assert open_frame(again, KEY, codec, key_frame) == plain
    with contextlib.suppress(FrameMalformed):
        made = seal_frame(frame, KEY, IV, codec, key_frame)
        try:
            assert open_frame(made, KEY, codec, key_frame) == frame
        except (FrameMalformed, FrameRefused):
            # The format is ambiguous: without a slice in the clear part, the ciphertext may
            # look like the start of one (livekit-client has the same problem).
            assert codec in (Codec.H264, Codec.H265)
            assert clear_length(made, codec, key_frame) != clear_length(frame, codec, key_frame)


@target(lambda: (packets.seal_packet(b"x" * n, KEY, IV, n) for n in (0, 5, 200)))
def data_packets(data: bytes) -> None:
    """LiveKit's EncryptedPacket."""
    for key, index in ((bytes(32), None), (KEY, 5), (KEY, None)):
        try:
            plain = packets.open_packet(data, key, index)
        except (packets.PacketMalformed, packets.PacketRefused):
            continue
        assert key == KEY
        assert packets.parse_packet(data).iv == IV
        assert len(plain) <= len(data)


@target(lambda: (messages.seal_message(b"x" * n, KEY, IV) for n in (0, 5, 200)))
def data_messages(data: bytes) -> None:
    """Chat, whiteboard and data channel."""
    for key in (bytes(32), KEY):
        try:
            plain = messages.open_message(data, key)
        except (messages.MessageMalformed, messages.MessageRefused):
            continue
        assert key == KEY
        assert messages.seal_message(plain, KEY, data[:12]) == data


@target(lambda: (b"", b"abc", b"00ff", b"QUJDRA==", "kľúč-🔑".encode(), bytes(64)))
def secrets(data: bytes) -> None:
    """A secret of any text gives keys of AES's two lengths."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = direct_keys(text)
    except UnicodeEncodeError:
        assert not text.isascii()
        return
    assert {len(key) for key in found.values()} == {16, 32}


def _captures() -> Iterator[bytes]:
    made = Combined(
        name="alice", secret=SECRETS[0], session_id="RM_1", source="typed", made=[KEY, b"short"]
    )
    frame = Frame(data=seal_frame(b"\x42" * 30, KEY, IV, Codec.OPUS, False))
    sender = Sender(
        name="alice",
        combined="alice",
        sif_trailer=TRAILER,
        tracks=[Track(channel="audio", codec=Codec.OPUS, encryption="gcm", frames=[frame])],
        messages=[messages.seal_message(b"hello", KEY, IV)],
    )
    capture = Capture(combined=[made], senders=[sender])
    capture.said = capture.try_all()
    yield capture.model_dump_json().encode()
    yield b"[" * 5000
    yield b'{"format": "plugnmeet-conformance capture 1", "\\u001b[2J": 1}'


@target(_captures)
def captures(data: bytes) -> None:
    """A finding's folder from another person."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "capture.json").write_bytes(data)
        try:
            capture = read_capture(Path(folder))
        except CaptureUnreadable:
            return
    if all(one.secret in SECRETS and one.session_id == "RM_1" for one in capture.combined):
        found = capture.try_all()
        assert all(0 <= one.opened <= one.of for one in found)
        differences(capture.said, found)


def _vector_files() -> Iterator[bytes]:
    """The published files, each with the first tests of its groups: a fuzzer likes them small."""
    for path in sorted(vectors_folder().glob("*.json")):
        whole = json.loads(path.read_bytes())
        if "testGroups" not in whole:
            continue
        for group in whole["testGroups"]:
            group["tests"] = group["tests"][:1]
        whole["testGroups"] = whole["testGroups"][:2]
        whole["numberOfTests"] = sum(len(group["tests"]) for group in whole["testGroups"])
        yield json.dumps(whole).encode()
    yield b"[" * 5000
    yield b'{"\\u001b[2J": 1}'


_CHEAP = frozenset({"MediaFrame", "DataMessage", "EncryptedPacket"})


@target(_vector_files)
def vector_files(data: bytes) -> None:
    """Another person's vector file; only groups without a derivation for each test are computed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.json"
        file.write_bytes(data)
        try:
            loaded = load_vectors(file)
        except VectorsUnreadable:
            return
    for path, vectors in loaded.items():
        assert len(list(requests(vectors))) >= vectors.number_of_tests
        cheap = all(group.type in _CHEAP for group in vectors.test_groups)
        for mismatch in judged(path, vectors, python_outcomes(vectors) if cheap else {}):
            assert str(mismatch)


@target(
    lambda: (
        b'{"id": 7, "plainHex": "00"}\n',
        b'{"id": 7, "refused": "\\u001b[2J no"}\n',
        b"\x1b[2J\n",
        b"[" * 5000,
    )
)
def adapter_lines(data: bytes) -> None:
    """A line of a program that is asked about the vectors."""
    try:
        got = _answer(data, 7)
    except _Broke as broke:
        line = str(broke)
    else:
        line = ""
        assert all(isinstance(value, str | int) for value in got.values())
    assert line.isprintable()
