"""The native stack: configurations by version, the client's files, missing parts, a real start."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
import yaml

from conformance.stacks.errors import StackError
from conformance.stacks.kinds import RoomKind
from conformance.stacks.native import NativeStack
from conformance.stacks.plan import make_plan
from conformance.stacks.processes.ports import PortBlock
from conformance.stacks.programs.tools import ToolMissing
from conformance.stacks.services import livekit, mariadb, plugnmeet_server


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A client's built page as its makers ship it, with a configuration for another address."""
    files = tmp_path / "page"
    for folder in ("css", "js", "imgs"):
        (files / "assets" / folder).mkdir(parents=True)
    (files / "index.html").write_text("<!doctype html><title>page</title>", "utf-8")
    (files / "assets" / "imgs" / "favicon.ico").write_bytes(b"icon")
    (files / "assets" / "config.js").write_text(
        "window.plugNmeetConfig = { serverUrl: 'https://else.example', videoCodec: 'vp8' };",
        "utf-8",
    )
    return files


@pytest.mark.parametrize("version", [(2, 0, 0), (2, 1, 0), (2, 2, 0), (2, 3, 0), (2, 4, 0)])
def test_each_version_gets_a_configuration_of_its_own(
    version: tuple[int, ...], page: Path, tmp_path: Path
) -> None:
    block = PortBlock()
    plan = make_plan(block, version=version, client_files=page, folder=tmp_path)
    block.release()
    config = yaml.safe_load(plan.files[plugnmeet_server.CONFIG])
    assert ("room_stream_name" in config["nats_info"]) is (version >= (2, 1, 9))
    assert len(config["nats_info"]["subjects"]) == 8, "an empty subject breaks the server"
    assert config["room_default_settings"]["max_participants"] == 0
    assert config["client"]["webhook_conf"]["enable_for_per_meeting"] is True
    assert config["client"]["debug"] is False, "a production build is served as one"
    secrets = {plan.server.api_secret, plan.database.password, plan.cache.password}
    assert len(secrets) == 3
    assert all(len(secret) >= 32 for secret in secrets)


def test_the_servers_ai_is_all_at_the_provider_of_the_run(page: Path, tmp_path: Path) -> None:
    block, url = PortBlock(), "http://127.0.0.1:9/v1"
    plan = make_plan(block, version=(2, 4, 0), client_files=page, folder=tmp_path, ai_endpoint=url)
    block.release()
    codecs = yaml.safe_load(plan.files[livekit.CONFIG])["room"]["enabled_codecs"]
    assert {"mime": "audio/opus"} in codecs
    assert {"mime": "audio/red"} not in codecs, "the product's agents do not listen to it"
    insights = yaml.safe_load(plan.files[plugnmeet_server.CONFIG])["insights"]
    (account,) = insights["providers"]["openai"]
    assert account["options"]["endpoint"] == url
    assert account["credentials"]["api_key"]
    assert len(insights["services"]) == 5
    for service in insights["services"].values():
        assert (service["provider"], service["id"]) == ("openai", account["id"])
        assert all(isinstance(value, str) for value in service["options"].values())


def test_the_users_page_is_served_with_our_address_and_left_as_it_is(
    page: Path, tmp_path: Path
) -> None:
    before = (page / "assets" / "config.js").read_text("utf-8")
    target = tmp_path / "served"
    assert plugnmeet_server.lay_out_client(page, target, "http://localhost:1")
    served = (target / "assets" / "config.js").read_text("utf-8")
    assert served.startswith(before)
    assert served.rstrip().endswith("serverUrl: 'http://localhost:1' };")
    assert (page / "assets" / "config.js").read_text("utf-8") == before
    assert (target / "login.html").is_file()
    copied = tmp_path / "copied"
    plugnmeet_server.lay_out_client(page, copied, "http://localhost:1", copy=True)
    assert not [path for path in copied.rglob("*") if path.is_symlink()]


def test_a_page_without_production_folders_is_served(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("page", "utf-8")
    assert not plugnmeet_server.lay_out_client(
        tmp_path / "page", tmp_path / "served", "http://localhost:1"
    )
    assert (tmp_path / "served" / "assets" / "imgs" / "favicon.ico").is_file()


@pytest.mark.parametrize(
    ("said", "words"), [("2.x", "no version"), ("1.8.3", "older than 2.0"), ("", "no version")]
)
def test_an_invalid_version_is_refused(said: str, words: str) -> None:
    with pytest.raises(StackError, match=words):
        plugnmeet_server.parse_version(said)


def test_a_newer_version_gets_the_newest_configuration() -> None:
    assert plugnmeet_server.is_newer(plugnmeet_server.parse_version("2.5.0-rc1"))
    assert not plugnmeet_server.is_newer(plugnmeet_server.parse_version("2.4.9"))


async def test_a_missing_server_is_reported_with_its_fix(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mariadbd"
    program.write_text("#!/bin/sh\necho 11.4.2\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PNM_CONFORM_MARIADB", str(program))
    monkeypatch.setattr(mariadb, "install_program", lambda _: program)
    stack = NativeStack(tmp_path / "logs", client_files=page, server_path=str(tmp_path / "none"))
    with pytest.raises(ToolMissing, match="plugnmeet-server is missing") as missing:
        await stack.preflight()
    assert "\n" not in str(missing.value)


def test_two_databases_on_one_machine_keep_their_temporary_tables_apart(tmp_path: Path) -> None:
    settings = mariadb.MariaDbSettings(port=1, user="u", password="p", root_password="r")
    *_, script = mariadb.command(Path("/m"), Path("/i"), tmp_path, settings)
    assert script.count(f"--tmpdir={tmp_path}/mariadb-tmp") == 2, "in making it and in serving"
    assert (tmp_path / "mariadb-tmp").is_dir()


@pytest.mark.services
async def test_a_real_server_starts_makes_rooms_and_leaves_nothing(
    page: Path, tmp_path: Path
) -> None:
    if not os.environ.get("PNM_CONFORM_SERVER"):
        pytest.skip("PNM_CONFORM_SERVER names no plugnmeet-server to start")
    stack = NativeStack(tmp_path / "logs", client_files=page)
    async with stack:
        pids, scratch = stack.pids, stack.scratch
        assert pids.keys() == {"guard", "nats", "livekit", "redis", "mariadb", "server"}
        for kind in RoomKind:
            answer = await stack.api.create_room(f"conform-{kind.value}", kind)
            assert answer["msg"] == "success"
        assert scratch.stat().st_mode & 0o077 == 0, "credentials lie there"
    assert not [pid for pid in pids.values() if psutil.pid_exists(pid)]
    assert not scratch.exists()
