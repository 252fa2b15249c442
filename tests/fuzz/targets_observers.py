"""Fuzz targets for the observers and reports, from pictures to other people's results."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tempfile
import wave
import zlib
from collections.abc import Iterator
from pathlib import Path

import brotli
import cbor2
import msgpack
import numpy as np
import zstandard
from fuzz_target import target

from conformance.judging import run_verdict
from conformance.observers.leaks import LeakReader, Limits, Needle, Place
from conformance.observers.marks import tones
from conformance.observers.marks.code import Box, Reading, decode_luma, encode_luma
from conformance.observers.media.av1 import reads_as_av1
from conformance.observers.provider.server import _object
from conformance.observers.provider.words import NoSound, Recogniser, words_in_text, words_in_wav
from conformance.observers.sfu_tap.tracks import Forwarded
from conformance.reports.compare import RunNotReadable, as_markdown, compare, read_run
from conformance.reports.model import Results
from conformance.reports.schema_versions import parse_finding
from conformance.verdicts import Finding, Judgement, RunVerdict

NEEDLE = Needle("secret", b"Zq3vXw8TjL5mNc2RbY7hKd4PfGs6UeAo", is_text=True)
LIMITS = Limits(depth=4, output=2**20, one=2**18, tries=64)
MARK = Reading(0xBEEF, "camera", 4711)
WIDTH = 72


def _wrapped() -> Iterator[bytes]:
    value = b'{"key": "' + NEEDLE.value + b'"}'
    yield value
    yield gzip.compress(value, mtime=0)
    yield zlib.compress(value)
    yield base64.b64encode(gzip.compress(base64.b64encode(value), mtime=0))
    yield json.dumps({"a": json.dumps({"b": value.decode()})}).encode()
    yield value.hex().encode()
    yield b"".join(b"%%%02x" % byte for byte in value)
    yield base64.b32encode(value)
    yield base64.b85encode(value)
    yield json.dumps(list(value)).encode()
    yield brotli.compress(value)
    yield zstandard.compress(value)
    yield msgpack.packb({"a": list(value)})
    yield cbor2.dumps({"a": list(value)})
    yield b"\x0a" + bytes([len(value)]) + value
    yield b'"\\ud83d\\ude00 \\u00e9 \\n \\x \\N{BULLET} \\'


_reader: list[LeakReader] = []


@target(_wrapped)
def leaks(data: bytes) -> None:
    """The search is bounded, and the masked text of a find never shows the secret."""
    if not _reader:
        _reader.append(LeakReader([NEEDLE], LIMITS))
    reader = _reader[0]
    found = reader.read(Place("HTTP body", "POST /x"), data)
    if data.count(NEEDLE.value):
        assert found
    for leak in found:
        assert leak.needle is NEEDLE
        assert NEEDLE.value.decode() not in str(leak) + leak.context
        assert leak.offset >= 0
    reader.reading.leaks.clear()


TEMPORAL_DELIMITER = b"\x12\x00"
PICTURE = b"\x32\x02ab"


@target(lambda: (TEMPORAL_DELIMITER + PICTURE, PICTURE + b"\x30ab", b"\x36\x00\x02ab", b"\x32\xff"))
def av1_frames(data: bytes) -> None:
    """Units before a row change nothing about whether the rest is one."""
    reads = reads_as_av1(data)
    assert reads_as_av1(TEMPORAL_DELIMITER + data) is reads
    if reads:
        assert reads_as_av1(PICTURE + data)


def _pictures() -> Iterator[bytes]:
    yield encode_luma(MARK, WIDTH, 40).tobytes()
    yield encode_luma(MARK, WIDTH, 60).tobytes()
    yield bytes(WIDTH * 40)


@target(_pictures)
def pictures(data: bytes) -> None:
    """Rows of pixels, with and without bars, and a place in them: only the drawn mark is read."""
    rows = len(data) // WIDTH
    luma = np.frombuffer(data[: rows * WIDTH], np.uint8).reshape(rows, WIDTH)
    assert decode_luma(luma) in (None, MARK)
    if rows >= 20:
        assert decode_luma(luma, Box(0, 0, WIDTH, rows)) in (None, MARK)
        assert decode_luma(luma, Box(0.5, 0.25, WIDTH - 1.0, rows - 0.5)) in (None, MARK)


PAIR = tones.PAIRS[17]


def _wavs() -> Iterator[bytes]:
    for rate in (8_000, 16_000):
        at = np.arange(rate * 6 // 10) / rate
        sound = sum(np.sin(2 * np.pi * hertz * at) for hertz in PAIR)
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(rate)
            writer.writeframes((np.asarray(sound) * 8_000).astype("<i2").tobytes())
        yield file.getvalue()


@target(_wavs)
def provider_sounds(data: bytes) -> None:
    """What is sent to the AI provider for transcription."""
    try:
        seconds, _ = words_in_wav(data)
        assert 0 <= seconds <= len(data)
    except NoSound:
        pass
    ear = Recogniser(8_000)
    ear.feed(data)
    assert ear.seconds >= 0


@target(lambda: (b'{"messages": [{"content": "tone-600-960"}]}', b"[" * 5000, b'{"a": 1e999}'))
def provider_texts(data: bytes) -> None:
    """What is sent to the AI provider in JSON."""
    text = data.decode("utf-8", "replace")
    try:
        asked = _object(text)
    except ValueError:
        asked = {}
    assert isinstance(asked, dict)
    assert len(words_in_text(text)) <= 10_000


def _told() -> Iterator[bytes]:
    frame = {"sid": "TR_1", "data": "QUJD", "size": 3, "n": 1, "key": True, "at": 1e12}
    yield json.dumps(
        {
            "tracks": [{"sid": "TR_1", "seen": 3, "cut": 1, "mime": "audio/red"}],
            "said": [{"sid": "TR_1", "identity": "alice", "kind": "audio", "encryption": 1}],
            "frames": [frame, frame | {"size": 99}, frame | {"data": "*"}],
            "leftOut": 0,
            "ended": None,
            "more": False,
        }
    ).encode()
    yield b'{"tracks": [7, {"sid": [[]]}], "frames": {"a": 1}, "leftOut": NaN}'


@target(_told)
def sfu_tap_pages(data: bytes) -> None:
    """What the SFU tap's page tells, names and codecs of the subject in it."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return
    forwarded = Forwarded()
    forwarded.take(told if isinstance(told, dict) else {})
    for track in forwarded.tracks.values():
        assert track.seen >= 0
        assert track.name
        track.sealed_ends(b"")


