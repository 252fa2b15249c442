"""SECRET-5: what counts as a question for the secret, and as media that left before the answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.core.claims import Observation
from conformance.bench.core.participant import Participant
from conformance.bench.secrets.prompts import prompted_at_all, prompted_before_media
from conformance.clients.base import Entry, EntryState
from conformance.observers.shown.prompts import Prompt, PromptWatch


def person(entry: Entry | None, *prompts: Prompt, **more: Any) -> Participant:
    watch = PromptWatch()
    watch.seen = list(prompts)
    known = {
        "name": "alice",
        "entered": EntryState(entry, "") if entry else None,
        "prompts": watch,
        "media_before_prompt": 0,
        "held": None,
        "unanswered": None,
        "late": False,
    }
    return cast(Participant, SimpleNamespace(**{**known, **more}))


@pytest.mark.parametrize(
    ("kind", "text", "counts"),
    [
        ("field", "a password field", True),
        ("prompt", "word of today?", True),
        ("confirm", "Use the security key?", True),
        ("alert", "bob has joined", False),
    ],
)
async def test_a_question_at_any_time_counts(kind: str, text: str, counts: bool) -> None:
    one = person(Entry.LANDING, Prompt(kind, text, 1.0))
    assert (await prompted_at_all(one).look()).true is counts


async def test_the_first_page_counts() -> None:
    assert (await prompted_at_all(person(Entry.PROMPT)).look()).true
    assert not (await prompted_at_all(person(Entry.LANDING)).look()).true


@pytest.mark.parametrize(
    ("entry", "more", "right"),
    [
        (Entry.PROMPT, {}, True),
        (Entry.LANDING, {}, False),
        (Entry.PROMPT, {"media_before_prompt": 3}, False),
        (Entry.PROMPT, {"unanswered": "landing"}, False),
        (Entry.PROMPT, {"held": Observation(True, "18 pictures")}, True),
    ],
)
async def test_nothing_may_leave_before_the_answer(
    entry: Entry, more: dict[str, Any], right: bool
) -> None:
    assert (await prompted_before_media(person(entry, **more)).look()).true is right


async def test_a_page_that_never_came_is_not_judged() -> None:
    seen = await prompted_before_media(person(None, late=True)).look()
    assert not seen.true
    assert not seen.readable
