"""A deployment that is already running. This stack starts nothing and leaves nothing behind.

Every room id that the run creates begins with `conform-`. `stop` ends the rooms that still exist
and waits until they are gone.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from conformance.stacks.base import (
    NO_AI,
    Endpoints,
    Folder,
    Stack,
    StackPart,
    WebhookPlace,
    usual_trust,
)
from conformance.stacks.control_api import ControlApi, ServerRefused, ServerUnreachable
from conformance.stacks.errors import StackError
from conformance.stacks.external import preflight
from conformance.stacks.external.deployment import Deployment

WATCH_S: Final = 5.0
MISSES: Final = 3
"""After this many failed health checks in a row, the deployment counts as gone."""
GONE_S: Final = 30.0
"""Seconds. The product holds an ended room's lock for up to 20 s while it cleans up."""
ENDED_AT_ONCE: Final = 4
"""Rooms ended at the same time; ending rooms must not put load on the deployment."""


class ExternalStack(Stack):
    """A deployment as `deployment` describes it; `folder` is only for the run's own files.

    `clock_skew_s`: seconds by which the deployment's clock is ahead of this machine's, as its
    responses show (whole seconds).
    """

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
        self.clock_skew_s = 0.0
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
    def lacks(self) -> Mapping[StackPart, str]:
        given, missing = self.deployment, {"ai": NO_AI}
        if given.nats is None:
            missing["nats"] = _unnamed("the message bus", "NATS_URL", "nats")
        if given.livekit is None:
            missing["livekit"] = _unnamed("the SFU", "LIVEKIT_URL", "livekit")
        if given.stores.redis_url is None or given.stores.database_url is None:
            missing["stores"] = _unnamed("the stores", "REDIS_URL and DATABASE_URL", "stores")
        if given.webhooks is None and not given.is_loopback:
            missing["webhooks"] = _unnamed("our webhook receiver", "WEBHOOK_URL", "webhooks")
        names = ("jetstream_folder", "mariadb_folder", "server_folders")
        if unnamed := [name for name in names if not getattr(given.stores, name)]:
            missing["files"] = _unmounted("the services' folders", unnamed)
        if not given.stores.logs:
            missing["logs"] = _unmounted("the server's log", ["logs"])
        return missing  # type: ignore[return-value]

    async def preflight(self) -> None:
        await self.start()
        await self.stop()

    async def start(self) -> None:
        began = time.monotonic()
        given = self.deployment
        async with self._http() as http:
            self.clock_skew_s = await preflight.is_healthy(http, given.url)
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
            await self._ask(self._api)
        except StackError as error:
            try:
                await self.stop()
            except StackError as left:
                raise StackError(f"{error}; besides, {left}") from error
            raise
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

    async def _ask(self, api: ControlApi) -> None:
        async with self._http() as http:
            await preflight.lets_us_in(api)
            self.versions[self.server] = await preflight.version(http, api)
            await preflight.nats_lets_us_in(self.endpoints)
            await preflight.sfu_lets_us_in(http, self.endpoints, self.clock_skew_s)

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=preflight.ANSWER_S,
            verify=self.verify,
            trust_env=not self.deployment.is_loopback,
        )

    # -- during and after the run ------------------------------------------------------------

    def check(self) -> None:
        """Do nothing: no process of the deployment is ours; see `first_death`."""

    async def alive(self) -> None:
        """Run one health check."""
        async with self._http() as http:
            why = await preflight.why_ill(http, self.deployment.url)
        if why is not None:
            raise StackError(_gone(self.deployment.url, why))

    async def first_death(self) -> StackError:
        """Wait until several health checks in a row have failed."""
        missed = 0
        async with self._http() as http:
            while True:
                await asyncio.sleep(WATCH_S)  # keep the load on the server low
                why = await preflight.why_ill(http, self.deployment.url)
                missed = 0 if why is None else missed + 1
                if why is not None and missed >= MISSES:
                    return StackError(_gone(self.deployment.url, why))

    async def stop(self) -> None:
        api, self._api = self._api, None
        if api is None:
            return
        try:
            left = await _end_all(api)
        finally:
            await api.aclose()
        if left:
            whys = "; ".join(sorted(set(left.values())))
            raise StackError(
                f"left behind on {api.url}, because they could not be ended: {', '.join(left)}; "
                f"end these rooms by hand ({whys})"
            )


