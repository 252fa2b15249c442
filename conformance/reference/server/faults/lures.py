"""A fault that lures a page away: the server sends links that lead elsewhere.

Every link leads to this server, so a page that follows it reaches no third party. The links are in
those fields of plugnmeet-protocol v1.5.0 that hold an address or a text that a client shows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Final

from google.protobuf.message import Message

from conformance.reference.server.clock import now_ms
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.messages.events import Events
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import plugnmeet_pb2 as pb

PATH: Final = "/lure"
"""The path of every lure. The server has nothing there."""

_Event = pb.NatsMsgServerToClientEvents
_Kind = pb.NatsSystemNotificationTypes


@fault("messages-lead-nowhere")
class Lures(Fault):
    """The room's metadata holds links, and everybody gets a token for a native app."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        _into_metadata(told, _address(self.server.config))

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if isinstance(answer, pb.MediaServerConnInfo) and user:
            answer.native_token = self.server.media.native_token(user)


async def lure_away(events: Events, room: Room, config: ServerConfig) -> None:
    """Send links to everybody, in every kind of message that can hold a link."""
    for event, message in _messages(room.room_id, _address(config)):
        await events.to_all(room, event, message)


def _address(config: ServerConfig) -> str:
    return f"http://localhost:{config.listen.port}{PATH}"


def _into_metadata(told: pb.RoomMetadata, address: str) -> None:
    """Add an address for the end of the meeting, a shared link, a shared player, and markup."""
    markup = _markup(address)
    told.logout_url, told.welcome_message = f"{address}?from=logout", markup
    told.copyright_conf.CopyFrom(pb.CopyrightConf(display=True, text=markup))
    features = told.room_features
    features.display_external_link_features.CopyFrom(
        pb.DisplayExternalLinkFeatures(is_allow=True, is_active=True, link=f"{address}?from=link")
    )
    features.external_media_player_features.CopyFrom(
        pb.ExternalMediaPlayerFeatures(is_allow=True, is_active=True, url=f"{address}?from=player")
    )


def _messages(room_id: str, address: str) -> Iterator[tuple[_Event, Message | str]]:
    """Notifications and chat with links in them, and a call into another room."""
    text = f"Your session expired: {address}?from=text {_markup(address)}"
    for kind in (_Kind.NATS_SYSTEM_NOTIFICATION_INFO, _Kind.NATS_SYSTEM_NOTIFICATION_ERROR):
        yield (
            _Event.SYSTEM_NOTIFICATION,
            pb.NatsSystemNotification(id=str(uuid.uuid4()), type=kind, msg=text, sent_at=now_ms()),
        )
    yield _Event.SYSTEM_CHAT_MSG, text
    yield _Event.JOIN_BREAKOUT_ROOM, room_id


def _markup(address: str) -> str:
    return (
        f'<a href="{address}?from=a" target="_blank">continue</a>'
        f'<img src="{address}?from=img"><iframe src="{address}?from=frame"></iframe>'
        f"<script>location = '{address}?from=script'</script>"
    )
