"""`conform vectors verify --program` with correct, wrong and hostile programs."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from conformance.cli.vectors import app
from conformance.keys.published.locate import vectors_folder

FOLDER = vectors_folder()
EXAMPLES = FOLDER / "examples"
MESSAGES = FOLDER / "data_message.json"
NODE = shutil.which("node")
PROGRAMS = [
    pytest.param(sys.executable, "py", id="python"),
    pytest.param(NODE, "mjs", id="node", marks=pytest.mark.skipif(not NODE, reason="no node")),
]


def _verify(program: str | Path, *arguments: str | Path) -> tuple[int, str, str]:
    words = ["verify", *map(str, arguments), "--program", str(program)]
    result = CliRunner().invoke(app, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def _command(*words: str | Path) -> str:
    return shlex.join(map(str, words))


@pytest.mark.parametrize(("runner", "ending"), PROGRAMS)
def test_the_full_example_gets_every_vector_right(runner: str, ending: str) -> None:
    status, out, err = _verify(_command(runner, EXAMPLES / f"full.{ending}"))
    assert (status, err) == (0, ""), out
    assert "all right" in out
    assert "left out" not in out


@pytest.mark.parametrize(("runner", "ending"), PROGRAMS)
def test_the_short_example_gets_what_it_claims_right(runner: str, ending: str) -> None:
    command = _command(runner, EXAMPLES / f"short.{ending}")
    for name in ("data_message", "encrypted_packet"):
        assert _verify(command, FOLDER / f"{name}.json")[0] == 0
    skip = [word for codec in ("h264", "h265", "av1") for word in ("--skip", codec)]
    status, out, err = _verify(command, FOLDER / "media_frame.json", *skip)
    assert (status, err) == (3, ""), out
    assert " left out, all right" in out
    assert "left out by --skip, hence inconclusive: h264 (" in out


LOOP = """
import json, os, subprocess, sys, time
for line in sys.stdin:
    ask = json.loads(line)
    n = ask["id"]
    {}
