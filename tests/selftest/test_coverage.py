"""Every pair of a requirement and a kind of room, and every check, has a fault of its own."""

from __future__ import annotations

from conformance.manifest import ListedCheck, manifest
from conformance.selftest import Target, faults
from conformance.selftest.coverage import unshown
from tests.selftest.test_faults import fault, variation

MESSAGES = "FLOW-3: test_flow.py::test_right_key_exchanges_messages"
ARRIVES = "FLOW-4: test_flow.py::test_right_key_gets_the_same_whenever_one_comes"
UNREAD = "test_without_the_key.py::test_messages_do_not_get_through"
EXCEPTIONS = {
    # the same function has a fault of its own for each channel in simple rooms
    f"{MESSAGES}[chat-zero-knowledge]",
    f"{MESSAGES}[whiteboard-zero-knowledge]",
    f"{MESSAGES}[data-zero-knowledge]",
    # no client fault is about reloading a page in a room that asks for no secret
    f"{ARRIVES}[reloading-simple]",
    # a fault in clear is noticed by the person with the wrong key first
    f"NOKEY-7: {UNREAD}[whiteboard-no_key-zero-knowledge]",
    f"NOKEY-7: {UNREAD}[data-no_key-zero-knowledge]",
    # the reference server cannot create a room of what it cannot parse
    "ROOM-4: test_room.py::test_bad_request_gets_its_error_and_creates_nothing[not-JSON]",
}
"""What has no fault of its own, each with the reason."""


def test_nothing_else_is_without_a_fault() -> None:
    missing = set(unshown(manifest(), faults().values()))
    assert missing - EXCEPTIONS == set(), "add a fault that this alone must notice"
    assert EXCEPTIONS - missing == set(), "these have a fault now: remove the exception"


def test_a_check_is_shown_by_a_fault_that_names_it_alone() -> None:
    two = [
        ListedCheck(check=f"test_a.py::test_{name}", requirements=("REFUSE-2",), room_kind="simple")
        for name in ("one", "two")
    ]
    pair = "REFUSE-2/simple"
    assert unshown(two, []) == [pair]
    assert unshown(two[:1], [fault()]) == []
    assert unshown(two, [fault()]) == [f"REFUSE-2: {check.check}" for check in two]
    named = [fault(checks=["one"]), fault(checks=["two"])]
    assert unshown(two, named) == []
    assert unshown(two, [fault(must=["REFUSE-2/zero-knowledge"])]) == [pair]


def test_a_variation_shows_no_check_to_work() -> None:
    check = ListedCheck(check="test_a.py::test_it", requirements=("REFUSE-2",), room_kind="simple")
    assert unshown([check], [variation(must=["REFUSE-2"])]) == ["REFUSE-2/simple"]


def test_every_fault_states_what_must_be_found() -> None:
    stated = [one for one in faults().values() if not one.is_variation and not one.waits]
    silent = [one.id for one in stated if not one.reason]
    assert silent == []


def test_no_fault_may_be_noticed_by_everything() -> None:
    everything = Target.read("*")
    anything = [
        one.id for one in faults().values() if any(everything in may.what for may in one.may)
    ]
    assert anything == []
