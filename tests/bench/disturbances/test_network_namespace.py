"""Real disturbances of the network, in a network namespace of the test's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.bench.disturbances.network import tool
from conformance.cli import own_network

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("network_namespace.py")


def in_own_network(*command: str) -> subprocess.CompletedProcess[str]:
    line = 'ip link set lo up && exec "$@"'
    return subprocess.run(
        ["unshare", "--net", "--user", "--map-root-user", "sh", "-c", line, "sh", *command],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONPATH": str(ROOT)},
    )


def cannot() -> str:
    """Why this machine gives nobody a network namespace with nftables; empty if it does."""
    if reason := own_network.missing():
        return reason
    return in_own_network("nft", "list", "ruleset").stderr.strip()


def test_packets_are_lost_and_connections_reset() -> None:
    if reason := cannot():
        pytest.skip(reason)
    done = in_own_network(sys.executable, str(PROGRAM))
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    # 4,000 packets at 5 %: 200 ± 14; five standard deviations on either side
    assert 3730 <= seen["received"] <= 3870
    assert (seen["old"], seen["new"]) == ("ConnectionResetError", "ConnectionRefusedError")
    assert seen["after"] == "works"
    assert seen["told"][0].endswith(f"SFU lost, {4000 - seen['received']} in all")
    assert seen["told"][1].startswith("bus-cut: all connections to NATS reset")


@pytest.mark.parametrize("name", ["unshare", "ip", "nft"])
def test_a_missing_program_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(own_network, "tool", lambda one: None if one == name else f"/bin/{one}")
    assert f"{name} is not installed: install " in own_network.missing()


def test_programs_of_the_system_are_found_off_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = [Path(folder, "ip").exists() for folder in ("/usr/sbin", "/sbin")]
    assert (tool("ip") is not None) == any(found)
