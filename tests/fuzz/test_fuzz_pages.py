"""Pages may report any JSON instead of the answers of the suite's own injected script.

The scripts run beside the client's own code, which may answer instead of them.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observers.marks import MarkObserver, mark_for
from conformance.observers.page.browser_stores import parse_contents
from conformance.observers.page.made_keys import MadeKeys
from conformance.observers.page.outgoing import Outgoing
from conformance.observers.page.transport import Track, transport_of
from conformance.observers.sfu_tap.tracks import Forwarded

TEXTS = st.text(max_size=20) | st.sampled_from(["\ud800", "\x1b[2J", "QUJD", "*", "picture"])
NUMBERS = st.integers(-(2**53), 2**53) | st.floats()
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS


def answers_with(*names: str) -> st.SearchStrategy[Any]:
    """JSON whose objects often have these names, like the answers of a half cooperative page."""
    keys = st.sampled_from(names) | TEXTS
    return st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=len(names))
        ),
        max_leaves=8,
    )


@given(answers_with("tracks", "said", "frames", "sid", "data", "size", "encryption", "identity"))
@example({"tracks": [{"sid": None}], "frames": [{"sid": "x", "data": "\ud800"}]})
def test_the_sfu_taps_page(told: Any) -> None:
    forwarded = Forwarded()
    forwarded.take(told if isinstance(told, dict) else {})
    assert all(isinstance(track.sid, str) for track in forwarded.tracks.values())


@given(answers_with("kind", "identity", "source", "counter", "tones", "videos", "audible", "at"))
@example([{"kind": "facts", "videos": [["a", {}, None, 1]], "audible": 0}])
@example([{"kind": "picture", "identity": 2**40, "source": "camera", "counter": 1}])
def test_the_reader_of_marks(told: Any) -> None:
    observer = MarkObserver(mark_for(1, "fuzz"))
    observer.take(told)
    for width, height, paused, shown in observer.facts.videos:
        assert isinstance(width, int)
        assert isinstance(height, int)
        assert isinstance(paused, bool)
        assert isinstance(shown, bool)


@given(answers_with("tracks", "refusals", "direction", "kind", "reason", "identity", "count"))
@example({"tracks": [{"direction": "inbound"}], "refusals": None})
@example(None)
def test_the_statistics_of_connections(told: Any) -> None:
    seen = transport_of(told)
    assert seen.refused() >= 0 or seen.refusals
    assert all(isinstance(track, Track) for track in seen.inbound() + seen.outbound())


def test_honest_statistics_are_taken_as_they_are() -> None:
    track = {
        "direction": "inbound", "kind": "video", "track": "t", "packets": 5, "bytes": 700,
        "received": 3, "decoded": 2, "energy": 0, "owner": None,
    }  # fmt: skip
    refusal = {"reason": "InvalidKey", "identity": None, "count": 4}
    seen = transport_of({"tracks": [track, {**track, "packets": "many"}], "refusals": [refusal]})
    assert [one.packets for one in seen.inbound()] == [5]
    assert seen.refused("InvalidKey") == 4


@given(answers_with("unread", "workers", "items", "kind", "name", "data"))
@example({"items": [{"kind": "x", "name": "\ud800", "data": "\ud800"}, 7], "unread": 3})
@example({"items": {}})
def test_the_stores_of_a_browser(told: Any) -> None:
    kept = parse_contents(told, "alice")
    whole = isinstance(told, dict) and isinstance(told.get("items"), list)
    assert whole or kept.unread


@given(answers_with("shown", "kept", "unread", "kind", "name", "data", "cut"))
@example({"shown": ["\ud800"], "kept": [7], "unread": [[]]})
@example({"shown": 7})
@example([])
def test_what_leaves_a_browser(told: Any) -> None:
    log = Outgoing()
    log._looked(told)
    log._on_report(told)
    assert told is None or isinstance(told, dict) or log.incomplete()
    assert all(isinstance(data, bytes) for _, data in log.items())


@given(SCALARS | answers_with("realm", "call", "inputs", "output", "isKey", "key", "makes"))
def test_the_keys_that_a_page_makes(told: Any) -> None:
    made = MadeKeys()
    made.take(told)
    assert all(len(key) in (16, 32) for key in made.keys)


@pytest.mark.parametrize("told", [None, {}])
def test_a_page_with_nothing_to_tell_is_no_problem(told: Any) -> None:
    log = Outgoing()
    log._looked(told)
    assert log.incomplete() == []
