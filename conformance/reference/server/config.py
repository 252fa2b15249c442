"""The server's configuration: one JSON file, checked before anything starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import nkeys
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from conformance.reference.rules import Rules


class ConfigInvalid(Exception):
    """The configuration file cannot be used. The text is one line: file, key and reason."""


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listen(_Block):
    """The address of the HTTP server. The page is always at http://localhost:PORT."""

    host: str = "127.0.0.1"
    port: int = Field(ge=1, le=65535)


class NatsConfig(_Block):
    """The message bus. `ws_url` is the address for browsers; `issuer_seed` signs the callout.

    `account` is the server's own. Each of `room_accounts` is for the people of one session, and
    `lobby_account` is for people in a waiting room. Without them everybody is in `account`.
    """

    url: str
    ws_url: str
    user: str
    password: SecretStr
    issuer_seed: SecretStr
    account: str = "PNM"
    room_accounts: list[str] = Field(default_factory=list)
    lobby_account: str | None = None

    @field_validator("issuer_seed")
    @classmethod
    def _is_account_seed(cls, value: SecretStr) -> SecretStr:
        try:
            key = nkeys.from_seed(bytearray(value.get_secret_value().encode()))
            public = key.public_key.decode()
        except Exception as error:
            raise ValueError("is not an nkey seed; an account seed begins with SA") from error
        if not public.startswith("A"):
            raise ValueError("is not an account seed; an account seed begins with SA")
        return value


class LiveKitConfig(_Block):
    """The SFU. Browsers must reach the address, too."""

    url: str
    api_key: str
    api_secret: SecretStr


class AiConfig(_Block):
    """The AI provider, in the form that OpenAI clients use (with /v1)."""

    endpoint: str = Field(pattern="^https?://")
    api_key: SecretStr = Field(min_length=1)


class ServerConfig(_Block):
    """The whole file. `broken` (in the file: "break") lists rule ids of rules/server.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    listen: Listen
    api_key: str = Field(min_length=1)
    api_secret: SecretStr = Field(min_length=1)
    token_validity: int = Field(default=600, gt=0)
    nats: NatsConfig
    livekit: LiveKitConfig
    ai: AiConfig | None = None
    client_files: Path | None = None
    broken: list[str] = Field(default_factory=list, alias="break")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("client_files")
    @classmethod
    def _has_a_page(cls, value: Path | None) -> Path | None:
        if value is not None and not (value / "index.html").is_file():
            raise ValueError(f"{value} has no index.html; build the client first")
        return value

    @field_validator("broken")
    @classmethod
    def _are_rules(cls, value: list[str]) -> list[str]:
        Rules(value)
        return value


def load_config(path: Path) -> ServerConfig:
    """Read and check the file.

    Raises:
        ConfigInvalid: the file cannot be read or is not JSON, or a key in it is wrong.
    """
    try:
        return ServerConfig.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        what = first["msg"].removeprefix("Value error, ")
        raise ConfigInvalid(f"{path}: {where}: {what}") from error
    except ValueError as error:
        raise ConfigInvalid(f"{path}: is not JSON in UTF-8: {error}") from error
