"""What the server tells those in a room, over the bus."""

from __future__ import annotations

import hashlib
import logging
import uuid

from google.protobuf.message import Message
from nats.errors import Error as NatsError

from conformance.reference.rules import Rules
from conformance.reference.server import lures
from conformance.reference.server.bus import Bus
from conformance.reference.server.rooms import Room, User, now_ms
from conformance.wire import answers, metadata, subjects
from conformance.wire import plugnmeet_pb2 as pb

log = logging.getLogger("plugnmeet.reference.events")

_Event = pb.NatsMsgServerToClientEvents


class Events:
    """Sends events; a bus that is away loses them, as in the product, and it is logged."""

    def __init__(self, bus: Bus, rules: Rules, lure: str) -> None:
        """`lure`: the address to which lying messages lead."""
        self._bus = bus
        self._rules = rules
        self._lure = lure

    async def to_all(
        self, room: Room, event: _Event, message: Message | str, *, and_outside: bool = False
    ) -> None:
        """To everyone in the room, and to those who wait outside if they are meant, too."""
        await self._send(subjects.public_events(room.room_id), event, message)
        if and_outside:
            for user in room.online():
                if user.in_lobby:
                    await self.to_one(room, user.user_id, event, message)

    async def live(self, room: Room, event: _Event, message: Message) -> None:
        """To everyone who listens just now; nobody keeps it."""
        envelope = pb.NatsMsgServerToClient(
            id=str(uuid.uuid4()), event=event, msg=answers.to_json(message)
        )
        await self._bus.nc.publish(subjects.live_events(room.room_id), envelope.SerializeToString())

    async def to_one(
        self, room: Room, user_id: str, event: _Event, message: Message | str, binary: bytes = b""
    ) -> None:
        """To one participant."""
        subject = subjects.private_events(room.room_id, user_id)
        await self._send(subject, event, message, binary)

    async def to_others(self, room: Room, user: User, event: _Event) -> None:
        """To everyone who is there but `user`: something about `user`."""
        about = user.info()
        for other in room.online():
            if other is not user:
                await self.to_one(room, other.user_id, event, about)

    async def notify(
        self, room: Room, text: str, *, user_id: str | None = None, error: bool = False
    ) -> None:
        """A notification, to one or to all."""
        kind = (
            pb.NatsSystemNotificationTypes.NATS_SYSTEM_NOTIFICATION_ERROR
            if error
            else pb.NatsSystemNotificationTypes.NATS_SYSTEM_NOTIFICATION_INFO
        )
        message = pb.NatsSystemNotification(
            id=str(uuid.uuid4()), type=kind, msg=text, sent_at=now_ms()
        )
        if user_id is None:
            await self.to_all(room, _Event.SYSTEM_NOTIFICATION, message)
        else:
            await self.to_one(room, user_id, _Event.SYSTEM_NOTIFICATION, message)

    async def room_changed(self, room: Room) -> None:
        """The room's metadata under a new id, to each as it is meant for them."""
        metadata.renew_id(room.metadata)
        await room.save()
        for user in room.online():
            told = self.metadata_for(room, user)
            if user.is_outside and not self._rules.keeps("updates-without-secret-outside"):
                told = room.metadata
            text = answers.to_json(told)
            await self.to_one(room, user.user_id, _Event.ROOM_METADATA_UPDATE, text)

    async def flip(self, room: Room) -> None:
        """Tell everybody that the room is plain, and a moment later what it is."""
        plain = pb.RoomMetadata()
        plain.CopyFrom(room.metadata)
        plain.room_features.end_to_end_encryption_features.Clear()
        metadata.renew_id(plain)
        await self.to_all(room, _Event.ROOM_METADATA_UPDATE, plain)
        await self.room_changed(room)

    async def lure_away(self, room: Room) -> None:
        """Links, to everybody, in every kind of message that may hold one."""
        for event, message in lures.messages(room.room_id, self._lure):
            await self.to_all(room, event, message)

    async def user_changed(self, room: Room, user: User) -> None:
        """A user's metadata under a new id, to all."""
        user.renew()
        await room.save_user(user)
        update = pb.NatsUserMetadataUpdate(
            user_id=user.user_id, metadata=answers.to_json(user.metadata)
        )
        await self.to_all(room, _Event.USER_METADATA_UPDATE, update)

    def metadata_for(self, room: Room, user: User) -> pb.RoomMetadata:
        """What this user may know of the room: the secret only if they are admitted."""
        told = pb.RoomMetadata()
        told.CopyFrom(room.metadata)
        e2ee = told.room_features.end_to_end_encryption_features
        if user.is_outside and self._rules.keeps("secret-only-for-admitted"):
            e2ee.ClearField("encryption_key")
        if e2ee.encryption_key and self._is_singled_out(user):
            e2ee.encryption_key = e2ee.encryption_key[::-1] + user.user_id
        rules = self._rules.in_room(room.room_id)
        if metadata.is_zero_knowledge(told):
            if not rules.keeps("kind-as-announced"):
                e2ee.enabled_self_insert_encryption_key = False
                e2ee.encryption_key = _secret_that_the_server_knows(room)
            if not rules.keeps("encrypted-as-announced"):
                e2ee.Clear()
        if not rules.keeps("messages-lead-nowhere"):
            lures.into_metadata(told, self._lure)
        return told

    def _is_singled_out(self, user: User) -> bool:
        """Whether this one gets another secret than the rest."""
        return (
            not self._rules.keeps("secret-same-for-all")
            or (user.order % 10 == 0 and not self._rules.keeps("secret-same-for-the-tenth"))
            or (bool(user.reconnected_at) and not self._rules.keeps("secret-same-when-back"))
        )

    async def _send(
        self, subject: str, event: _Event, message: Message | str, binary: bytes = b""
    ) -> None:
        text = message if isinstance(message, str) else answers.to_json(message)
        envelope = pb.NatsMsgServerToClient(
            id=str(uuid.uuid4()), event=event, msg=text, bin_msg=binary
        )
        try:
            await self._bus.js.publish(subject, envelope.SerializeToString())
        except (NatsError, TimeoutError) as error:
            log.warning("%s not sent on %s: %s", _Event.Name(event), subject, error)


def _secret_that_the_server_knows(room: Room) -> str:
    """The same for everybody in a session, as a simple room's is."""
    return hashlib.sha256(f"known to the server: {room.sid}".encode()).hexdigest()[:32]
