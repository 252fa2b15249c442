"""Events: what the server sends to the people of a room over the bus."""

from __future__ import annotations

import logging
import uuid

from google.protobuf.message import Message
from nats.errors import Error as NatsError

from conformance.reference.server.access import Access
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.clock import now_ms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import answers, metadata, subjects
from conformance.wire import plugnmeet_pb2 as pb

log = logging.getLogger("plugnmeet.reference.events")

_Event = pb.NatsMsgServerToClientEvents


class Events:
    """Sends events. Without a bus an event is lost, as in the product, and the loss is logged."""

    def __init__(self, bus: Bus, access: Access) -> None:
        self._bus, self._access = bus, access

    async def to_all(
        self, room: Room, event: _Event, message: Message | str, *, and_outside: bool = False
    ) -> None:
        """Send to everyone in the room; `and_outside`: also to everyone in its waiting room."""
        await self._send(subjects.public_events(room.room_id), event, message)
        if and_outside:
            for user in room.online():
                if user.in_lobby:
                    await self.to_one(room, user.user_id, event, message)

    async def live(self, room: Room, event: _Event, message: Message) -> None:
        """Send to everyone in the room who listens now; the bus does not store the event."""
        envelope = pb.NatsMsgServerToClient(
            id=str(uuid.uuid4()), event=event, msg=answers.to_json(message)
        )
        await self._bus.nc.publish(subjects.live_events(room.room_id), envelope.SerializeToString())

    async def to_one(
        self, room: Room, user_id: str, event: _Event, message: Message | str, binary: bytes = b""
    ) -> None:
        """Send to one participant."""
        subject = subjects.private_events(room.room_id, user_id)
        await self._send(subject, event, message, binary)

    async def to_others(self, room: Room, user: User, event: _Event) -> None:
        """Send an event about `user` to everyone else who is online."""
        about = user.info()
        for other in room.online():
            if other is not user:
                await self.to_one(room, other.user_id, event, about)

    async def notify(
        self, room: Room, text: str, *, user_id: str | None = None, error: bool = False
    ) -> None:
        """Send a notification to one participant, or to all if `user_id` is None."""
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
        """Give the room's metadata a new id, and send everyone their own copy of it."""
        metadata.renew_id(room.metadata)
        await room.save()
        for user in room.online():
            text = answers.to_json(self._access.metadata_for(room, user, is_update=True))
            await self.to_one(room, user.user_id, _Event.ROOM_METADATA_UPDATE, text)

    async def user_changed(self, room: Room, user: User) -> None:
        """Give a user's metadata a new id, and send it to all."""
        user.renew()
        await room.save_user(user)
        update = pb.NatsUserMetadataUpdate(
            user_id=user.user_id, metadata=answers.to_json(user.metadata)
        )
        await self.to_all(room, _Event.USER_METADATA_UPDATE, update)

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
            log.warning("%s could not be sent on %s: %s", _Event.Name(event), subject, error)
