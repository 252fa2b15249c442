"""Messages and media of one session, replayed in another by a person without the secret.

A recording contains what a participant's own browser published on the bus, and the frames that the
SFU forwarded from it. The replayer has a token for the room, and sends exactly the recorded bytes.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass

from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.core.sfu_media import Media
from conformance.bench.crypto.bus_ciphertext import no_channel, send_possible_markers
from conformance.bench.crypto.message_keys import CapturedMessages
from conformance.clients.headless.bus_session import BusUnreachable
from conformance.clients.headless.intruder import Intruder
from conformance.observers.answers import answers
from conformance.observers.sfu_tap import CapturedFrame, SfuTapFailed
from conformance.observers.sfu_tap.replay import Replayed, replaying
from conformance.verdicts import InsufficientEvidence, NotApplicable

MEDIA: tuple[Replayed, ...] = ("audio", "camera")
CHANNELS: tuple[Channel, ...] = ("chat", "whiteboard", "data")
_FIELDS: dict[Channel, str] = {
    "chat": "chat",
    "whiteboard": "whiteboard",
    "data": "data_channel",
}


@dataclass(frozen=True)
class RecordedMessages:
    """One participant's messages by channel, and what their browser published for them."""

    name: str
    person: Participant
    said: dict[Channel, str]
    missing: Sequence[NotApplicable] = ()
    """The channels that the client lacks."""

    def need(self) -> None:
        """Continue only if the client has messages of any kind.

        Raises:
            NotApplicable: it has none, in plain rooms neither.
        """
        if not self.said:
            raise no_channel(self.missing)

    @property
    def captured(self) -> CapturedMessages:
        """The same messages, on which claims about keys rest."""
        return CapturedMessages(self.name, [self.person])

    def messages(self, channel: Channel) -> list[bytes]:
        """The payloads, oldest first."""
        subject = _subject(self.person, channel)
        return [
            message.payload
            for message in self.person.traffic.nats
            if message.direction == "sent" and subject and message.subject == subject
        ]

    def has_messages(self) -> Claim:
        """Something was recorded on every channel that the participant used."""

        def on(channel: Channel) -> Claim:
            async def look() -> Observation:
                count = len(self.messages(channel))
                return Observation(count > 0, f"{count} {channel} messages")

            text = f"{channel} messages are recorded"
            return Claim(text, look, [self.person.traffic], 10.0, [self.captured])

        return all_of(f"{self.name} is recorded", *(on(channel) for channel in self.said))

    def is_shown_to(self, other: Participant) -> list[Claim]:
        """Claims that `other` gets any of it, for negatives."""
        media = [other.sees_at_all(self.person), other.hears_at_all(self.person)]
        return [*media, *self.read_by(other)]

    def read_by(self, other: Participant) -> list[Claim]:
        """The other participant's page shows the messages, one claim per channel."""
        return [other.reads(channel, text) for channel, text in self.said.items()]

    def all_got_by(self, other: Participant) -> Claim:
        """The other participant's page shows and plays all of it."""
        return all_of(
            f"{other.name} gets what is replayed of {self.name}",
            *self.read_by(other),
            other.sees(self.person),
            other.hears(self.person),
        )

    def reached(self, other: Participant) -> Claim:
        """Every recorded message, if any, arrived in the other's browser, byte for byte."""

        async def look() -> Observation:
            got = {
                message.payload for message in other.traffic.nats if message.direction == "received"
            }
            sent = [one for channel in self.said for one in self.messages(channel)]
            came = sum(one in got for one in sent)
            return Observation(
                (bool(sent) or not self.said) and came == len(sent),
                f"{came} of {len(sent)} recorded messages arrived in {other.name}'s browser",
            )

        text = f"what is replayed of {self.name} reaches {other.name}'s browser"
        return Claim(text, look, [other.traffic], 10.0)


async def record(name: str, person: Participant) -> RecordedMessages:
    """Make a participant send something new on every channel of their client.

    Raises:
        ControlFailed: the client offers a channel that does not work.
    """
    said = {channel: unique(f"{channel}-sealed") for channel in CHANNELS}
    missing = await send_possible_markers(person, said)
    return RecordedMessages(name, person, said, missing)


class Replayer:
    """A person on a room's bus and SFU who sends recorded data."""

    def __init__(self, who: Intruder, room: Room, user_id: str) -> None:
        self._who, self._room, self.user_id = who, room, user_id

    @contextlib.asynccontextmanager
    async def plays(self, media: Media) -> AsyncIterator[None]:
        """Publish the recorded frames of one participant's microphone and camera in this context.

        Raises:
            InsufficientEvidence: they could not be published.
        """
        (person,) = media.people
        recorded: dict[Replayed, list[CapturedFrame]] = {
            kind: [frame.captured for frame in await media.frames(person, kind)] for kind in MEDIA
        }
        async with self.publishes(recorded):
            yield

    @contextlib.asynccontextmanager
    async def publishes(
        self,
        recorded: Mapping[Replayed, Sequence[CapturedFrame]],
        *,
        encrypted: Collection[Replayed] = MEDIA,
    ) -> AsyncIterator[None]:
        """Publish these frames unchanged, in this order; `encrypted` are announced as such.

        Raises:
            InsufficientEvidence: they could not be published.
        """
        factory = self._room.factory
        try:
            async with replaying(
                factory.browser,
                factory.stack.endpoints,
                self._room.room_id,
                self.user_id,
                recorded,
                encrypted=encrypted,
                ignore_https_errors=factory.stack.ignore_https_errors,
            ):
                yield
        except SfuTapFailed as failure:
            raise InsufficientEvidence(str(failure)) from failure

    async def sends(self, recording: RecordedMessages) -> None:
        """Publish every recorded message, in order, on the channel where it was recorded.

        Raises:
            InsufficientEvidence: the bus did not accept them.
        """
        await self.says([(c, one) for c in recording.said for one in recording.messages(c)])

    async def says(self, messages: Sequence[tuple[Channel, bytes]]) -> None:
        """Publish these payloads, in order, each on its channel.

        Raises:
            InsufficientEvidence: the bus did not accept them.
        """
        bus, verify = self._who.bus, self._who.verify
        if bus is None or verify is None:
            raise InsufficientEvidence("the replayer is not connected")
        refused = len(bus.errors)
        for channel, payload in messages:
            prefix = getattr(verify.nats_subjects, _FIELDS[channel])
            await bus.publish(f"{prefix}.{verify.room_id}", payload)
        if not await bus.flush() or len(bus.errors) > refused:
            raise InsufficientEvidence(
                f"the bus did not accept the messages of {self.user_id}: {bus.errors[-1:]}"
            )


@contextlib.asynccontextmanager
async def replayer(room: Room) -> AsyncIterator[Replayer]:
    """A person with their own token for this room, connected to its bus.

    Raises:
        InsufficientEvidence: the server refused them.
    """
    stack, user_id = room.factory.stack, f"replayer-{secrets.token_hex(3)}"
    token = await stack.api.join_token(room.room_id, user_id, "replayer")
    async with Intruder(stack, "the replayer", token) as who:
        try:
            await who.join()
        except BusUnreachable as error:
            raise InsufficientEvidence(str(error)) from error
        yield Replayer(who, room, user_id)


def _subject(person: Participant, channel: Channel) -> str:
    verify = answers(person.traffic).verify or {}
    prefix = (verify.get("nats_subjects") or {}).get(_FIELDS[channel], "")
    return f"{prefix}.{verify.get('room_id', '')}" if prefix else ""
