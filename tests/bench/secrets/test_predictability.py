"""A search of a secret's formula that was not finished decides nothing, unless it found one."""

from __future__ import annotations

import pytest

from conformance.bench.secrets import predictability
from conformance.bench.secrets.guessing.search import Guess, Search
from conformance.bench.secrets.predictability import PublicKnowledge

FOUND = [Guess("first", "SHA-256 of the Session ID")]


@pytest.mark.parametrize(
    ("search", "true", "readable"),
    [
        (Search(formulas=7), True, True),
        (Search(guesses=FOUND), False, True),
        (Search(unfinished="the time was over"), False, False),
        (Search(guesses=FOUND, unfinished="the time was over"), False, True),
    ],
    ids=["finished", "explained", "unfinished", "explained before the time was over"],
)
async def test_an_unfinished_search_is_neither_true_nor_false(
    search: Search, *, true: bool, readable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictability, "explain", lambda *_: search)
    seen = await PublicKnowledge([], []).explain_no_secret().look()
    assert (seen.true, seen.readable) == (true, readable)
    assert (search.unfinished in seen.words) or not search.unfinished
