"""A deployment that is already up. Nothing is started there, and nothing is left behind.

Every room that is made has an id that begins with `conform-`; whatever of them is still there in
the end is ended, and looked after until it is gone.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import ssl
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
import nats
from google.protobuf.message import DecodeError
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from conformance.stacks.base import Endpoints, Folder, Part, Stack, WebhookPlace
from conformance.stacks.control_api import (
    ControlApi,
    ServerRefused,
    ServerUnreachable,
    why_unreachable,
)
from conformance.stacks.deployment import Deployment
from conformance.stacks.errors import StackError
from conformance.stacks.kinds import RoomKind
from conformance.wire import plugnmeet_pb2 as pb

ANSWER_S: Final = 10.0
"""A server that needs longer for a health check will not carry a meeting."""
WATCH_S: Final = 5.0
MISSES: Final = 3
"""This many health checks in a row without an answer: the deployment is gone."""
GONE_S: Final = 30.0
"""The product holds an ended room's lock for up to 20 s while it clears up."""


class ExternalStack(Stack):
    """A deployment, as `deployment` describes it; `folder` is only for the run's own notes."""

    name = "external"
    server = "plugnmeet-server"

    def __init__(self, folder: Path, deployment: Deployment) -> None:
        super().__init__()
        self.folder, self.deployment = folder, deployment
        self.ignore_https_errors = deployment.insecure or deployment.ca_file is not None
        self.verify = _verification(deployment)
        if deployment.webhooks is not None:
            self.webhook_place = WebhookPlace(
                deployment.webhooks.listen_host,
                deployment.webhooks.listen_port,
                deployment.webhooks.url,
            )
        self.logs = {path.name: path for path in deployment.stores.logs}
        self._api: ControlApi | None = None

    @property
    def folders(self) -> Sequence[Folder]:
        given = self.deployment.stores
        found = [Folder("server", path) for path in given.server_folders]
        if given.jetstream_folder is not None:
            found.append(Folder("jetstream", given.jetstream_folder))
        if given.mariadb_folder is not None:
            found.append(Folder("mariadb", given.mariadb_folder))
        return found

    @property
    def lacks(self) -> Mapping[Part, str]:
        given, missing = self.deployment, {}
        if given.nats is None:
            missing["nats"] = _unnamed("the message bus", "NATS_URL", "nats")
        if given.livekit is None:
            missing["livekit"] = _unnamed("the SFU", "LIVEKIT_URL", "livekit")
        if given.stores.redis_url is None or given.stores.database_url is None:
            missing["stores"] = _unnamed("each store", "REDIS_URL and DATABASE_URL", "stores")
        if given.webhooks is None and not given.is_loopback:
            missing["webhooks"] = _unnamed("its receiver of webhooks", "WEBHOOK_URL", "webhooks")
        names = ("jetstream_folder", "mariadb_folder", "server_folders")
        if unnamed := [name for name in names if not getattr(given.stores, name)]:
            missing["files"] = _unmounted("every file of the services", unnamed)
        if not given.stores.logs:
            missing["logs"] = _unmounted("a log of the server", ["logs"])
        return missing  # type: ignore[return-value]

    async def preflight(self) -> None:
        await self.start()
        await self.stop()

    async def start(self) -> None:
        began = time.monotonic()
        given = self.deployment
        await self._is_healthy()
        self.endpoints = Endpoints(
            server_url=given.url,
            api_key=given.api_key.get_secret_value(),
            api_secret=given.api_secret.get_secret_value(),
            client_url=given.client_url,
            **self._access(),
        )
        self.api = self._api = ControlApi(
            given.url,
            given.api_key.get_secret_value(),
            given.api_secret.get_secret_value(),
            verify=self.verify,
        )
        try:
            await self._lets_us_in(self._api)
            self.versions[self.server] = await self._version(self._api)
            await self._neighbours()
        except BaseException:
            await self.stop()
            raise
        self.timings["stack"] = time.monotonic() - began

    def _access(self) -> dict[str, str | None]:
        given = self.deployment
        access: dict[str, str | None] = {}
        if given.livekit is not None:
            access["livekit_url"] = given.livekit.url
            access["livekit_api_key"] = given.livekit.api_key
            access["livekit_api_secret"] = given.livekit.api_secret.get_secret_value()
        if given.nats is not None:
            password = given.nats.password
            access["nats_url"], access["nats_user"] = given.nats.url, given.nats.user
            access["nats_password"] = password.get_secret_value() if password else None
        for name in ("redis_url", "database_url"):
            value = getattr(given.stores, name)
            access[name] = value.get_secret_value() if value else None
        return access

    # -- before anything is judged ---------------------------------------------------------

    async def _is_healthy(self) -> None:
        url = f"{self.deployment.url}/healthCheck"
        async with self._http() as http:
            try:
                answer = await http.get(url)
            except httpx.TransportError as error:
                raise ServerUnreachable(self.deployment.url, why_unreachable(error)) from error
        if answer.is_redirect:
            where = answer.headers.get("location", "elsewhere")
            raise StackError(f"{url} redirects to {where[:200]!r}: give the address of the server")
        if "html" in answer.headers.get("content-type", "") and "Healthy" not in answer.text:
            raise StackError(
                f"{url} answers with a web page (HTTP {answer.status_code}): this is no "
                "Plug-N-Meet server's root, or a proxy answers for it; give the server's address"
            )
        if answer.status_code >= 500:
            raise StackError(
                f"{url} says HTTP {answer.status_code} {answer.text[:100]!r}: "
                "mend the deployment first"
            )

    async def _lets_us_in(self, api: ControlApi) -> None:
        try:
            await api.is_room_active(f"conform-nobody-{secrets.token_hex(4)}")
        except ServerRefused as error:
            if "Invalid API key" in error.msg:
                raise StackError(
                    f"{api.url} does not know this API key: check PNM_CONFORM_API_KEY or api_key "
                    "against client.api_key of the server's configuration"
                ) from None
            if "verify provided authentication" in error.msg:
                raise StackError(
                    f"{api.url} knows the API key, and the secret is another one: check "
                    "PNM_CONFORM_API_SECRET or api_secret against client.secret of the server's "
                    "configuration"
                ) from None
            if error.http_status in (401, 403):
                raise
            # "room not found" is a refusal, too, and the answer that was hoped for

    async def _version(self, api: ControlApi) -> str:
        """The server's own word, which it gives to whoever joins."""
        room = f"conform-preflight-{secrets.token_hex(5)}"
        await api.create_room(room, RoomKind.PLAIN)
        token = await api.join_token(room, "preflight", "preflight")
        async with self._http() as http:
            answer = await http.post(
                f"{self.deployment.url}/api/verifyToken",
                headers={"Authorization": token, "Content-Type": "application/protobuf"},
                content=pb.VerifyTokenReq().SerializeToString(),
            )
        await api.end_room(room)
        try:
            return pb.VerifyTokenRes.FromString(answer.content).server_version or "unknown"
        except DecodeError as error:
            raise StackError(
                f"{self.deployment.url}/api/verifyToken answers no protobuf (HTTP "
                f"{answer.status_code}): a proxy changes the answers, or it is another server"
            ) from error

    async def _neighbours(self) -> None:
        given = self.endpoints
        if given.nats_url is not None:
            try:
                connection = await nats.connect(
                    given.nats_url,
                    user=given.nats_user,
                    password=given.nats_password,
                    allow_reconnect=False,
                    connect_timeout=int(ANSWER_S),
                    error_cb=_quiet,
                )
                await connection.close()
            except Exception as error:
                raise StackError(
                    f"NATS at {given.nats_url} lets us not in ({str(error)[:150]}): "
                    "check the [nats] table"
                ) from error
        if given.livekit_url is not None:
            address = re.sub(r"^ws", "http", given.livekit_url)
            async with self._http() as http:
                try:
                    await http.get(address)
                except httpx.TransportError as error:
                    raise StackError(
                        f"the SFU at {given.livekit_url} does not answer "
                        f"({why_unreachable(error)}): check the [livekit] table"
                    ) from error

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=ANSWER_S, verify=self.verify, trust_env=not self.deployment.is_loopback
        )

    # -- while, and after ------------------------------------------------------------------

    def check(self) -> None:
        """Nothing of it is ours to look at; see `first_death`."""

    async def alive(self) -> None:
        """Ask for the server's health."""
        async with self._http() as http:
            try:
                await http.get(f"{self.deployment.url}/healthCheck")
            except httpx.TransportError as error:
                raise StackError(_gone(self.deployment.url, error)) from error

    async def first_death(self) -> StackError:
        """Wait until the server has not answered several health checks in a row."""
        missed = 0
        async with self._http() as http:
            while True:
                await asyncio.sleep(WATCH_S)
                try:
                    await http.get(f"{self.deployment.url}/healthCheck")
                    missed = 0
                except httpx.TransportError as error:
                    missed += 1
                    if missed >= MISSES:
                        return StackError(_gone(self.deployment.url, error))

    async def stop(self) -> None:
        api, self._api = self._api, None
        if api is None:
            return
        try:
            left = await _end_all(api)
        finally:
            await api.aclose()
        if left:
            raise StackError(
                f"left behind on {api.url}, as they could not be ended: {', '.join(left)}; "
                "end these rooms by hand"
            )