def describe(deployment: Deployment) -> list[str]:
    """What a run does to a deployment, in sentences. Contacts nothing."""
    stack = ExternalStack(Path(), deployment)
    lines = [
        f"the run creates rooms on the server at {deployment.url}; every id begins with conform-",
        "browsers on this machine join them with camera and microphone; up to four at a time in "
        "each of two rooms",
        "the run ends all of these rooms and waits until they are gone",
        f"certificates are {'not verified' if deployment.insecure else 'verified'}"
        + (f", {deployment.ca_file} is trusted too" if deployment.ca_file else ""),
    ]
    if deployment.nats is not None:
        lines.append(f"checked: every stream of the message bus at {deployment.nats.url}")
    if deployment.livekit is not None:
        lines.append(f"checked: the SFU at {deployment.livekit.url}")
    if "webhooks" not in stack.lacks:
        place = stack.webhook_place
        lines.append(
            f"checked: the webhooks of these rooms, sent to {place.url}, received on "
            f"{place.listen_host}:{place.listen_port or 'a free port'}"
        )
    lines += [f"not checked: {why}" for why in stack.lacks.values()]
    return lines


def _gone(url: str, why: str) -> str:
    return (
        f"the deployment at {url} stopped answering during the run "
        f"({why}): read its logs, then run again"
    )


def _unnamed(what: str, variables: str, table: str) -> str:
    named = " and ".join(f"PNM_CONFORM_{name}" for name in variables.split(" and "))
    return f"unknown: where {what} is: set {named}, or [{table}] in the deployment file"


def _unmounted(what: str, names: Sequence[str]) -> str:
    return (
        f"unknown: where {what} is on this machine: mount it and set "
        f"{', '.join(names)} in [stores] of the deployment file"
    )


def _verification(deployment: Deployment) -> ssl.SSLContext | bool:
    if deployment.insecure:
        return False
    if deployment.ca_file is None:
        return usual_trust()
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(deployment.ca_file)
    except ssl.SSLError as error:
        raise StackError(f"{deployment.ca_file} holds no certificate: give a PEM file") from error
    return context


async def _end_all(api: ControlApi) -> dict[str, str]:
    """End every created room that still exists. Returns the rooms that remain, and why."""
    few = asyncio.Semaphore(ENDED_AT_ONCE)
    left: dict[str, str] = {}

    async def end(room: str) -> None:
        async with few:
            why = await _end(api, room)
        if why is not None:
            left[room] = why

    await asyncio.gather(*(end(room) for room in api.created))
    return dict(sorted(left.items()))


async def _end(api: ControlApi, room: str) -> str | None:
    """Why a room may still exist; None if the server says that it is gone."""
    gone = AsyncRetrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(GONE_S),
        wait=wait_fixed(0.5),
        retry_error_callback=lambda _: True,
    )
    refused = "the server accepted endRoom, but the room is still active"
    try:
        if not await _is_there(api, room):
            return None
        try:
            await api.end_room(room)
        except ServerRefused as error:  # it may be ending already: wait
            refused = f"endRoom: HTTP {error.http_status} {error.msg[:100]!r}"
        return refused if await gone(_is_there, api, room) else None
    except ServerRefused as error:
        return f"isRoomActive: HTTP {error.http_status} {error.msg[:100]!r}"
    except ServerUnreachable as error:
        return None if room in api.ended else error.why


async def _is_there(api: ControlApi, room: str) -> bool:
    try:
        return await api.is_room_active(room)
    except ServerRefused as error:
        if error.status_code == "INVALID_PARAMETERS" or "validation error" in error.msg:
            return False  # the server cannot have a room with that name
        raise
