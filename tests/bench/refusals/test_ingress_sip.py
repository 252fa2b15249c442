"""Ingress and SIP dial-in: what counts as open, and what as closed."""

from __future__ import annotations

from typing import Any, cast

import pytest

from conformance.bench.refusals.ingress_sip import (
    IngressRequest,
    ingress_is_refused,
    request_ingress,
)
from conformance.stacks.base import Stack
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb


def requested(**given: Any) -> IngressRequest:
    facts = {"accepted": False, "said": "not allowed", "given": "", "marked": {}, **given}
    return IngressRequest("ingress", cast(Any, None), **facts)


async def test_a_refusal_in_words_is_an_entry_that_stays_closed() -> None:
    assert (await ingress_is_refused(requested()).look()).true
    assert not requested().opened


@pytest.mark.parametrize(
    "more",
    [
        {"accepted": True, "said": "success"},
        {"given": "rtmp://there/live"},
        {"marked": {"stream_key": "abc"}},
        {"said": ""},
    ],
)
async def test_an_empty_refusal_or_one_with_credentials_fails(
    more: dict[str, Any],
) -> None:
    assert not (await ingress_is_refused(requested(**more)).look()).true


class _Api:
    def __init__(self, features: dict[str, Any]) -> None:
        self._features = features

    async def active_room_info(self, _: str) -> dict[str, Any]:
        return {"room": {"room_info": {"metadata": {"room_features": self._features}}}}


class _Stack:
    def __init__(self, features: dict[str, Any]) -> None:
        self.api = _Api(features)


class _One:
    room_id, token = "room", "token"


async def test_the_answer_and_the_rooms_metadata_are_both_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answered(*_: Any) -> pb.CommonResponse:
        return pb.CommonResponse(status=False, msg="sip dial feature isn't allow for this room")

    monkeypatch.setattr("conformance.bench.refusals.ingress_sip.post", answered)
    stack = cast(Stack, _Stack({"sip_dial_in_features": {"is_active": True, "pin": ""}}))
    one = cast(Any, _One())
    seen = await request_ingress(stack, one, one, "SIP dial-in")
    assert not seen.accepted
    assert seen.marked == {"is_active": True}
    assert seen.opened
    assert "metadata has is_active" in seen.words


async def test_no_answer_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: Any) -> pb.CommonResponse:
        raise InsufficientEvidence("/api/ingress/create was not answered")

    monkeypatch.setattr("conformance.bench.refusals.ingress_sip.post", silent)
    with pytest.raises(InsufficientEvidence):
        await request_ingress(
            cast(Stack, _Stack({})), cast(Any, _One()), cast(Any, _One()), "ingress"
        )
