"""The set-up announces its steps, does them, and fails with clear messages."""

from __future__ import annotations

import errno
import io
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console

from conformance.cli import setup
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import provision, tools
from conformance.stacks.programs.provision import SetupFailed, Step, Workshop, full_disk_told


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setattr(tools, "CACHE", cache)
    for kind in (
        known_programs.BROWSER,
        known_programs.LIVEKIT,
        known_programs.NATS,
        known_programs.NODE,
        known_programs.GO,
    ):
        monkeypatch.delenv(kind.variable, raising=False)
    return cache


def shop(tmp_path: Path, shown: list[str] | None = None) -> Workshop:
    lines = shown if shown is not None else []
    return Workshop("thing", tmp_path / "setup.log", "do this", lines.append)


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_command_shows_its_lines_and_keeps_them(tmp_path: Path) -> None:
    shown: list[str] = []
    shop(tmp_path, shown).run(script("print('one'); print('two')"))
    assert shown == ["one", "two"]
    assert "one\ntwo" in (tmp_path / "setup.log").read_text()


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("dial tcp: lookup registry: no such host", "cannot reach the network"),
        ("connect ECONNREFUSED 127.0.0.1:9", "cannot reach the network"),
        ("Temporary failure resolving 'mirror'", "cannot reach the network"),
        ("write /x: No space left on device", "the disk that holds .* is full"),
        ("compiler exploded", "compiler exploded"),
    ],
)
def test_a_failed_command_says_the_cause_and_the_fix_in_one_line(
    tmp_path: Path, output: str, told: str
) -> None:
    with pytest.raises(SetupFailed, match=told) as caught:
        shop(tmp_path).run(script(f"print({output!r}); raise SystemExit(3)"))
    assert "to fix it: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_program_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="cannot be started; to fix it: do this"):
        shop(tmp_path).run(["/nowhere/program"])


def test_an_interrupted_command_ends_soon(tmp_path: Path) -> None:
    work = shop(tmp_path)
    threading.Timer(0.2, work.stop.set).start()
    began = time.monotonic()
    with pytest.raises(SetupFailed, match="interrupted"):
        work.run(script("import time; time.sleep(60)"))
    assert time.monotonic() - began < 10


def test_a_full_disk_is_one_clear_line() -> None:
    with pytest.raises(SetupFailed, match=r"is full .* XDG_CACHE_HOME"), full_disk_told("thing"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_that_cannot_be_written_is_one_clear_line() -> None:
    with (
        pytest.raises(SetupFailed, match=r"/x cannot be written .* XDG_CACHE_HOME"),
        full_disk_told("thing"),
    ):
        raise PermissionError(errno.EACCES, "Permission denied", "/x")


def test_too_little_disk_space_is_reported_before_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provision, "BUILD_NEEDS_BYTES", 1 << 62)
    with pytest.raises(SetupFailed, match="is full"):
        provision.bring_livekit(shop(tmp_path))


def test_an_interrupted_livekit_build_leaves_nothing_that_counts_as_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    go.write_text(
        '#!/bin/sh\n[ "$1" = version ] && { echo go version go1.99.0; exit 0; }\n'
        "mkdir -p $GOBIN; printf half > $GOBIN/server; echo cut off; exit 1\n"
    )
    go.chmod(0o755)
    monkeypatch.setenv("PNM_CONFORM_GO", str(go))
    with pytest.raises(SetupFailed, match="cut off"):
        provision.bring_livekit(shop(tmp_path))
    assert not known_programs.livekit_in_cache().exists()


def test_a_livekit_that_was_built_is_moved_into_place_and_its_sources_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    go = tmp_path / "go"
    go.write_text(
        '#!/bin/sh\n[ "$1" = version ] && { echo go version go1.99.0; exit 0; }\n'
        "mkdir -p $GOBIN\nprintf '#!/bin/sh\\necho livekit-server version "
        f"{known_programs.LIVEKIT_VERSION}\\n' > $GOBIN/server; chmod +x $GOBIN/server\n"
    )
    go.chmod(0o755)
    monkeypatch.setenv("PNM_CONFORM_GO", str(go))
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    said = provision.bring_livekit(shop(tmp_path))
    assert said == f"{known_programs.LIVEKIT_VERSION} at {known_programs.livekit_in_cache()}"
    assert not (own_cache / "build" / "livekit").exists()


def test_an_unavailable_browser_names_both_causes_and_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Workshop, argv: list[str], **_: object) -> None:
        raise SetupFailed(self.what, f"{argv[-1]} refused", self.fix)

    monkeypatch.setattr(Workshop, "run", refuse)
    monkeypatch.setattr(provision, "_package_manager", lambda: [["apt-get", "update"]])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(SetupFailed, match="chromium refused; then update refused; to fix it"):
        provision.bring_browser(shop(tmp_path))


def test_set_up_says_what_it_will_install_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    said_before = []

    def bring(work: Workshop) -> str:
        said_before.append(out.getvalue())
        return "1.0 at /there"

    monkeypatch.setattr(provision, "plan", lambda **_: [Step("thing", "a thing of 5 MB", bring)])
    assert setup.ensure(Console(file=out, width=100)) is True
    assert "thing: a thing of 5 MB" in said_before[0]
    assert "thing: 1.0 at /there" in out.getvalue()


def test_a_complete_set_up_prints_and_locks_nothing(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(provision, "plan", lambda **_: [])
    assert setup.ensure(Console(file=out)) is False
    assert out.getvalue() == ""
    assert not own_cache.exists()


def test_one_failed_step_is_reported_and_the_others_finish(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.StringIO()

    def fail(work: Workshop) -> str:
        raise SetupFailed("bad", "no luck", "try this")

    made = [Step("bad", "x", fail), Step("good", "y", lambda _: "here")]
    monkeypatch.setattr(provision, "plan", lambda **_: made)
    with pytest.raises(SetupFailed, match="bad: no luck; to fix it: try this"):
        setup.ensure(Console(file=out, width=100))
    assert "good: here" in out.getvalue()


def test_two_set_ups_at_once_do_the_work_once(monkeypatch: pytest.MonkeyPatch) -> None:
    brought = []

    def bring(work: Workshop) -> str:
        time.sleep(0.3)  # long enough for the other set-up to start
        brought.append(1)
        return "here"

    made = Step("thing", "x", bring)
    monkeypatch.setattr(provision, "plan", lambda **_: [] if brought else [made])
    threads = [
        threading.Thread(target=setup.ensure, args=(Console(file=io.StringIO()),)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert brought == [1]
