"""Captured bytes are written, read and decrypted again; a changed capture is recognised."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.evidence import app
from conformance.keys.capture import (
    FILE,
    Capture,
    CaptureUnreadable,
    Combined,
    Frame,
    Sender,
    Track,
    differences,
    read_capture,
)
from conformance.keys.frames import Codec, seal_frame
from conformance.keys.messages import seal_message
from conformance.keys.profiles import PROFILES
from conformance.reports.kept import keep
from conformance.verdicts import Finding, Verdict

SECRET, SESSION = "a secret that is long enough", "5a3c96e1-0f78-4b42-8d00-000000000001"
MEDIA, DATA = PROFILES["livekit-pbkdf2-raw"], PROFILES["session-bound-pbkdf2"]


def captured() -> Capture:
    """Ten sealed Opus frames, one that is no frame, and two messages of one person."""
    media, data = MEDIA.derive(SECRET, SESSION), DATA.derive(SECRET, SESSION)
    frames = [
        Frame(data=seal_frame(bytes([0xF8, *os.urandom(40)]), media, os.urandom(12), Codec.OPUS,
                              key_frame=False))
        for _ in range(10)
    ]  # fmt: skip
    made = Capture(
        combined=[
            Combined(name="alice's", secret=SECRET, session_id=SESSION, source="typed"),
            Combined(name="wrong", secret="x", session_id=SESSION, source="wrong on purpose"),
        ],
        senders=[
            Sender(
                name="alice",
                combined="alice's",
                tracks=[
                    Track(channel="audio", codec=Codec.OPUS, encryption="GCM",
                          frames=[*frames, Frame(data=b"\xf8\xff\xfe")])
                ],
                messages=[seal_message(b"one", data, os.urandom(12)),
                          seal_message(b"two", data, os.urandom(12))],
            )
        ],
    )  # fmt: skip
    made.said = made.try_all()
    return made


def kept(folder: Path, capture: Capture | None = None) -> tuple[Path, str]:
    finding = Finding(
        requirement="KEY-2",
        room_kind="simple",
        check="test",
        verdict=Verdict.PASS,
        reason="it opens",
    )
    evidence = keep(folder, finding, capture or captured())
    assert evidence is not None
    assert evidence.path is not None
    assert evidence.sha256 is not None
    file = folder / evidence.path
    assert hashlib.sha256(file.read_bytes()).hexdigest() == evidence.sha256
    return file.parent, evidence.sha256


def test_only_the_right_key_opens_and_malformed_frames_count() -> None:
    opened = {
        (one.key_of, one.profile, one.channel): (one.opened, one.of)
        for one in captured().said
        if one.opened
    }
    assert opened == {
        ("alice's", MEDIA.id, "audio"): (10, 11),
        ("alice's", DATA.id, "messages"): (2, 2),
    }


def test_a_kept_capture_opens_again_with_the_same_result(tmp_path: Path) -> None:
    folder, digest = kept(tmp_path)
    assert read_capture(folder) == read_capture(folder / FILE) == captured_again(folder)
    done = CliRunner().invoke(app, ["reopen", str(folder), "--sha256", digest])
    assert done.exit_code == 0, done.output
    assert "KEY-2 (simple): pass - it opens" in done.output
    assert "livekit-pbkdf2-raw" in done.output
    assert "The same: all" in done.output


def captured_again(folder: Path) -> Capture:
    return Capture.model_validate_json((folder / FILE).read_text("utf-8"))


def test_a_changed_frame_is_noticed(tmp_path: Path) -> None:
    changed = captured()
    frame = bytearray(changed.senders[0].tracks[0].frames[0].data)
    frame[5] ^= 1
    changed.senders[0].tracks[0].frames[0].data = bytes(frame)
    folder, _ = kept(tmp_path, changed)
    done = CliRunner().invoke(app, ["reopen", str(folder)])
    assert done.exit_code == 1
    assert "recorded 10 of 11, now 9 of 11" in done.output
    lines = differences(changed.said, read_capture(folder).try_all())
    assert lines == [f"{MEDIA.id} of alice's, on alice's audio: recorded 10 of 11, now 9 of 11"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "not a capture of this format"),
        (b"\xff\xfe", "not a capture of this format"),
        (b'{"format": "another", "combined": [], "senders": []}', "format"),
        (json.dumps({"combined": [], "senders": [], "more": 1}).encode(), "more"),
    ],
)
def test_an_invalid_capture_gives_one_line(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    with pytest.raises(CaptureUnreadable, match=words) as error:
        read_capture(tmp_path)
    assert "\n" not in str(error.value)
    done = CliRunner().invoke(app, ["reopen", str(tmp_path)])
    assert done.exit_code == 2


def test_another_digest_is_noticed(tmp_path: Path) -> None:
    folder, _ = kept(tmp_path)
    done = CliRunner().invoke(app, ["reopen", str(folder), "--sha256", "00"])
    assert done.exit_code == 2
    assert "was changed" in done.output


def test_the_clients_own_keys_are_tried_by_their_number_if_they_are_keys() -> None:
    capture = captured()
    media = MEDIA.derive(SECRET, SESSION)
    made = [b"short", bytes(16), bytes(32), media, bytes(17), bytes(33)]
    capture.combined = [
        Combined(name="a", secret="x", session_id=SESSION, source="typed", made=made)
    ]
    own = [one for one in capture.try_all() if one.profile.startswith("the client's own")]
    tried = [(one.profile, one.opened) for one in own if one.channel == "audio"]
    assert tried == [
        ("the client's own key 2", 0),
        ("the client's own key 3", 0),
        ("the client's own key 4", 10),
    ]


def test_differences_show_a_missing_result_as_nothing() -> None:
    one = captured().try_all()[0]
    start = f"{one.profile} of {one.key_of}, on {one.sender}'s {one.channel}: "
    shown = f"{one.opened} of {one.of}"
    assert differences([], [one]) == [f"{start}recorded nothing, now {shown}"]
    assert differences([one], []) == [f"{start}recorded {shown}, now nothing"]
