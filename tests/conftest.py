"""What every test of the suite starts with."""

import signal

import pytest

from conformance.catalogue import catalogue

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So starts a job in the background of a shell, and so would the runs that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a requirement that no scenario judges yet, for the while of a test."""
    found = catalogue()["FLOW-5"].model_copy(update={"not_yet": "nobody has written it"})
    monkeypatch.setitem(catalogue().requirements, found.id, found)
    return found.id
