"""A page that reloads may be refused until the server has noticed that the old page left."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.core import timeouts
from conformance.bench.core.room import Room
from conformance.clients.base import Entry, EntryState


class Page:
    loads = 0

    async def reload(self, **_: object) -> None:
        self.loads += 1


class Driver:
    def __init__(self, entries: Iterator[Entry]) -> None:
        self.entries = entries

    async def entry(self, _page: object, _timeout: float) -> EntryState:
        return EntryState(next(self.entries), "")


@pytest.mark.parametrize(
    ("entries", "last", "loads"),
    [
        ([Entry.PROMPT], Entry.PROMPT, 1),
        ([Entry.ERROR, Entry.ERROR, Entry.PROMPT], Entry.PROMPT, 3),
        (repeat(Entry.ERROR), Entry.ERROR, None),
    ],
)
async def test_only_a_lasting_refusal_is_final(
    monkeypatch: pytest.MonkeyPatch, entries: Any, last: Entry, loads: int | None
) -> None:
    monkeypatch.setattr(timeouts, "GONE", 0.1)
    person: Any = SimpleNamespace(page=Page(), driver=Driver(chain(entries)), entered=None)
    await Room._load_anew(cast(Room, None), person)
    assert person.entered.entry is last
    assert loads in (None, person.page.loads)
