"""Messages of one session, sent again in another by somebody on the bus.

A recording is what a participant's own browser published; the one who replays it has a token for
the room and no secret. What it sends is the recorded bytes and nothing else.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

from conformance.bench.claims import Claim, Observation, all_of
from conformance.bench.participant import Channel, Participant
from conformance.bench.room import Room
from conformance.clients.bus_session import BusUnreachable
from conformance.clients.intruder import Intruder
from conformance.observers.answers import answers
from conformance.verdicts import Thin

CHANNELS: tuple[Channel, ...] = ("chat", "whiteboard", "data")
_FIELDS: dict[Channel, str] = {
    "chat": "chat",
    "whiteboard": "whiteboard",
    "data": "data_channel",
}


@dataclass(frozen=True)
class Recording:
    """What one person's browser publishes on the room's channels, up to now."""

    name: str
    person: Participant

    def messages(self, channel: Channel) -> list[bytes]:
        """The payloads, oldest first."""
        subject = _subject(self.person, channel)
        return [
            message.payload
            for message in self.person.traffic.nats
            if message.direction == "sent" and subject and message.subject == subject
        ]

    def has_messages(self) -> Claim:
        """Something was recorded on every channel."""

        def on(channel: Channel) -> Claim:
            async def look() -> Observation:
                count = len(self.messages(channel))
                return Observation(count > 0, f"{count} {channel} messages")

            return Claim(f"{channel} messages are recorded", look, [self.person.traffic], 10.0)

        return all_of(f"{self.name} is recorded", *(on(channel) for channel in CHANNELS))

    def reached(self, other: Participant) -> Claim:
        """Every recorded message came to the other's browser, byte by byte."""

        async def look() -> Observation:
            got = {
                message.payload for message in other.traffic.nats if message.direction == "received"
            }
            sent = [one for channel in CHANNELS for one in self.messages(channel)]
            came = sum(one in got for one in sent)
            return Observation(
                bool(sent) and came == len(sent),
                f"{came} of {len(sent)} recorded messages came to {other.name}'s browser",
            )

        text = f"what is replayed of {self.name} reaches {other.name}'s browser"
        return Claim(text, look, [other.traffic], 10.0)


class Replayer:
    """Somebody on the bus of a room who sends what was recorded."""

    def __init__(self, who: Intruder) -> None:
        self._who = who

    async def sends(self, recording: Recording) -> None:
        """Publish every recorded message, in order, on the channel where it was recorded.

        Raises:
            Thin: the bus did not take them.
        """
        bus, verify = self._who.bus, self._who.verify
        if bus is None or verify is None:
            raise Thin("the replayer is not connected")
        refused = len(bus.errors)
        for channel in CHANNELS:
            prefix = getattr(verify.nats_subjects, _FIELDS[channel])
            for payload in recording.messages(channel):
                await bus.publish(f"{prefix}.{verify.room_id}", payload)
        if not await bus.settled() or len(bus.errors) > refused:
            raise Thin(f"the bus did not take the replayed messages: {bus.errors[-1:]}")


@contextlib.asynccontextmanager
async def replayer(room: Room) -> AsyncIterator[Replayer]:
    """Somebody with a token of their own for this room, on its bus.

    Raises:
        Thin: they were not let in.
    """
    stack, user_id = room.factory.stack, f"replayer-{secrets.token_hex(3)}"
    token = await stack.api.join_token(room.room_id, user_id, "replayer")
    async with Intruder(stack, "the replayer", token) as who:
        try:
            await who.join()
        except BusUnreachable as error:
            raise Thin(str(error)) from error
        yield Replayer(who)


def _subject(person: Participant, channel: Channel) -> str:
    verify = answers(person.traffic).verify or {}
    prefix = (verify.get("nats_subjects") or {}).get(_FIELDS[channel], "")
    return f"{prefix}.{verify.get('room_id', '')}" if prefix else ""
