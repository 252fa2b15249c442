"""Messages in clear that an instrument puts on the bus of an encrypted room.

The instrument is a person with a token and without the secret. The messages have the form that the
product's clients send in plain rooms (plugnmeet-protocol v1.5.0: ChatMessage, DataChannelMessage).
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import given, until_true
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.hostile.rooms import HonestRoom, PlainRoomControl
from conformance.bench.sessions.replay import replayer
from conformance.observers.answers import answers
from conformance.verdicts import NotApplicable
from conformance.wire import plugnmeet_pb2 as pb

_INCLUDED = {"chat": "included_chat_messages", "whiteboard": "included_whiteboard"}
"""The fields that say whether a channel is encrypted; the data channel always is."""


@dataclass(frozen=True)
class ClearMessages:
    """Messages in clear on one channel of one room: `said` has the text and payload of each."""

    channel: Channel
    said: Sequence[tuple[str, bytes]] = field(repr=False)

    def are_shown_to(self, *people: Participant) -> list[Claim]:
        """The negative claims: a page shows one of them, without a warning beside it."""
        return [self._shown(person, text) for person in people for text, _ in self.said]

    def _shown(self, person: Participant, text: str) -> Claim:
        reads = person.reads(self.channel, text)

        async def look() -> Observation:
            seen = await reads.look()
            warning = await person.driver.warns_about(person.page, text) if seen.true else None
            if warning is None:
                return seen
            return Observation(False, f'with a warning beside it: "{warning}"', seen.data)

        what = f"{person.name} is shown a clear {self.channel} message as if it were sealed"
        return person.shown(what, look, timeouts.MESSAGE)

    def reach(self, person: Participant) -> Claim:
        """The control: each of them arrived in this participant's browser."""

        async def look() -> Observation:
            got = {one.payload for one in person.traffic.nats if one.direction == "received"}
            came = sum(payload in got for _, payload in self.said)
            return Observation(came == len(self.said), f"{came} of {len(self.said)} arrived")

        text = f"the clear {self.channel} messages reach {person.name}'s browser"
        return Claim(text, look, [person.traffic], timeouts.MESSAGE)


async def put_clear_messages(room: Room, channel: Channel) -> ClearMessages:
    """Put messages in clear on this channel of the room.

    Raises:
        InsufficientEvidence: the server or the bus refused them.
    """
    async with replayer(room) as who:
        said = _messages(channel, who.user_id)
        await who.says([(channel, payload) for _, payload in said])
    return ClearMessages(channel, said)


def need_sealed_channel(honest: HonestRoom, channel: Channel) -> None:
    """Require that the room's encryption includes this channel.

    Raises:
        NotApplicable: the server says that it does not; then clear messages are right.
    """
    encryption = answers(honest.alice.traffic).encryption
    if channel in _INCLUDED and not encryption.get(_INCLUDED[channel]):
        raise NotApplicable(
            f"the room's encryption does not include the {channel} channel",
            confirmed="the room's metadata says so to everybody",
        )


async def shown_in_plain_room(control: PlainRoomControl, channel: Channel) -> Claim:
    """The control: carol's page in the plain room shows messages of the same form.

    Raises:
        ControlFailed: she cannot send on it herself.
        NotApplicable: her client has no such channel.
    """
    await given(control.carol.sends(channel, unique("own")))
    clear = await put_clear_messages(control.room, channel)
    claims = [control.carol.reads(channel, text) for text, _ in clear.said]
    seen = await until_true(all_of("carol reads them", *claims), control.carol.alarm)

    async def look() -> Observation:
        return seen

    return Claim(f"a plain room shows {channel} messages of this form", look, [])


def _messages(channel: Channel, user_id: str) -> list[tuple[str, bytes]]:
    """Text and payload of each message: in chat one of a guest and one of a host."""
    if channel == "chat":
        return [_chat(user_id, from_admin=host) for host in (False, True)]
    text = unique(f"clear-{channel}")
    kind, body = pb.DataMsgBodyType.INFO, text
    if channel == "whiteboard":
        kind, body = pb.DataMsgBodyType.SCENE_UPDATE, json.dumps([_drawing(text)])
    message = pb.DataChannelMessage(
        id=str(uuid.uuid4()), type=kind, from_user_id=user_id, message=body
    )
    return [(text, message.SerializeToString())]


def _chat(user_id: str, *, from_admin: bool) -> tuple[str, bytes]:
    text = unique("clear-host" if from_admin else "clear-guest")
    message = pb.ChatMessage(
        id=str(uuid.uuid4()),
        from_name="somebody",
        from_user_id=user_id,
        sent_at=int(time.time() * 1000),
        message=text,
        from_admin=from_admin,
    )
    return text, message.SerializeToString()


def _drawing(text: str) -> dict[str, object]:
    """A text element of Excalidraw 0.18, which draws the product's whiteboard."""
    number = secrets.randbelow(2**31)
    return {
        "id": secrets.token_hex(10), "type": "text", "x": 120, "y": 120, "width": 400,
        "height": 25, "angle": 0, "strokeColor": "#1e1e1e", "backgroundColor": "transparent",
        "fillStyle": "solid", "strokeWidth": 2, "strokeStyle": "solid", "roughness": 1,
        "opacity": 100, "groupIds": [], "frameId": None, "index": "a5", "roundness": None,
        "seed": number, "version": 7, "versionNonce": number, "isDeleted": False,
        "boundElements": None, "updated": int(time.time() * 1000), "link": None, "locked": False,
        "text": text, "fontSize": 20, "fontFamily": 5, "textAlign": "left",
        "verticalAlign": "top", "containerId": None, "originalText": text, "autoResize": True,
        "lineHeight": 1.25,
    }  # fmt: skip
