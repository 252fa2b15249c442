"""The command `conform vectors verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conformance.cli.vectors import app
from conformance.keys.published.locate import vectors_folder

FOLDER = vectors_folder()
RUNNER = CliRunner()


def _verify(*arguments: str | Path) -> tuple[int, str, str]:
    result = RUNNER.invoke(app, ["verify", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def _changed(folder: Path, name: str, tc_id: int, **fields: Any) -> Path:
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    for group in document["testGroups"]:
        for test in group["tests"]:
            if test["tcId"] == tc_id:
                test.update(fields)
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_published_vectors_pass_in_python() -> None:
    status, out, _ = _verify("--no-browser")
    assert status == 0
    assert out.startswith("Python: ")
    assert "all right" in out
    assert "WebCrypto: left out (--no-browser)" in out


def test_what_python_does_where_either_answer_is_right_is_said_by_flag() -> None:
    _, out, _ = _verify("--no-browser")
    assert "  LoneSurrogate: accepted 0, refused 32 (either is right)" in out
    assert "  OtherSession, NotSessionBound: accepted 9, refused 0 (either is right)" in out
    assert "  Av1: accepted 0, refused 2 (either is right)" in out


def test_a_mismatch_names_the_test_what_was_expected_and_what_was_got(tmp_path: Path) -> None:
    path = _changed(tmp_path, "key_derivation.json", 3, keyHex="00" * 16)
    status, out, _ = _verify(path, "--no-browser")
    assert status == 1
    assert "key_derivation.json tcId 3 (32 letters" in out
    assert f"expected keyHex {'00' * 16}, got keyHex " in out
    assert "1 wrong" in out


def _bad(kind: str, folder: Path) -> tuple[Path, str]:
    """The path of one kind of bad input, and the expected message."""
    path = folder / f"{kind}.json"
    match kind:
        case "missing":
            return path, "the file does not exist"
        case "empty":
            path.touch()
            return path, "not JSON"
        case "latin-1":
            path.write_bytes('{"comment": "é"}'.encode("latin-1"))
            return path, "not UTF-8 (byte 13)"
        case "not-json":
            path.write_text("{")
            return path, "not JSON (EOF while parsing"
        case "deep":
            path.write_text("[" * 100_000)
            return path, "not JSON (recursion limit"
        case "list":
            path.write_text("[]")
            return path, "not a vector file, the file: "
        case "other-schema":
            path.write_text('{"algorithm": "AES-GCM", "schema": "aead_test_schema.json"}')
            return path, "not a vector file"
    (folder / "none").mkdir()
    return folder / "none", "no vector file in this folder"


@pytest.mark.parametrize(
    "kind",
    ["missing", "empty", "latin-1", "not-json", "deep", "list", "other-schema", "empty-folder"],
)
def test_bad_input_gives_one_line_and_status_2(kind: str, tmp_path: Path) -> None:
    path, said = _bad(kind, tmp_path)
    status, out, err = _verify(path, "--no-browser")
    assert status == 2
    assert err.startswith(f"conform: {path}: ")
    assert said in err
    assert err.count("\n") == 1
    assert out == ""


def _no_program(kind: str, folder: Path) -> Path:
    path = folder / "chromium"
    if kind == "text":
        path.write_text("not a program")
    if kind == "ends":
        path.write_text("#!/bin/sh\nexit 1\n")
        path.chmod(0o755)
    return path


@pytest.mark.parametrize("kind", ["missing", "text", "ends"])
def test_a_browser_that_does_not_start_gives_one_line_and_status_2(
    kind: str, tmp_path: Path
) -> None:
    path = _no_program(kind, tmp_path)
    status, out, err = _verify("--browser-path", path)
    assert status == 2
    assert "Python: " in out, "what was found before is still reported"
    assert str(path) in err
    assert "--no-browser" in err
    assert err.count("\n") == 1


@pytest.mark.browser
def test_a_program_that_is_no_browser_gives_one_line_and_status_2(tmp_path: Path) -> None:
    path = tmp_path / "chromium"
    path.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Chromium 1.2.3\n')
    path.chmod(0o755)
    status, _, err = _verify("--browser-path", path)
    assert status == 2
    assert "did not start" in err
    assert err.count("\n") == 1


@pytest.mark.browser
def test_the_published_vectors_pass_in_the_browser() -> None:
    status, out, err = _verify()
    assert (status, err) == (0, "")
    assert "WebCrypto of chromium" in out
    assert out.count("all right") == 2


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "tc_id", "fields"),
    [
        ("key_derivation.json", 1, {"keyHex": "00" * 16}),
        ("media_frame.json", 1, {"plainHex": "78"}),
        ("media_frame.json", 1, {"keyHex": "00" * 16}),
        ("data_message.json", 1, {"messageHex": "00" * 40}),
        ("data_message.json", 1, {"messageB64": "AAAA"}),
    ],
)
def test_the_browser_notices_a_vector_that_is_wrong(
    name: str, tc_id: int, fields: dict[str, str], tmp_path: Path
) -> None:
    status, out, _ = _verify(_changed(tmp_path, name, tc_id, **fields))
    assert status == 1
    assert f"{name} tcId {tc_id} " in out.split("Python: ")[1].split("\n", 1)[1]