def describe(deployment: Deployment) -> list[str]:
    """What a run would do to a deployment, in sentences; nothing is contacted."""
    stack = ExternalStack(Path(), deployment)
    lines = [
        f"the server at {deployment.url} is asked to create rooms; every id begins with conform-",
        "browsers on this machine join them with camera and microphone; up to four at a time in "
        "each of two rooms",
        "all of these rooms are ended again, and looked after until they are gone",
        f"certificates are {'not verified' if deployment.insecure else 'verified'}"
        + (f", {deployment.ca_file} is trusted, too" if deployment.ca_file else ""),
    ]
    lines += [f"not looked into: {why}" for why in stack.lacks.values()]
    return lines


def _gone(url: str, error: httpx.TransportError) -> str:
    return (
        f"the deployment at {url} stopped answering in the middle of the run "
        f"({why_unreachable(error)}): look at its logs, then run again"
    )


async def _quiet(_: Exception) -> None:
    """What fails is raised, too; nats-py would print it besides."""


def _unnamed(what: str, variables: str, table: str) -> str:
    named = " and ".join(f"PNM_CONFORM_{name}" for name in variables.split(" and "))
    return f"the run was not told where {what} is: set {named}, or [{table}] in the deployment file"


def _unmounted(what: str, names: Sequence[str]) -> str:
    return (
        f"the run was not told where {what} is on this machine: mount it and set "
        f"{', '.join(names)} in [stores] of the deployment file"
    )


def _verification(deployment: Deployment) -> ssl.SSLContext | bool:
    if deployment.insecure:
        return False
    if deployment.ca_file is None:
        return True
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(deployment.ca_file)
    except ssl.SSLError as error:
        raise StackError(f"{deployment.ca_file} holds no certificate: give a PEM file") from error
    return context


async def _end_all(api: ControlApi) -> Sequence[str]:
    """End every room that was made and is still there; the ones that would not go."""
    left = []
    gone = AsyncRetrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(GONE_S),
        wait=wait_fixed(0.5),
        retry_error_callback=lambda _: True,
    )
    for room in sorted(api.created):
        try:
            if await api.is_room_active(room):
                await api.end_room(room)
                if await gone(api.is_room_active, room):
                    left.append(room)
        except ServerRefused:
            continue  # not found: it is gone
        except ServerUnreachable:
            if room not in api.ended:
                left.append(room)
    return left
