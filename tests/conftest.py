"""Set-up and fixtures of all tests."""

import signal

import pytest

from conformance.catalogue import catalogue

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A background job of a shell ignores SIGINT; the runs that tests interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a requirement that no scenario judges, during this test."""
    found = catalogue()["FLOW-5"].model_copy(update={"not_yet": "nobody has written it"})
    monkeypatch.setitem(catalogue().requirements, found.id, found)
    return found.id
