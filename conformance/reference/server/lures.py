"""What a lying server sends to move a page, or what it knows, somewhere else.

Each lure is an address of this server, so that whatever follows it goes to nobody. The places are
those of plugnmeet-protocol v1.5.0 that hold addresses or text which a client shows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Final

from google.protobuf.message import Message

from conformance.reference.server.rooms import now_ms
from conformance.wire import plugnmeet_pb2 as pb

PATH: Final = "/lure"
"""Nothing is there. It marks what the server sent for this one purpose."""

_Event = pb.NatsMsgServerToClientEvents
_Kind = pb.NatsSystemNotificationTypes


def into_metadata(told: pb.RoomMetadata, address: str) -> None:
    """A way out when the meeting ends, a shared link, a shared player, and markup with links."""
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


def messages(room_id: str, address: str) -> Iterator[tuple[_Event, Message | str]]:
    """Notifications, chat and a call into another room, each with links in it."""
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
