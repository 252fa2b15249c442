"""The description of a running deployment: a TOML file, environment variables, or both.

A variable overrides the file. A secret comes from a variable, from the file, or from a second file
that a variable ending in `_FILE` names. It never comes from the command line, which every user of
the machine can read.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator

from conformance.stacks.errors import StackError

PREFIX: Final = "PNM_CONFORM_"

VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "URL": ("url",),
    "API_KEY": ("api_key",),
    "API_SECRET": ("api_secret",),
    "CLIENT_URL": ("client_url",),
    "CA_FILE": ("ca_file",),
    "LIVEKIT_URL": ("livekit", "url"),
    "LIVEKIT_API_KEY": ("livekit", "api_key"),
    "LIVEKIT_API_SECRET": ("livekit", "api_secret"),
    "NATS_URL": ("nats", "url"),
    "NATS_USER": ("nats", "user"),
    "NATS_PASSWORD": ("nats", "password"),
    "REDIS_URL": ("stores", "redis_url"),
    "DATABASE_URL": ("stores", "database_url"),
    "WEBHOOK_URL": ("webhooks", "url"),
    "WEBHOOK_LISTEN": ("webhooks", "listen"),
}
"""Variable name (without `PNM_CONFORM_`) to its place in the file."""

_SECRET: Final = ("API_KEY", "API_SECRET", "LIVEKIT_API_SECRET", "NATS_PASSWORD")


class DeploymentInvalid(StackError):
    """The description of the deployment is invalid; one line says how to fix it."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class LiveKitAccess(_Data):
    """The SFU's address and an API key from its configuration."""

    url: str
    api_key: str
    api_secret: SecretStr


class NatsAccess(_Data):
    """The message bus, with a user who may read every stream of the product's account."""

    url: str
    user: str | None = None
    password: SecretStr | None = None


class Stores(_Data):
    """The stores behind the server.

    `logs` (files) and the folders (JetStream, MariaDB, uploads, recordings) are paths on this
    machine. Give them if the server runs here, or if they are mounted here.
    """

    redis_url: SecretStr | None = None
    database_url: SecretStr | None = None
    logs: tuple[Path, ...] = ()
    jetstream_folder: Path | None = None
    mariadb_folder: Path | None = None
    server_folders: tuple[Path, ...] = ()


class Webhooks(_Data):
    """Where this machine listens for webhooks, and the URL that the server uses for it."""

    url: str
    listen: str = "0.0.0.0:8099"

    @property
    def listen_host(self) -> str:
        """The host part of `listen`."""
        return self.listen.rpartition(":")[0]

    @property
    def listen_port(self) -> int:
        """The port part of `listen`."""
        return int(self.listen.rpartition(":")[2])

    @field_validator("listen")
    @classmethod
    def _is_host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65_535:
            raise ValueError("write host:port, for example 0.0.0.0:8099")
        return value


class Deployment(_Data):
    """One deployment. `url` is the server's root; `client_url` is the page's, if it differs.

    `insecure` accepts any certificate; `ca_file` (PEM) trusts one additional authority.
    """

    url: str
    api_key: SecretStr
    api_secret: SecretStr
    client_url: str | None = None
    ca_file: Path | None = None
    insecure: bool = False
    livekit: LiveKitAccess | None = None
    nats: NatsAccess | None = None
    stores: Stores = Stores()
    webhooks: Webhooks | None = None

    @property
    def is_loopback(self) -> bool:
        """Does the deployment run on this machine?"""
        return urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")

    @field_validator("url", "client_url")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write an address, for example https://meet.example.org")
        if parts.scheme == "http" and parts.hostname != "localhost":
            raise ValueError(
                "browsers encrypt only on https or on http://localhost: give such an address"
            )
        return value.rstrip("/")

    @field_validator("ca_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value


def load_deployment(
    path: Path | None,
    *,
    insecure: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Deployment:
    """Read the deployment's description from the file and the environment.

    Raises:
        DeploymentInvalid: the description is invalid, or other users can read a file with secrets.
    """
    given = _from_file(path) if path is not None else {}
    source: dict[tuple[str, ...], str] = {}
    for name, place in VARIABLES.items():
        value = _from_environment(name, os.environ if environment is None else environment)
        if value is not None:
            _put(given, place, value)
            source[place] = PREFIX + name
    if insecure:
        given["insecure"] = True
    try:
        return Deployment.model_validate(given)
    except ValidationError as error:
        raise _told(error, path, source) from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise DeploymentInvalid(f"{path} cannot be read ({why}): give a TOML file") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeploymentInvalid(
            f'{path} is not TOML ({error}): write url = "https://meet.example.org" and so on'
        ) from error
    if "api_secret" in data and mode & (stat.S_IRGRP | stat.S_IROTH):
        raise DeploymentInvalid(f"{path} holds a secret that others can read: chmod 600 {path}")
    return data


def _from_environment(name: str, environment: Mapping[str, str]) -> str | None:
    direct, by_file = environment.get(PREFIX + name), environment.get(f"{PREFIX}{name}_FILE")
    if direct or not by_file:
        return direct or None
    try:
        return Path(by_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise DeploymentInvalid(
            f"{PREFIX}{name}_FILE: {by_file} cannot be read ({why}): name a file with the value"
        ) from error


def _put(given: dict[str, Any], place: tuple[str, ...], value: str) -> None:
    table = given
    for part in place[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = table[part] = {}
        table = inner
    table[place[-1]] = value


def _told(
    error: ValidationError, path: Path | None, source: Mapping[tuple[str, ...], str]
) -> DeploymentInvalid:
    """The first error, under the name (variable or place in the file) that the user gave."""
    first = error.errors(include_input=False)[0]
    place = tuple(str(part) for part in first["loc"])
    variable = next((PREFIX + n for n, known in VARIABLES.items() if known == place), None)
    name = source.get(place) or f"{path}: {'.'.join(place)}" if path else variable or place[-1]
    if first["type"] == "missing":
        ways = [f"set {variable}"] if variable else []
        if variable and variable.removeprefix(PREFIX) in _SECRET:
            ways.append(f"{variable}_FILE")
        ways.append(f"write {'.'.join(place)} in the file given with --deployment")
        return DeploymentInvalid(
            f"the deployment's {' '.join(place)} is not given: {' or '.join(ways)}"
        )
    if first["type"] == "extra_forbidden":
        return DeploymentInvalid(f"{name} is unknown: remove it; see docs/external.md")
    message = first["msg"].removeprefix("Value error, ")
    return DeploymentInvalid(f"{name}: {message}")
