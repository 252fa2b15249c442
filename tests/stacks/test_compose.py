"""Compose: the rendered file, and the messages and leftovers if Docker fails.

These tests need no Docker engine. `docker compose config` checks the file if the plugin is
installed. A stand-in for the `docker` command simulates the engine's refusals.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from conformance.stacks.compose import (
    INSIDE,
    LABEL,
    ComposeStack,
    images_of,
    owner_lives,
    render,
)
from conformance.stacks.errors import ServiceNotReady, StackError
from conformance.stacks.plan import make_plan
from conformance.stacks.processes.ports import PortBlock


@pytest.fixture
def rendered(tmp_path: Path) -> str:
    block = PortBlock()
    try:
        plan = make_plan(
            block,
            version=(2, 4, 0),
            client_files=None,
            folder=tmp_path,
            seen_as=INSIDE,
            release="v2.4.0",
            monitor=True,
        )
    finally:
        block.release()
    return render(plan, images_of("2.4.0"), tmp_path, "plugnmeet-conform-test", "1@2")


def test_every_service_is_pinned_watched_labelled_and_alone(rendered: str) -> None:
    document = yaml.safe_load(rendered)
    assert document["name"] == "plugnmeet-conform-test"
    assert document["services"].keys() == {"redis", "mariadb", "nats", "livekit", "server"}
    for name, service in document["services"].items():
        _, _, tag = service["image"].rpartition(":")
        assert tag, name
        assert tag != "latest", name
        assert service["healthcheck"]["test"], name
        assert service["labels"] == {LABEL: "1@2"}, name
        assert "ports" not in service, "the host's network has them already"
        for volume in service.get("volumes", []):
            assert volume.endswith(":ro"), f"{name} may not write to our folder"
    assert document["services"]["server"]["image"] == "mynaparrot/plugnmeet-server:v2.4.0"


def test_no_secret_stands_in_a_command_line(rendered: str) -> None:
    for service in yaml.safe_load(rendered)["services"].values():
        secrets = set(service.get("environment", {}).values()) - {"plugnmeet"}
        line = " ".join([*service.get("command", []), *service.get("entrypoint", [])])
        assert not [secret for secret in secrets if secret in line]


def test_docker_compose_takes_the_file(rendered: str, tmp_path: Path) -> None:
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("docker compose is not on this machine")
    file = tmp_path / "compose.yaml"
    file.write_text(rendered, "utf-8")
    done = subprocess.run(
        ["docker", "compose", "-f", str(file), "config", "--quiet"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr.strip(), "a warning is a mistake of ours"


@pytest.mark.parametrize(
    ("version", "nats"),
    [("2.0.0", "nats:2.12-alpine"), ("v2.2.0", "nats:2.14-alpine"), ("2.4.0", "nats:2.14-alpine")],
)
def test_images_are_those_of_the_version(version: str, nats: str) -> None:
    images = images_of(version)
    assert images.server == f"mynaparrot/plugnmeet-server:v{version.removeprefix('v')}"
    assert images.nats == nats


@pytest.mark.parametrize(
    ("version", "words"),
    [("latest", "no version"), ("1.9.4", "older than 2.0"), ("2.4", "all three numbers")],
)
def test_a_version_that_cannot_be_pinned_is_refused(version: str, words: str) -> None:
    with pytest.raises(StackError, match=words):
        images_of(version)


def test_without_a_version_nothing_is_pulled(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="needs --server-version"):
        ComposeStack(tmp_path, server_version=None)


def test_a_container_belongs_to_a_process_that_lives_or_not() -> None:
    import psutil

    me = psutil.Process()
    assert owner_lives(f"abc {me.pid}@{me.create_time()}")
    assert not owner_lives(f"abc {me.pid}@1.0"), "another process has the number now"
    assert not owner_lives("abc nonsense")


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    """A `docker` command that records its arguments and then runs `body`."""
    calls = folder / "calls"
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n{body}\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return calls


def left_in(folder: Path) -> list[Path]:
    """Private folders of stacks that still exist."""
    return list(folder.glob("plugnmeet-conform-*"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('[ "$1" = compose ] && exit 1; exit 0', "docker-compose-plugin"),
        ('[ "$1" = version ] && exit 1; echo 2.39', "no Docker engine"),
    ],
)
async def test_a_failing_docker_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, words: str
) -> None:
    stand_in(tmp_path, monkeypatch, body)
    with pytest.raises(StackError, match=words) as refused:
        await ComposeStack(tmp_path / "logs", server_version="2.4.0").preflight()
    assert "\n" not in str(refused.value)


async def test_a_missing_docker_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="docker is missing"):
        await ComposeStack(tmp_path / "logs", server_version="2.4.0").preflight()


async def test_a_project_that_does_not_come_up_is_named_and_taken_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    calls = stand_in(
        tmp_path,
        monkeypatch,
        'case "$*" in *" up "*) echo "manifest for x not found"; exit 1;; *) echo ok;; esac',
    )
    stack = ComposeStack(tmp_path / "logs", server_version="2.4.0")
    with pytest.raises(ServiceNotReady, match="manifest for x not found"):
        await stack.start()
    said = calls.read_text("utf-8")
    assert "down --volumes --remove-orphans" in said
    assert "logs --no-color" in said
    assert (tmp_path / "logs" / "server.log").is_file(), "what it said is kept"
    assert not left_in(tmp_path)
