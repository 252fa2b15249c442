"""Faults in the check of an operator's request: API key, signature, content."""

from __future__ import annotations

from conformance.reference.server.extension_points import Action, Refusal
from conformance.reference.server.faults.registry import Fault, fault
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb


@fault("reject-wrong-api-key")
class AnyApiKey(Fault):
    """The server accepts every API key."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.USE_API_KEY


@fault("reject-bad-signature")
class AnySignature(Fault):
    """The server accepts every signature."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.USE_SIGNATURE


@fault("unsigned-request-does-nothing")
class UnsignedRequestIsDone(Fault):
    """The server refuses the key or the signature, and does what was asked for all the same."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        if refusal.action in (Action.USE_API_KEY, Action.USE_SIGNATURE):
            await refusal.perform()
        return True


@fault("reject-own-encryption-key")
class OwnEncryptionKey(Fault):
    """The server creates a room with the encryption key of the request."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        if not isinstance(refusal.request, pb.CreateRoomReq) or not _is_malformed(refusal):
            return True
        try:
            metadata.check_create_request(refusal.request, allow_own_key=True)
        except metadata.RequestInvalid:
            return True
        return False


@fault("reject-malformed-request")
class MalformedRequest(Fault):
    """The server creates a room from a malformed request, unless it has no room id."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return not _is_malformed(refusal)


@fault("refused-request-creates-nothing")
class RefusedRequestCreates(Fault):
    """The server refuses a malformed request, and creates the room all the same."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        if _is_malformed(refusal):
            await refusal.perform()
        return True


def _is_malformed(refusal: Refusal) -> bool:
    """Whether the request is malformed but has a room id."""
    return (
        refusal.action == Action.CREATE_ROOM
        and isinstance(refusal.request, pb.CreateRoomReq)
        and bool(refusal.request.room_id)
    )
