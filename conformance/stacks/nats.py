"""NATS with JetStream, a websocket for browsers, and the auth callout of the product.

The accounts are those of plugNmeet-server v2.4.0 (nats_server_sample.conf): SYS, and PNM in which
everyone is placed; only the server logs in by password, everyone else goes through the callout.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

import nkeys

ACCOUNT = "PNM"
CONFIG = "nats.conf"
READY = r"Server is ready"


@dataclass(frozen=True)
class NatsSettings:
    """One NATS server on loopback. `issuer_seed` signs the callout's answers (an account seed)."""

    port: int
    ws_port: int
    user: str
    password: str
    issuer_seed: str
    monitor_port: int | None = None

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
    user, password = json.dumps(settings.user), json.dumps(settings.password)
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
  SYS: {{
    exports: [{{ stream: "$SYS.ACCOUNT.{ACCOUNT}.>", accounts: [{ACCOUNT}] }}]
  }}
  {ACCOUNT}: {{
    jetstream: enabled
    imports: [{{ stream: {{ account: SYS, subject: "$SYS.ACCOUNT.{ACCOUNT}.>" }} }}]
    users: [{{ user: {user}, password: {password} }}]
  }}
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


def command(program: Path, folder: Path) -> list[str]:
    """How it is started; its configuration lies in `folder`."""
    return [str(program), "--config", str(folder / CONFIG)]
