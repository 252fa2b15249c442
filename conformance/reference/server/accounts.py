"""Accounts on the bus: one for the people of each session, so that inboxes are out of reach.

Clients leave their inboxes at `_INBOX.>` and may subscribe to all of it, and the messages that they
pull come there: whoever is in the same account can read them. NATS accounts of a configuration
file are fixed, so sessions borrow from a pool.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class PoolExhausted(Exception):
    """More sessions than accounts."""


@dataclass(frozen=True)
class Connection:
    """One live connection: `server` and `id` name it on the bus, `account` is where it is."""

    server: str
    id: int
    account: str


class RoomAccounts:
    """Lends accounts; without any, everybody is in `shared`, as in the product."""

    def __init__(
        self,
        names: Sequence[str],
        shared: str,
        lobby: str | None,
        apart: Callable[[], bool] = lambda: True,
    ) -> None:
        self._free = deque(names)
        self._shared = shared
        self._apart = apart if names else lambda: False
        self.lobby = lobby or shared
        self._lent: dict[str, str] = {}
        self._inside: dict[str, set[Connection]] = {}
        self._leaving: set[str] = set()

    def of(self, sid: str) -> str:
        """The account of the session with this Session ID; a free one at its first joiner.

        Raises:
            PoolExhausted: all are taken.
        """
        if sid not in self._lent and not self._apart():
            return self._shared
        if sid not in self._lent:
            if not self._free:
                raise PoolExhausted(
                    f"all {len(self._lent) + len(self._leaving)} accounts are taken: end a room, "
                    "or add to room_accounts and to the accounts of the NATS server"
                )
            self._lent[sid] = self._free.popleft()
        return self._lent[sid]

    def connected(self, connection: Connection) -> None:
        """Someone came into an account."""
        self._inside.setdefault(connection.account, set()).add(connection)

    def disconnected(self, connection: Connection) -> None:
        """Someone left it."""
        self._inside.get(connection.account, set()).discard(connection)
        self._take_back(connection.account)

    def release(self, sid: str) -> None:
        """The session is over; its account is lent again once nobody is in it any more."""
        account = self._lent.pop(sid, None)
        if account is not None:
            self._leaving.add(account)
            self._take_back(account)

    def _take_back(self, account: str) -> None:
        if account in self._leaving and not self._inside.get(account):
            self._leaving.remove(account)
            self._free.append(account)
