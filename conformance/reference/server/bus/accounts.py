"""NATS accounts: each session has one, so that no participant reads another session's inboxes.

A client receives its messages at `_INBOX.>` and may subscribe to all of `_INBOX.>`. So everybody in
an account can read everybody's inbox there. NATS takes its accounts from its configuration file and
cannot add one later, so sessions borrow accounts from a pool.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


class PoolExhausted(Exception):
    """There are more sessions than accounts."""


@dataclass(frozen=True)
class Connection:
    """One live connection: `server` and `id` name it on the bus, `account` is its NATS account."""

    server: str
    id: int
    account: str


class RoomAccounts:
    """Lends accounts to sessions. Without a pool everybody is in `shared`, as in the product."""

    def __init__(self, names: Sequence[str], shared: str, lobby: str | None) -> None:
        self._free = deque(names)
        self._has_pool = bool(names)
        self.shared = shared
        self.lobby = lobby or shared
        self._lent: dict[str, str] = {}
        self._inside: dict[str, set[Connection]] = {}
        self._leaving: set[str] = set()

    def of(self, sid: str) -> str:
        """The account of the session with this Session ID; the first call borrows a free one.

        Raises:
            PoolExhausted: every account is in use.
        """
        if not self._has_pool:
            return self.shared
        if sid not in self._lent:
            if not self._free:
                raise PoolExhausted(
                    f"all {len(self._lent) + len(self._leaving)} accounts are in use: end a room, "
                    "or add to room_accounts and to the accounts of the NATS server"
                )
            self._lent[sid] = self._free.popleft()
        return self._lent[sid]

    def has_borrowed(self, sid: str) -> bool:
        """Whether the session with this Session ID has an account of the pool now."""
        return sid in self._lent

    def connected(self, connection: Connection) -> None:
        """A connection to an account was opened."""
        self._inside.setdefault(connection.account, set()).add(connection)

    def disconnected(self, connection: Connection) -> None:
        """A connection to an account was closed."""
        self._inside.get(connection.account, set()).discard(connection)
        self._take_back(connection.account)

    def release(self, sid: str) -> None:
        """The session is over. Its account is free again once nobody is connected to it."""
        account = self._lent.pop(sid, None)
        if account is not None:
            self._leaving.add(account)
            self._take_back(account)

    def _take_back(self, account: str) -> None:
        if account in self._leaving and not self._inside.get(account):
            self._leaving.remove(account)
            self._free.append(account)
