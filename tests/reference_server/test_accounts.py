"""The account pool: one account for each session, reused only when nobody uses it any more."""

from __future__ import annotations

import pytest

from conformance.reference.server.bus.accounts import Connection, PoolExhausted, RoomAccounts


def pool(*names: str) -> RoomAccounts:
    return RoomAccounts(names, "PNM", "LOBBY" if names else None)


def test_each_session_has_one_account_of_its_own() -> None:
    accounts = pool("A", "B")
    assert accounts.of("first") == accounts.of("first") == "A"
    assert accounts.of("second") == "B"
    assert accounts.lobby == "LOBBY"


def test_too_many_sessions_give_one_clear_line() -> None:
    accounts = pool("A")
    accounts.of("first")
    with pytest.raises(PoolExhausted, match="all 1 accounts are in use: end a room"):
        accounts.of("second")


def test_an_account_is_reused_once_everybody_has_left_it() -> None:
    accounts = pool("A")
    stayed = Connection("server", 7, accounts.of("first"))
    accounts.connected(stayed)
    accounts.release("first")
    with pytest.raises(PoolExhausted, match="all 1 accounts"):
        accounts.of("second")
    accounts.disconnected(stayed)
    assert accounts.of("second") == "A"


def test_a_leave_does_not_release_a_running_sessions_account() -> None:
    accounts = pool("A", "B")
    person = Connection("server", 7, accounts.of("first"))
    accounts.connected(person)
    accounts.disconnected(person)
    assert accounts.of("second") == "B"
    assert accounts.of("first") == "A"


def test_an_ended_session_that_nobody_joined_releases_nothing() -> None:
    accounts = pool("A")
    accounts.release("never joined")
    assert accounts.of("first") == "A"


def test_without_a_pool_all_are_in_the_servers_account() -> None:
    accounts = pool()
    assert accounts.of("first") == accounts.of("second") == accounts.lobby == "PNM"
