"""NATS with JetStream, a websocket for browsers, and the product's auth callout.

The accounts are those of plugNmeet-server v2.4.0 (nats_server_sample.conf): SYS, and PNM for
everyone. Only the server logs in with a password; everyone else goes through the callout.

Within one account, everyone can read everyone's inboxes: clients use the default `_INBOX.>`, and
pulled messages arrive there. Therefore the reference server may use a pool of accounts, one for the
participants of each session, and a lobby account for those who wait for admission. JetStream stays
in PNM; each account imports what participants need of it (docs.nats.io, "Cross-account JetStream").
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys

from conformance.wire import subjects

ACCOUNT = "PNM"
LOBBY = "LOBBY"
ROOM_ACCOUNTS = 64
"""Number of sessions at a time that the embedded stack isolates; each has its own account."""
CONFIG = "nats.conf"
READY = r"Server is ready"


@dataclass(frozen=True)
class NatsSettings:
    """One NATS server on loopback. `issuer_seed` (an account seed) signs the callout's responses.

    `room_accounts`: number of accounts for sessions; 0 means one account for all, as the product.
    """

    port: int
    ws_port: int
    user: str
    password: str
    issuer_seed: str
    monitor_port: int | None = None
    room_accounts: int = 0

    @property
    def account_names(self) -> list[str]:
        """The names of the accounts for sessions."""
        return [f"ROOM_{number:03}" for number in range(self.room_accounts)]

    @property
    def lobby(self) -> str | None:
        """The account of participants who wait for admission; None if there is none."""
        return LOBBY if self.room_accounts else None

    @property
    def url(self) -> str:
        """The URL for the server program."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """The URL for browsers. The host is localhost, because a page must be a secure context."""
        return f"http://localhost:{self.ws_port}"


def new_issuer_seed() -> str:
    """A fresh account seed (`SA...`)."""
    seed: bytes = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_ACCOUNT)
    return seed.decode()


def issuer_of(seed: str) -> str:
    """The public account key (`A...`) of a seed."""
    pair = nkeys.from_seed(bytearray(seed.encode()))
    return str(pair.public_key.decode())


def configuration(settings: NatsSettings, store: Path) -> str:
    """The configuration file's text. NATS accepts JSON-style quoted strings."""
    user = json.dumps(settings.user)
    monitor = settings.monitor_port
    http = f'http: "127.0.0.1:{monitor}"\n' if monitor is not None else ""
    return f"""\
server_name: "plugnmeet-conformance"
listen: "127.0.0.1:{settings.port}"
{http}\
max_payload: 8MB
jetstream {{
  store_dir: {json.dumps(str(store))}
  max_memory_store: 256MB
  max_file_store: 1GB
}}
websocket {{
  listen: "127.0.0.1:{settings.ws_port}"
  no_tls: true
}}
accounts {{
{_accounts(settings)}
}}
system_account: SYS
authorization {{
  timeout: 5
  auth_callout {{
    issuer: {issuer_of(settings.issuer_seed)}
    auth_users: [{user}]
    account: {ACCOUNT}
  }}
}}
"""


_SERVICES = (
    "$JS.API.INFO",
    f"$JS.API.CONSUMER.INFO.{subjects.ROOM_STREAM}.*",
    f"$JS.API.CONSUMER.MSG.NEXT.{subjects.ROOM_STREAM}.*",
    f"$JS.ACK.{subjects.ROOM_STREAM}.>",
    f"{subjects.SYSTEM_JS_WORKER}.*.*",
    f"{subjects.SYSTEM_CORE_WORKER}.*.*",
)
"""Requests of participants to the server's account; permissions restrict them to their session."""
_LIVE = f"{subjects.SYSTEM_PUBLIC}.*"
"""Messages from the server to a room that may be lost."""
_CHANNELS = tuple(
    f"{channel}.*" for channel in (subjects.CHAT, subjects.WHITEBOARD, subjects.DATA_CHANNEL)
)
"""Messages between participants. They stay in one account; the server's account may listen."""
_KICK = "$SYS.REQ.SERVER.*.KICK"


def _accounts(settings: NatsSettings) -> str:
    """The `accounts` block; the server's user is in PNM."""
    login = {"user": settings.user, "password": settings.password}
    events = [f"$SYS.ACCOUNT.{ACCOUNT}.>"]
    system: list[dict[str, Any]] = []
    server: dict[str, Any] = {"jetstream": "enabled", "imports": [], "users": [login]}
    blocks: dict[str, dict[str, Any]] = {"SYS": {"exports": system}, ACCOUNT: server}
    if settings.room_accounts:
        events = ["$SYS.ACCOUNT.*.CONNECT", "$SYS.ACCOUNT.*.DISCONNECT"]
        system.append({"service": _KICK, "accounts": [ACCOUNT]})
        server["imports"].append({"service": {"account": "SYS", "subject": _KICK}})
        server["exports"] = [_service(subject) for subject in _SERVICES]
        server["exports"].append({"stream": _LIVE})
    for subject in events:
        system.append({"stream": subject, "accounts": [ACCOUNT]})
        server["imports"].append({"stream": {"account": "SYS", "subject": subject}})
    for name in settings.account_names:
        blocks[name] = {
            "exports": [{"stream": subject, "accounts": [ACCOUNT]} for subject in _CHANNELS],
            "imports": [*_imported_services(), {"stream": {"account": ACCOUNT, "subject": _LIVE}}],
        }
        server["imports"] += [
            {"stream": {"account": name, "subject": subject}} for subject in _CHANNELS
        ]
    if settings.lobby:
        blocks[settings.lobby] = {"imports": _imported_services()}
    return "\n".join(f"  {name}: {json.dumps(block)}" for name, block in blocks.items())


def _service(subject: str) -> dict[str, str]:
    # One pull request gets any number of responses.
    many = {"response_type": "stream"} if ".MSG.NEXT." in subject else {}
    return {"service": subject, **many}


def _imported_services() -> list[dict[str, Any]]:
    return [{"service": {"account": ACCOUNT, "subject": subject}} for subject in _SERVICES]


def command(program: Path, folder: Path) -> list[str]:
    """The command line; the configuration is in `folder`."""
    return [str(program), "--config", str(folder / CONFIG)]
