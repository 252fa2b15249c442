"""The output of `conform doctor` and `conform up`."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from conformance.cli import doctor as doctor_module
from conformance.cli import up as up_module
from conformance.cli.doctor import Line, doctor
from conformance.cli.up import up
from conformance.stacks.programs import provision

app = typer.Typer()
app.command("doctor")(doctor)
app.command("up")(up)


def test_a_complete_installation_exits_with_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_module, "diagnose", lambda _=None: [Line("browser", "1 at /b")])
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert "everything that a run needs is installed" in result.output


def test_a_missing_part_is_named_with_its_fix_and_exit_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [Line("browser", "browser is missing", "apt-get install -y chromium")]
    monkeypatch.setattr(doctor_module, "diagnose", lambda _=None: lines)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert "to fix browser:  apt-get install -y chromium" in result.output


def test_a_missing_build_tool_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [Line("go", "not there", "set-up brings it", needed=False)]
    monkeypatch.setattr(doctor_module, "diagnose", lambda _=None: lines)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0


def test_a_wrong_browser_path_is_reported() -> None:
    (line,) = [ln for ln in doctor_module.diagnose("/nowhere/chrome") if ln.name == "browser"]
    assert "/nowhere/chrome" in line.found
    assert line.fix is not None


@pytest.mark.services
def test_up_on_a_taken_port_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").touch()
    monkeypatch.setattr(provision, "plan", lambda **_: [])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ["up", "--client-files", str(tmp_path), "--port", port]
        result = CliRunner().invoke(app, [*arguments, "--reports", str(tmp_path)])
    assert result.exit_code == 2
    assert f"port {port} on 127.0.0.1 is taken" in result.output


def test_up_with_a_folder_that_is_no_client_is_one_clear_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["up", "--client-files", str(tmp_path)])
    assert result.exit_code == 2
    assert "no index.html there" in result.output


def test_up_has_people_and_a_hint_for_each_kind_of_room() -> None:
    from conformance.stacks.kinds import RoomKind

    kinds = {kind.value for kind in RoomKind}
    assert set(up_module.PEOPLE) == kinds
    assert set(up_module.HINTS) == kinds
