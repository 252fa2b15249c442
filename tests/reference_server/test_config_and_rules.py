"""The server's configuration is checked before anything starts, and its rules are valid."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import catalogue
from conformance.reference.rules import Rules, UnknownRule, rules_of
from conformance.reference.server.config import ConfigInvalid, load_config
from tests.reference_server.test_http import SECRET, SEED, config


def write(folder: Path, value: Any) -> Path:
    path = folder / "config.json"
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[]", "the file"),
        (config(api_key=""), "api_key"),
        (config(listen={"port": 0}), "listen.port"),
        (config(unknown=1), "unknown"),
        (config(client_files="/nowhere"), "has no index.html"),
        (config(**{"break": ["refuse-recordings"]}), "did you mean refuse-recording"),
        (config(nats={**config()["nats"], "issuer_seed": "x"}), "nats.issuer_seed"),
    ],
)
def test_a_bad_configuration_is_one_line_that_says_where(
    tmp_path: Path, value: Any, text: str
) -> None:
    path = write(tmp_path, value)
    with pytest.raises(ConfigInvalid, match=re.escape(str(path))) as refused:
        load_config(path)
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load_config(tmp_path / "none.json")


def test_secrets_do_not_show_in_the_configuration(tmp_path: Path) -> None:
    shown = repr(load_config(write(tmp_path, config())))
    assert SECRET not in shown
    assert SEED not in shown


def test_the_program_ends_with_2_and_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, config(api_key=""))
    command = [sys.executable, "-m", "conformance.reference.server", "--config", str(path)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=30
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "api_key" in done.stderr


def test_each_rule_names_requirements_of_the_catalogue() -> None:
    known = catalogue().requirements
    for rule in rules_of("server").values():
        assert set(rule.requirement) <= set(known), rule.id


def test_an_unknown_rule_is_refused_with_near_ones() -> None:
    with pytest.raises(UnknownRule, match="refuse-recording"):
        Rules(["refuse-recordin"])
    with pytest.raises(UnknownRule):
        Rules().keeps("no-such-rule")
    assert not Rules(["refuse-rtmp"]).keeps("refuse-rtmp")
