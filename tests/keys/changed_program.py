"""`vectors/examples/full.py` with changes, as a program that the vectors judge."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from conformance.cli.vectors import app
from conformance.keys.published.locate import vectors_folder

FOLDER = vectors_folder()
FULL = FOLDER / "examples" / "full.py"
KEYS = "key_derivation.json"
FRAMES = "media_frame.json"
MESSAGES = "data_message.json"
PACKETS = "encrypted_packet.json"
RATCHET = "ratchet.json"
SESSIONS = "session_isolation.json"
INJECTED = "server_injected_frame.json"
BOUND = "session-bound-pbkdf2"

Keep = Callable[[dict[str, Any]], bool]


def verify(program: Path, path: Path) -> tuple[int, str, str]:
    command = shlex.join((sys.executable, str(program)))
    result = CliRunner().invoke(
        app, ["verify", str(path), "--program", command, "--deadline", "120"]
    )
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    source = FULL.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in source, "the example has changed; change the mutation too"
        source = source.replace(old, new)
    program = folder / "wrong.py"
    program.write_text(source, encoding="utf-8")
    return program


def only(folder: Path, name: str, keep: Keep) -> Path:
    """The vector file with the groups that `keep` chooses."""
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    groups = [group for group in document["testGroups"] if keep(group)]
    document["testGroups"] = groups
    document["numberOfTests"] = sum(len(group["tests"]) for group in groups)
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def is_noticed(program: Path, path: Path, noticed: str) -> None:
    status, out, err = verify(program, path)
    assert (status, err) == (1, ""), out
    assert f"{path.name} tcId " in out
    assert noticed in out
    assert " wrong (" in out
