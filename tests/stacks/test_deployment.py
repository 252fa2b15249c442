"""The deployment's description from file and environment, and one line for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.stacks.external.deployment import DeploymentInvalid, load_deployment
from conformance.stacks.external.stack import describe

GOOD = """\
url = "https://meet.example.org/"
api_key = "key"
api_secret = "hidden"

[nats]
url = "nats://bus.example.org:4222"
user = "reader"
password = "hidden-too"
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "deployment.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    given = load_deployment(written(tmp_path, GOOD), environment={})
    assert given.url == "https://meet.example.org"
    assert given.api_secret.get_secret_value() == "hidden"
    assert given.nats is not None
    assert "hidden" not in repr(given), "no report or traceback may show it"


def test_the_environment_is_enough_and_has_precedence(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from-a-file\n", "utf-8")
    environment = {
        "PNM_CONFORM_URL": "http://localhost:8080",
        "PNM_CONFORM_API_KEY": "other",
        "PNM_CONFORM_API_SECRET_FILE": str(secret),
    }
    alone = load_deployment(None, environment=environment)
    assert alone.api_secret.get_secret_value() == "from-a-file"
    assert alone.is_loopback
    over = load_deployment(written(tmp_path, GOOD), environment=environment)
    assert over.url == "http://localhost:8080"
    assert over.nats is not None, "what the environment does not name stays"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace('api_key = "key"\n', ""), "api_key is not given: set PNM_CONFORM_API_KEY or"),
        (GOOD.replace("https://meet", "http://meet"), "url: browsers encrypt only on https"),
        (
            GOOD.replace("https://meet.example.org/", "meet"),
            "url: write an address, for example https://",
        ),
        (GOOD + 'colour = "red"\n', "nats.colour is unknown: remove it"),
        (GOOD.replace('url = "nats', 'uri = "nats'), "nats url is not given|nats.uri is unknown"),
        (GOOD.replace('"key"', "key"), "is not TOML"),
        ('ca_file = "/nowhere.pem"\n' + GOOD, "ca_file: there is no file /nowhere.pem"),
        (GOOD + '\n[webhooks]\nurl = "http://x/"\nlisten = "8099"\n', "write host:port"),
    ],
)
def test_a_mistake_is_one_line_with_its_fix(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DeploymentInvalid, match=words) as refused:
        load_deployment(written(tmp_path, text), environment={})
    assert "\n" not in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_file_with_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentInvalid, match="chmod 600"):
        load_deployment(written(tmp_path, GOOD, 0o644), environment={})


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DeploymentInvalid, match="cannot be read"):
        load_deployment(tmp_path / "none.toml", environment={})
    with pytest.raises(DeploymentInvalid, match="PNM_CONFORM_API_KEY_FILE"):
        load_deployment(None, environment={"PNM_CONFORM_API_KEY_FILE": str(tmp_path / "none")})


def test_a_dry_run_names_its_steps_and_what_it_does_not_check(tmp_path: Path) -> None:
    bare = GOOD.partition("[nats]")[0]
    lines = "\n".join(describe(load_deployment(written(tmp_path, bare), environment={})))
    assert "https://meet.example.org" in lines
    assert "conform-" in lines
    assert "PNM_CONFORM_NATS_URL" in lines
    assert "PNM_CONFORM_WEBHOOK_URL" in lines
    assert "certificates are verified" in lines
    insecure = load_deployment(written(tmp_path, bare), insecure=True, environment={})
    assert "certificates are not verified" in "\n".join(describe(insecure))
