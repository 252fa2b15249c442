"""SECRET-3's sessions are created one after the other, ended, and read from all answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.bench.core.evaluation import control, holds
from conformance.bench.secrets import entropy
from conformance.bench.secrets.entropy import secrets_of_many_sessions, told_at_creation
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, ControlFailed
from conformance.wire.metadata import new_secret


def answer(secret: Any) -> dict[str, Any]:
    features = {"end_to_end_encryption_features": {"encryption_key": secret}}
    return {"room_info": {"metadata": json.dumps({"room_features": features})}}


class Api:
    """A fake control API that only records calls."""

    def __init__(self, make: Any) -> None:
        self.make, self.open, self.most, self.made = make, set[str](), 0, 0

    async def create_room(self, room_id: str, kind: RoomKind) -> dict[str, Any]:
        assert kind is RoomKind.SIMPLE
        assert room_id.startswith("conform-")
        self.open.add(room_id)
        self.made += 1
        self.most = max(self.most, len(self.open))
        return answer(self.make(self.made))

    async def end_room(self, room_id: str) -> None:
        self.open.remove(room_id)


class Stack:
    """The part of a stack that the tests need."""

    def __init__(self, make: Any) -> None:
        self.api = Api(make)


async def test_every_room_is_ended_and_few_are_open_at_a_time() -> None:
    stack: Any = Stack(lambda _: new_secret())
    supplied = await secrets_of_many_sessions(stack)
    await control(supplied.in_every_session())
    await holds(supplied.strong())
    assert not stack.api.open
    assert stack.api.most <= entropy.ENDING


@pytest.mark.parametrize("make", [lambda _: new_secret()[:8], lambda n: f"{n:032}"])
async def test_weak_secrets_fail(make: Any) -> None:
    stack: Any = Stack(make)
    supplied = await secrets_of_many_sessions(stack)
    with pytest.raises(ClaimFailed, match="128 bits"):
        await holds(supplied.strong())


async def test_without_secrets_it_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: Any) -> Any:
        return type("Told", (), {"secret": None})

    monkeypatch.setattr(entropy.session, "fetch_initial_data", nobody)
    supplied = await secrets_of_many_sessions(Stack(lambda _: ""))  # type: ignore[arg-type]
    with pytest.raises(ControlFailed, match="0 secrets"):
        await control(supplied.in_every_session())


@pytest.mark.parametrize(
    "created",
    [
        {},
        {"room_info": None},
        {"room_info": {"metadata": "{"}},
        {"room_info": {"metadata": "[" * 100_000}},
        {"room_info": {"metadata": "[]"}},
        answer(7),
        answer(""),
    ],
)
def test_an_answer_without_a_secret_has_none(created: dict[str, Any]) -> None:
    assert told_at_creation(created) is None