def _finding(requirement: str, reason: str) -> Finding:
    return Finding(
        requirement=requirement, room_kind="simple", check="x::y", verdict="fail", reason=reason
    )


def _results() -> Iterator[bytes]:
    for reason in ("as it is", "\x1b[2J <script> | `x` https://x.example"):
        found = [_finding("WRONG-2", reason)]
        results = Results(
            run_id="run",
            started="2026-11-23T12:40:03+00:00",
            command="conform run",
            stack="embedded",
            client="reference",
            verdict=run_verdict(found),
            findings=found,
        )
        yield results.model_dump_json().encode()
        yield (
            results.model_dump_json()
            .replace('"room_kind"', '"channel"')
            .replace('"schema_version":2', '"schema_version":1')
            .encode()
        )
    yield b"[" * 5000
    yield b'{"\\u001b[2J": 1}'


EMPTY = RunVerdict(verdict="pass", exit_code=0, judgements=[])
OTHER = Results(
    run_id="old", started="", command="", stack="", client="", verdict=EMPTY, findings=[]
)


@target(_results)
def results_files(data: bytes) -> None:
    """Another person's results.json, compared with another run."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        file.write_bytes(data)
        try:
            read = read_run(file)
        except RunNotReadable:
            return
    for found in (compare(OTHER, read), compare(read, OTHER)):
        for change in found.changes:
            shown = change.about + change.before + change.after
            assert "\x1b" not in shown
        assert "<" not in as_markdown(found)


@target(
    lambda: (_finding("WRONG-2", "x").model_dump_json().encode(), b'{"requirement": "\\u001b"}')
)
def findings_kept(data: bytes) -> None:
    """A finding.json beside a capture, as it is shown on a terminal."""
    try:
        finding = Finding.model_validate(parse_finding(data))
    except ValueError:
        return
    for text in (finding.requirement, finding.room_kind, finding.reason, finding.waiver or ""):
        assert "\x1b" not in text
    Judgement.model_validate(
        finding.model_dump(include={"requirement", "room_kind", "verdict", "reason"})
        | {"checks": 1}
    )