"""
HOSTILE = {
    "hangs": ("time.sleep(600)", "no answer within 1 s"),
    "garbage": ("print('hello', flush=True)", "'hello' is no answer"),
    "control characters": (r"print('\x1b[2J\x07', flush=True)", "'?[2J?' is no answer"),
    "not UTF-8": (r"os.write(1, b'\xff\xfe\n')", "is no answer"),
    "list": ("print('[1]', flush=True)", "is no answer"),
    "deep": ("print('[' * 100000, flush=True)", "is no answer"),
    "no id": ("print('{}', flush=True)", "is no answer"),
    "true for an id": ("""print('{"id": true}', flush=True)""", "is no answer"),
    "huge line": ("print('x' * 3_000_000, flush=True)", "a line of more than 1048576 bytes"),
    "endless line": ("while True: os.write(1, b'x' * 65536)", "a line of more than 1048576 bytes"),
    "half a line": ("""print('{"id"', end='', flush=True); sys.exit(3)""", "ended with status 3"),
    "dies": ("sys.exit('out of luck')", "last words: 'out of luck'"),
    "is killed": ("os.kill(os.getpid(), 11)", "signal SIGSEGV"),
    "closes stdout": ("os.close(1); time.sleep(600)", "its output ended"),
    "wrong id": ("print(json.dumps({'id': n + 1, 'refused': ''}), flush=True)",
                 "an answer to request 2 where 1 was asked"),
    "twice": ("print(json.dumps({'id': n, 'refused': ''}) * 1 + '\\n' +"
              " json.dumps({'id': n, 'refused': ''}), flush=True)",
              "an answer to request 1 where 2 was asked"),
    "both": ("print(json.dumps({'id': n, 'refused': '', 'plainHex': ''}), flush=True)",
             "both refuses and answers"),
    "floods stderr": ("os.write(2, b'e' * 10_000_000); sys.exit(1)", "ended with status 1"),
}  # fmt: skip


def _hostile(folder: Path, body: str) -> str:
    path = folder / "hostile.py"
    path.write_text(LOOP.replace("{}", body, 1), encoding="utf-8")
    return _command(sys.executable, path)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_program_ends_in_one_line_and_status_2(kind: str, tmp_path: Path) -> None:
    body, said = HOSTILE[kind]
    began = time.monotonic()
    deadline = 1 if kind == "hangs" else 60
    status, _, err = _verify(_hostile(tmp_path, body), MESSAGES, "--deadline", str(deadline))
    assert status == 2
    assert said in err
    assert err.count("\n") == 1
    assert "data_message.json tcId 1 (" in err or "twice" in kind
    assert time.monotonic() - began < 50


ANSWER = "print(json.dumps({'id': n, 'refused': ''}), flush=True)"


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("print('bye', flush=True)", "it goes on with 'bye'"),
        ("sys.exit(4)", "ended with status 4"),
        ("time.sleep(600)", "does not end within 2 s"),
    ],
)
def test_output_after_the_last_answer_counts(after: str, said: str, tmp_path: Path) -> None:
    program = _hostile(tmp_path, f"{ANSWER}\n{after}")
    status, out, err = _verify(program, MESSAGES, "--deadline", "2")
    assert status == 2
    assert "after the last test" in err
    assert said in err
    assert "data_message.json tcId 1 (" in out, "what was wrong before is still said"


def test_a_program_that_greets_first_is_told_so(tmp_path: Path) -> None:
    program = tmp_path / "greets.py"
    program.write_text("print('ready', flush=True)\n" + LOOP.format(ANSWER))
    status, _, err = _verify(_command(sys.executable, program), MESSAGES)
    assert status == 2
    assert "'ready' is no answer" in err


def test_a_program_that_refuses_everything_is_wrong(tmp_path: Path) -> None:
    status, out, err = _verify(_hostile(tmp_path, ANSWER), MESSAGES)
    assert (status, err) == (1, "")
    assert "got refusal" in out


@pytest.mark.parametrize("program", ["", "/no/such/program", "'unbalanced", str(FOLDER)])
def test_a_program_that_does_not_start_gives_one_line_and_status_2(program: str) -> None:
    status, out, err = _verify(program, MESSAGES)
    assert (status, out) == (2, "")
    assert "does not start" in err
    assert err.count("\n") == 1


def test_skipping_everything_is_no_success(tmp_path: Path) -> None:
    status, out, _ = _verify(_hostile(tmp_path, ANSWER), MESSAGES, "--skip", "DataMessage")
    assert status == 3
    assert "no test at all" in out


@pytest.mark.parametrize("word", ["DataMessage", "session-bound-pbkdf2", "Truncated", "IvLength"])
def test_whatever_is_left_out_the_result_is_inconclusive_and_says_so(word: str) -> None:
    program = _command(sys.executable, EXAMPLES / "short.py")
    status, out, err = _verify(program, MESSAGES, "--skip", word)
    assert (status, err) == (3, "")
    assert f"left out by --skip, hence inconclusive: {word} (" in out


def test_a_wrong_answer_comes_before_what_was_left_out(tmp_path: Path) -> None:
    status, out, _ = _verify(_hostile(tmp_path, ANSWER), MESSAGES, "--skip", "Truncated")
    assert status == 1
    assert "left out by --skip" in out


def test_a_word_that_leaves_out_nothing_changes_nothing_and_is_named() -> None:
    program = _command(sys.executable, EXAMPLES / "short.py")
    status, out, err = _verify(program, MESSAGES, "--skip", "truncated")
    assert (status, err) == (0, "")
    assert "--skip truncated leaves out nothing" in out


SESSIONS = FOLDER / "session_isolation.json"
REMEMBERS = """
        case "open-in-session":
            where = seen.setdefault(ask["sealedHex"], ask["sessionId"])
            if where != ask["sessionId"]:
                raise Refused("sealed in another session")
"""


def test_who_refuses_what_another_session_sealed_is_right_whatever_the_profile(
    tmp_path: Path,
) -> None:
    source = (EXAMPLES / "full.py").read_text(encoding="utf-8")
    changed = source.replace('\n        case "open-in-session":\n', REMEMBERS, 1)
    assert changed != source
    program = tmp_path / "remembers.py"
    program.write_text("seen = {}\n" + changed, encoding="utf-8")
    status, out, err = _verify(_command(sys.executable, program), SESSIONS)
    assert (status, err) == (0, "")
    assert "  OtherSession, NotSessionBound: accepted 0, refused 8 (either is right)" in out


def test_who_opens_what_another_session_sealed_is_named() -> None:
    status, out, err = _verify(_command(sys.executable, EXAMPLES / "full.py"), SESSIONS)
    assert (status, err) == (0, "")
    assert "  OtherSession, NotSessionBound: accepted 8, refused 0 (either is right)" in out


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="orphans are found on Linux only")
@pytest.mark.parametrize("own_session", [False, True])
def test_no_child_process_is_left(own_session: bool, tmp_path: Path) -> None:
    child = tmp_path / "child"
    body = (
        f"p = subprocess.Popen(['sleep', '600'], start_new_session={own_session});"
        f" open({str(child)!r}, 'w').write(str(p.pid)); sys.exit(1)"
    )
    status, _, _ = _verify(_hostile(tmp_path, body), MESSAGES, "--deadline", "5")
    assert status == 2
    pid = int(child.read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
