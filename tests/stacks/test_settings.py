"""The configurations written for NATS, LiveKit and the reference server."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools
from conformance.stacks.services import livekit, nats, reference_server

BUS = nats.NatsSettings(20001, 20002, "plugnmeet", 'a"b\\c', nats.new_issuer_seed())
SERVER = reference_server.ServerSettings(20006, "key", "secret", None, ("a-rule",))
SFU = livekit.LiveKitSettings(20003, 20005, "sfu", "s" * 32, SERVER.webhook_url)


def test_livekit_listens_on_loopback_with_one_udp_port_and_tells_the_server() -> None:
    config = yaml.safe_load(livekit.configuration(SFU))
    assert config["bind_addresses"] == ["127.0.0.1"]
    assert config["rtc"]["udp_port"] == 20005
    assert config["rtc"]["node_ip"] == "127.0.0.1"
    assert config["keys"] == {"sfu": "s" * 32}
    assert config["webhook"] == {"api_key": "sfu", "urls": ["http://127.0.0.1:20006/webhook"]}


def test_the_issuer_in_the_nats_configuration_is_the_seeds_public_key(tmp_path: Path) -> None:
    text = nats.configuration(BUS, tmp_path)
    assert nats.issuer_of(BUS.issuer_seed).startswith("A")
    assert f"issuer: {nats.issuer_of(BUS.issuer_seed)}" in text
    assert BUS.issuer_seed not in text


@pytest.mark.services
@pytest.mark.parametrize("room_accounts", [0, nats.ROOM_ACCOUNTS])
def test_nats_accepts_its_configuration(tmp_path: Path, room_accounts: int) -> None:
    bus = replace(BUS, room_accounts=room_accounts)
    (tmp_path / nats.CONFIG).write_text(nats.configuration(bus, tmp_path / "js"))
    program = tools.find(known_programs.NATS).path
    done = subprocess.run(
        [*nats.command(program, tmp_path), "-t"], capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 0, done.stderr


def test_the_product_has_its_own_accounts_only_and_the_reference_server_a_pool() -> None:
    assert "ROOM_" not in nats.configuration(BUS, Path("js"))
    bus = replace(BUS, room_accounts=2)
    config = json.loads(reference_server.configuration(SERVER, bus, SFU))["nats"]
    assert config["room_accounts"] == ["ROOM_000", "ROOM_001"]
    text = nats.configuration(bus, Path("js"))
    for account in (*config["room_accounts"], config["lobby_account"]):
        assert f"\n  {account}: " in text


def test_the_reference_server_has_ai_only_where_there_is_a_provider() -> None:
    assert json.loads(reference_server.configuration(SERVER, BUS, SFU))["ai"] is None
    server = replace(SERVER, ai_endpoint="http://127.0.0.1:9/v1")
    ai = json.loads(reference_server.configuration(server, BUS, SFU))["ai"]
    assert ai["endpoint"] == "http://127.0.0.1:9/v1"
    assert ai["api_key"]


def test_the_servers_configuration_names_both_sides_and_what_to_break() -> None:
    config = json.loads(reference_server.configuration(SERVER, BUS, SFU))
    assert config["listen"] == {"host": "127.0.0.1", "port": 20006}
    assert config["nats"]["ws_url"] == "http://localhost:20002"
    assert config["nats"]["account"] == "PNM"
    assert config["livekit"]["url"] == "http://localhost:20003"
    assert config["client_files"] is None
    assert config["break"] == ["a-rule"]
