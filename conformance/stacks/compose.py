"""The official images under Docker Compose, with the same plan as the native stack.

Every container uses the host's network, as the official installation does
(mynaparrot/plugNmeet-install, docker-compose.yaml). Media, NATS and the page are therefore on the
same loopback ports as in the native stack. Stopping the stack removes its containers, volumes and
configuration folder. If a run is killed, the next run finds its containers by label and removes
them.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import yaml

from conformance.stacks.base import NO_AI, Stack, StackPart
from conformance.stacks.control_api import ControlApi
from conformance.stacks.errors import ServiceDied, ServiceNotReady, StackError
from conformance.stacks.plan import Plan, make_plan
from conformance.stacks.processes.ports import PortBlock
from conformance.stacks.processes.supervisor import SCRATCH_PREFIX
from conformance.stacks.programs import known as known_programs
from conformance.stacks.services import livekit, nats, plugnmeet_server, redis

FILE: Final = "compose.yaml"
SERVER_IMAGE: Final = "mynaparrot/plugnmeet-server"
LABEL: Final = "org.plugnmeet.conformance"
UP_S: Final = 300
"""Seconds until every service is healthy. Pulling the images (about 2 GB) comes before that."""
ANSWER_S: Final = 20.0
"""Seconds for one docker command. An engine that hangs is reported like a missing engine."""
WATCH_S: Final = 5.0
INSIDE: Final = "/conform"
"""The folder in the containers where the private folder is mounted."""


@dataclass(frozen=True)
class Images:
    """Image tags of one server version. Source: docker-compose_sample.yaml of that version."""

    server: str
    redis: str
    mariadb: str
    nats: str
    livekit: str = f"livekit/livekit-server:v{known_programs.LIVEKIT_VERSION}"


def images_of(version: str) -> Images:
    """The images for a server version, such as "2.4.0"; raises `StackError` if it is invalid."""
    number = plugnmeet_server.parse_version(version)
    if not version.removeprefix("v").count(".") == 2:
        raise StackError(f"--server-version {version}: give all three numbers, for example 2.4.0")
    server = f"{SERVER_IMAGE}:v{version.removeprefix('v')}"  # tag format of release-please
    if number < (2, 1, 9):
        return Images(server, "redis:8.4", "mariadb:12.1", "nats:2.12-alpine")
    if number < (2, 2):
        return Images(server, "redis:8.6", "mariadb:12.2", "nats:2.12-alpine")
    return Images(server, "redis:8.6", "mariadb:12.2", "nats:2.14-alpine")


def render(plan: Plan, images: Images, folder: Path, project: str, owner: str) -> str:
    """The text of the compose file. `folder` holds the configurations; `owner` is this process."""
    mount = [f"{folder}:{INSIDE}:ro"]

    def service(image: str, test: Sequence[str], **more: Any) -> dict[str, Any]:
        return {
            "image": image,
            "network_mode": "host",
            "labels": {LABEL: owner},
            "healthcheck": {
                "test": list(test),
                "interval": "2s",
                "timeout": "5s",
                "retries": 60,
                "start_period": "5s",
            },
            **more,
        }

    def url(port: int, path: str) -> list[str]:
        return ["CMD", "wget", "-q", "-O", "/dev/null", f"http://localhost:{port}{path}"]

    database, cache = plan.database, plan.cache
    services = {
        "redis": service(
            images.redis,
            ["CMD-SHELL", f"redis-cli -p {cache.port} ping | grep -q PONG"],
            # The image's entrypoint switches to a user who may not read the folder.
            entrypoint=["redis-server", f"{INSIDE}/{redis.CONFIG}"],
            # redis-cli reads its password from here, so the process list does not show it.
            environment={"REDISCLI_AUTH": cache.password},
            volumes=mount,
        ),
        "mariadb": service(
            images.mariadb,
            ["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"],
            command=[
                f"--port={database.port}",
                f"--bind-address={database.host}",
                "--skip-name-resolve",
            ],
            environment={
                "MARIADB_DATABASE": database.database,
                "MARIADB_USER": database.user,
                "MARIADB_PASSWORD": database.password,
                "MARIADB_ROOT_PASSWORD": database.root_password,
            },
            tmpfs=["/var/lib/mysql"],
        ),
        "nats": service(
            images.nats,
            url(plan.bus.monitor_port or 0, "/healthz"),
            command=["--config", f"{INSIDE}/{nats.CONFIG}"],
            volumes=mount,
            tmpfs=["/data"],
        ),
        "livekit": service(
            images.livekit,
            url(plan.sfu.port, "/"),
            command=["--config", f"{INSIDE}/{livekit.CONFIG}"],
            volumes=mount,
        ),
        "server": service(
            images.server,
            url(plan.server.port, plugnmeet_server.HEALTH),
            command=["plugnmeet-server", "-config", f"{INSIDE}/{plugnmeet_server.CONFIG}"],
            volumes=mount,
            tmpfs=["/app"],
            depends_on={
                name: {"condition": "service_healthy"}
                for name in ("redis", "mariadb", "nats", "livekit")
            },
        ),
    }
    document = {"name": project, "services": services}
    # Compose expands `$` as a variable; `$$` is a literal dollar sign.
    return str(yaml.safe_dump(document, sort_keys=False)).replace("$", "$$")


class ComposeStack(Stack):
    """The official images of one server version. `folder` keeps each service's log.

    `client_files`: a built page to serve. Without it, the server downloads the official client of
    its own version at its start (2.1.4 and later).
    """

    name = "compose"
    server = "plugnmeet-server"

    def __init__(
        self, folder: Path, *, server_version: str | None, client_files: Path | None = None
    ) -> None:
        super().__init__()
        self._folder, self._client_files = folder, client_files
        if server_version is None:
            raise StackError("--stack compose needs --server-version, for example 2.4.0")
        self._version = server_version.removeprefix("v")
        self._images = images_of(server_version)
        self._project = f"plugnmeet-conform-{secrets.token_hex(4)}"
        self._block: PortBlock | None = None
        self._api: ControlApi | None = None
        self._scratch: Path | None = None

    @property
    def lacks(self) -> Mapping[StackPart, str]:
        return {
            "ai": NO_AI,
            "files": "the containers keep their files in their own memory, where this run cannot "
            "read them: run this check with --stack native",
        }

    async def fetch_logs(self) -> None:
        await self._keep_logs()

    async def preflight(self) -> None:
        if shutil.which("docker") is None:
            raise StackError("docker is missing: install Docker Engine with its Compose plugin")
        if await _docker("compose", "version", "--short") is None:
            raise StackError(
                "docker has no compose command: install the plugin docker-compose-plugin"
            )
        if await _docker("version", "--format", "{{.Server.Version}}") is None:
            raise StackError(
                "no Docker engine answers: start it, and check that you may use it (docker info)"
            )

    async def start(self) -> None:
        began = time.monotonic()
        try:
            await self.preflight()
            await _remove_orphans()
            await self._start()
        except BaseException:
            await self.stop()
            raise
        self.timings["stack"] = time.monotonic() - began

    async def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._block = PortBlock()
        self._scratch = Path(os.environ.get("TMPDIR", "/tmp")) / (  # noqa: S108 - mode 0700
            SCRATCH_PREFIX + secrets.token_hex(6)
        )
        self._scratch.mkdir(mode=0o700)
        plan = make_plan(
            self._block,
            version=plugnmeet_server.parse_version(self._version),
            client_files=self._client_files,
            folder=self._scratch,
            seen_as=INSIDE,
            release=f"v{self._version}",
            monitor=True,
        )
        for name, text in plan.files.items():
            (self._scratch / name).write_text(text, "utf-8")
        owner = f"{os.getpid()}@{psutil.Process().create_time()}"
        text = render(plan, self._images, self._scratch, self._project, owner)
        (self._scratch / FILE).write_text(text, "utf-8")
        await self._up()
        self.versions = {
            "plugnmeet-server": self._version,
            **{
                name: getattr(self._images, name).partition(":")[2]
                for name in ("redis", "mariadb", "nats", "livekit")
            },
        }
        self.endpoints = plan.endpoints
        given = plan.server
        self.api = self._api = ControlApi(given.url, given.api_key, given.api_secret)

    async def _up(self) -> None:
        log = self._folder / "compose.log"
        self.logs["compose"] = log
        wait = ("--wait", "--wait-timeout", str(UP_S))
        said = await self._compose("up", "--detach", "--quiet-pull", *wait)
        log.write_text(said.text, "utf-8")
        if said.status != 0:
            await self._keep_logs()
            lines = [line for line in said.text.strip().splitlines() if line.strip()]
            raise ServiceNotReady("the compose project", UP_S, "\n".join(lines[-4:]), log)

    async def stop(self) -> None:
        if self._api is not None:
            await self._api.aclose()
            self._api = None
        if self._scratch is not None:
            if (self._scratch / FILE).is_file():
                await self._keep_logs()
                await self._compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None
        if self._block is not None:
            self._block.release()
            self._block = None

    def check(self) -> None:
        """Do nothing: `first_death` watches the containers."""

    async def alive(self) -> None:
        """Ask Docker whether every container is running."""
        dead = await self._dead()
        if dead is not None:
            raise dead

    async def first_death(self) -> StackError:
        """Wait until a container exits by itself."""
        while True:
            await asyncio.sleep(WATCH_S)  # poll: `ps` reports no events
            if (dead := await self._dead()) is not None:
                return dead

    async def _dead(self) -> ServiceDied | None:
        said = await self._compose("ps", "--all", "--format", "json")
        for line in said.text.splitlines():
            try:
                container = json.loads(line)
            except ValueError:
                continue
            if isinstance(container, dict) and container.get("State") in ("exited", "dead"):
                name = str(container.get("Service", "a service"))
                status = int(container.get("ExitCode") or 0)
                return ServiceDied(name, status, "", self._folder / f"{name}.log")
        return None

    async def _keep_logs(self) -> None:
        for name in ("redis", "mariadb", "nats", "livekit", "server"):
            said = await self._compose("logs", "--no-color", "--no-log-prefix", name)
            self.logs[name] = self._folder / f"{name}.log"
            self.logs[name].write_text(said.text, "utf-8")

    async def _compose(self, *arguments: str) -> _Said:
        assert self._scratch is not None
        file = str(self._scratch / FILE)
        return await _run("docker", "compose", "--progress", "plain", "-f", file, *arguments)


@dataclass(frozen=True)
class _Said:
    """The output of a command (stdout and stderr) and its exit status."""

    status: int
    text: str


async def _run(*argv: str) -> _Said:
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return _Said(process.returncode or 0, output.decode("utf-8", "replace"))


async def _docker(*arguments: str) -> str | None:
    try:
        async with asyncio.timeout(ANSWER_S):
            said = await _run("docker", *arguments)
    except TimeoutError:
        return None
    return said.text.strip() if said.status == 0 and said.text.strip() else None


async def _remove_orphans() -> None:
    """Remove the containers of killed runs, which are those whose owner process is gone."""
    listed = await _docker(
        "ps",
        "--all",
        "--filter",
        f"label={LABEL}",
        "--format",
        f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}',
    )
    dead = [line.split()[0] for line in (listed or "").splitlines() if not owner_lives(line)]
    if dead:
        await _docker("rm", "--force", "--volumes", *dead)


def owner_lives(line: str) -> bool:
    """Is the process in a container's label (`ID PID@START`) still running?"""
    _, _, owner = line.partition(" ")
    pid, _, began = owner.strip().partition("@")
    try:
        return psutil.Process(int(pid)).create_time() == float(began)
    except (ValueError, psutil.Error):
        return False
