"""NATS with JetStream, a websocket for browsers, and the auth callout of the product.

The accounts are those of plugNmeet-server v2.4.0 (nats_server_sample.conf): SYS, and PNM in which
everyone is placed; only the server logs in by password, everyone else goes through the callout.

In one account everybody may read everybody's inboxes: clients leave them at `_INBOX.>`, and pulled
messages come there. So the reference server may be given a pool of accounts, one for the people
of each session, and a lobby for those who wait to be admitted. JetStream stays in PNM; what a
participant needs of it is imported (docs.nats.io, "Cross-account JetStream").
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
"""Sessions that the embedded stack keeps apart at one time; each has an account of its own."""
CONFIG = "nats.conf"
READY = r"Server is ready"


@dataclass(frozen=True)
class NatsSettings:
    """One NATS server on loopback. `issuer_seed` signs the callout's answers (an account seed).

    `room_accounts`: how many sessions can have an account of their own; 0 is the product's way.
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
        """The accounts for sessions."""
        return [f"ROOM_{number:03}" for number in range(self.room_accounts)]

    @property
    def lobby(self) -> str | None:
        """The account of those who wait to be admitted, where there is one."""
        return LOBBY if self.room_accounts else None

    @property
    def url(self) -> str:
        """Where the server program connects."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where browsers connect; the name is localhost, as a page must be a secure context."""
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
    """The configuration file's text. NATS reads JSON-style quoted strings as they are."""
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
"""What people of every session ask of the server's account; permissions narrow it to their own."""
_LIVE = f"{subjects.SYSTEM_PUBLIC}.*"
"""The server's loss-tolerant words to a room."""
_CHANNELS = tuple(
    f"{channel}.*" for channel in (subjects.CHAT, subjects.WHITEBOARD, subjects.DATA_CHANNEL)
)
"""What people say to each other: it stays in their account, the server's account may listen."""
_KICK = "$SYS.REQ.SERVER.*.KICK"


def _accounts(settings: NatsSettings) -> str:
    """The block of accounts; the server's user is in PNM."""
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
    # A pull is answered by any number of messages.
    many = {"response_type": "stream"} if ".MSG.NEXT." in subject else {}
    return {"service": subject, **many}


def _imported_services() -> list[dict[str, Any]]:
    return [{"service": {"account": ACCOUNT, "subject": subject}} for subject in _SERVICES]


def command(program: Path, folder: Path) -> list[str]:
    """How it is started; its configuration lies in `folder`."""
    return [str(program), "--config", str(folder / CONFIG)]
