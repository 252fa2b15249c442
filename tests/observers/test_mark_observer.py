"""The mark observer counts distinct pictures and tones, and a lying page cannot break it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observers.marks import MarkObserver, mark_for
from conformance.observers.marks.observer import Sighting

MARK = mark_for(1, "unit")
FIELDS = ("identity", "source", "counter", "tones", "videos", "audible", "text")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
)


def picture(counter: int, source: str = "camera", ago: float = 0.0) -> dict[str, Any]:
    return {
        "kind": "picture",
        "identity": MARK.identity,
        "source": source,
        "counter": counter,
        "at": (time.time() - ago) * 1000,
    }


async def test_only_distinct_pictures_count() -> None:
    observer = MarkObserver(MARK)
    observer.take([picture(1), picture(1), picture(2), picture(1), picture(2, "screen")])
    seen = observer.picture(MARK.identity)
    assert seen is not None
    assert (seen.distinct, seen.readings) == (2, 4)
    assert [n for _, n in seen.series()] == [1, 2]
    screen = observer.picture(MARK.identity, "screen")
    assert screen is not None
    assert screen.distinct == 1
    assert observer.picture(MARK.identity ^ 1) is None


async def test_pictures_are_counted_from_a_moment_on() -> None:
    observer = MarkObserver(MARK)
    observer.take([picture(1, ago=5), picture(2, ago=4), picture(3, ago=0.5)])
    seen = observer.picture(MARK.identity)
    assert seen is not None
    assert seen.distinct_since(0) == 3
    assert seen.distinct_since(time.monotonic() - 2) == 1
    assert seen.first < seen.last <= time.monotonic()


def test_a_wrapped_counter_is_a_new_picture() -> None:
    seen = Sighting()
    seen.note(0.0, 5)
    seen.note(1.0, 5)
    seen.note(3277.0, 5)
    assert seen.distinct == 2


async def test_tones_are_found_by_identity() -> None:
    observer = MarkObserver(MARK)
    observer.take([{"kind": "tones", "tones": list(MARK.tones), "at": time.time() * 1000}])
    heard = observer.tone(MARK.identity)
    assert heard is not None
    assert heard.distinct == 1
    assert observer.tone(mark_for(2, "unit").identity) is None


async def test_a_waiter_is_notified() -> None:
    observer = MarkObserver(MARK)
    waiting = asyncio.ensure_future(observer.changed(5))
    await asyncio.sleep(0)
    observer.take([picture(1)])
    assert await waiting
    assert not await observer.changed(0.01)
    assert not await observer.wait_for(lambda: False, 0.01)
    assert await observer.wait_for(lambda: True, 0.01)


@given(
    st.lists(
        json_values
        | st.fixed_dictionaries(
            {"kind": st.sampled_from(["picture", "tones", "facts", "problem"]), "at": json_values},
            optional=dict.fromkeys(
                ("identity", "source", "counter", "tones", "videos", "audible", "text"), json_values
            ),
        )
    )
)
def test_a_lying_page_breaks_nothing(news: list[Any]) -> None:
    observer = MarkObserver(MARK)
    observer.take(news)
    assert all(counted.distinct for counted in observer.pictures().values())
    assert len(observer.problems) <= 20


@pytest.mark.parametrize("news", [None, 1, "x", {}, [None], [[]], [{"kind": "picture"}]])
async def test_an_unexpected_message_is_ignored(news: Any) -> None:
    observer = MarkObserver(MARK)
    observer.take(news)
    assert observer.pictures() == {}
