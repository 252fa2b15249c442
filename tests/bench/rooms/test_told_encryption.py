"""A joiner may be told the encryption state again, but never another state, not even briefly."""

from __future__ import annotations

from typing import Any, cast

import pytest

from conformance.bench.core.participant import Participant
from conformance.bench.rooms import server_responses
from conformance.observers.answers import Answers

SIMPLE = {"is_enabled": True, "encryption_key": "k"}
ZERO = {"is_enabled": True, "enabled_self_insert_encryption_key": True}


class Person:
    name = "alice"
    changes = traffic = None


@pytest.mark.parametrize(
    ("later", "holds"),
    [
        ([], True),
        ([SIMPLE, SIMPLE], True),
        ([{}, SIMPLE], False),
        ([SIMPLE, ZERO], False),
    ],
)
async def test_a_contradicting_update_is_noticed(
    monkeypatch: pytest.MonkeyPatch, later: list[dict[str, Any]], holds: bool
) -> None:
    room = {"metadata": {"room_features": {"end_to_end_encryption_features": SIMPLE}}}
    said = Answers(False, room, {}, {"status": True}, later_encryption=later)
    monkeypatch.setattr(server_responses, "answers", lambda _: said)
    claim = server_responses.told_encryption(
        cast(Participant, Person()), is_enabled=True, asks_for_secret=False
    )
    seen = await claim.look()
    assert seen.true is holds
    assert holds or "updates differ" in seen.words
    assert seen.decided, "all is answered: nobody has to wait for more"
