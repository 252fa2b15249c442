"""`conform` answers impossible requests with one clear line and exit status 2.

Each row is one mistake with the words that its line must contain. The run must start nothing.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mistake:
    """Arguments of `conform run`, the environment, files to write first, and the words to expect.

    `{tmp}` in arguments and environment is an empty folder of the test's own.
    """

    arguments: list[str]
    words: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


MISTAKES = {
    "unknown flag": Mistake(["--rooom"], ["No such option", "--rooom"]),
    "unknown requirement": Mistake(
        ["--requirement=WRONG-99"], ["unknown requirement id 'WRONG-99'", "did you mean"]
    ),
    "unknown rule to break": Mistake(
        ["--break=show-decryption-error"], ["no rule", "did you mean", "show-decryption-errors"]
    ),
    "unknown client": Mistake(["--client=unofficial"], ["unofficial", "official"]),
    "official client without its files": Mistake(["--client=official"], ["--client-files FOLDER"]),
    "client files that are none": Mistake(
        ["--client-files={tmp}"], ["no index.html there", "folder of the built client"]
    ),
    "waivers that are missing": Mistake(["--waivers={tmp}/none.toml"], ["cannot be read"]),
    "waivers that are not UTF-8": Mistake(
        ["--waivers={tmp}/w.toml"], ["not UTF-8", "w.toml:2"], files={"w.toml": b"\n\xff\xfe"}
    ),
    "waivers without an expiry": Mistake(
        ["--waivers={tmp}/w.toml"],
        ["w.toml:1", "expiry"],
        files={
            "w.toml": b'[[waiver]]\nid = "WRONG-6"\nroom_kind = "zero-knowledge"\n'
            b'reason = "known in this version"\nsource = "https://example.org"\n'
        },
    ),
    "no browser": Mistake(
        [], ["browser", "PNM_CONFORM_BROWSER"], {"PNM_CONFORM_BROWSER": "{tmp}/no-browser"}
    ),
    "no LiveKit": Mistake(
        [], ["livekit", "PNM_CONFORM_LIVEKIT"], {"PNM_CONFORM_LIVEKIT": "{tmp}/no-livekit"}
    ),
    "reports where a file is": Mistake(
        ["--reports={tmp}/file"], ["cannot be made", "--reports"], files={"file": b""}
    ),
    "selection that matches nothing": Mistake(["-k", "no_such_check"], ["no check matches"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_gets_one_clear_line_and_exit_2(name: str, tmp_path: Path) -> None:
    mistake = MISTAKES[name]
    for file, content in mistake.files.items():
        (tmp_path / file).write_bytes(content)
    arguments = [argument.replace("{tmp}", str(tmp_path)) for argument in mistake.arguments]
    environment = {
        key: value.replace("{tmp}", str(tmp_path)) for key, value in mistake.environment.items()
    }
    if not any("--reports" in argument for argument in arguments):
        arguments.append(f"--reports={tmp_path / 'reports'}")
    done = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "run", *arguments],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "300", **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    for words in mistake.words:
        assert words in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 6, said
