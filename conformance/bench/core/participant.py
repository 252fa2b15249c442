"""A participant: a person's browser page in a room, and what it received from the others."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from conformance.bench.core import timeouts
from conformance.bench.core.alarm import HarnessAlarm, cancel_if_harness_fails
from conformance.bench.core.capabilities import Action, Capabilities
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.page_errors import page_error
from conformance.clients import network
from conformance.clients.base import ClientDriver, Device, EntryState, Feature, NotSupported
from conformance.observers.marks import Mark, MarkObserver, Sighting
from conformance.observers.page import transport
from conformance.observers.page.changes import PageChanges
from conformance.observers.page.made_keys import MadeKeys
from conformance.observers.page.outgoing import Outgoing
from conformance.observers.page.sender_tap import SenderTap
from conformance.observers.page.traffic import TrafficLog
from conformance.observers.shown.prompts import PromptWatch
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, NotApplicable

Channel = Literal["chat", "whiteboard", "data"]
Source = Literal["camera", "screen"]


@dataclass
class Participant:
    """One person in one room. The names of its methods make sentences about that person.

    Methods that return a `Claim` do not wait; `control`, `holds` and `never` do.
    """

    name: str
    user_id: str
    mark: Mark
    page: Page
    driver: ClientDriver
    marks: MarkObserver
    traffic: TrafficLog
    changes: PageChanges
    alarm: HarnessAlarm
    secret: str | None = None
    made_keys: MadeKeys | None = None
    """The keys that this person's client created; None where its WebCrypto is not watched."""
    entered: EntryState | None = None
    hold: Callable[[], Claim] | None = None
    """If the client asks for a secret: what must become true before the person answers."""
    held: Observation | None = None
    """How that claim stood when the person answered; None if the person did not wait."""
    media_before_prompt: int = 0
    """Media packets that left before the person answered the prompt."""
    unanswered: str | None = None
    """What the page showed in the place of a prompt that nobody had answered."""
    joined_at: float = field(default_factory=time.monotonic)
    typed_at: float = 0.0
    """When the person gave the secret, in monotonic seconds; 0 if the client did not ask."""
    join_seconds: float = 0.0
    join_failure: str | None = None
    """The reason why the person did not get in; None when the join succeeded."""
    late: bool = False
    """The join timed out before the page reported a result, so the client decided nothing."""
    turned_away: str | None = None
    """The client's message when it admits nobody with what this person typed."""
    token: str = field(default="", repr=False)
    """The access token with which this person joined."""
    kind: RoomKind = RoomKind.PLAIN
    """The kind of the room that this person is in."""
    is_admin: bool = False
    capabilities: Capabilities | None = None
    """What the client can do in a plain room; None where nothing can be tried there."""
    prompts: PromptWatch = field(default_factory=PromptWatch)
    outgoing: Outgoing | None = None
    """Everything that left this person's browser; None unless the room is watched."""
    sender_tap: SenderTap = field(default_factory=SenderTap)
    """The encoded frames that this person's pages sent."""

    # -- pictures and tones ----------------------------------------------------------------

    def sees(self, other: Participant, source: Source = "camera") -> Claim:
        """This participant's page shows the mark in the other's pictures, and the mark changes."""
        return self._picture(other, source, 0.0, timeouts.SEES_FRAMES, "sees")

    def sees_more(
        self, other: Participant, beside: Participant, frames: int = timeouts.NEVER_FRAMES
    ) -> Claim:
        """The page shows `frames` distinct pictures after `beside` and both of them joined."""
        since = max(self.joined_at, other.joined_at, beside.joined_at)
        verb = f"sees, since {beside.name} joined, {frames} pictures of"
        return self._picture(other, "camera", since, frames, verb)

    def sees_next(
        self,
        other: Participant,
        frames: int = timeouts.AFTER_MESSAGE_FRAMES,
        source: Source = "camera",
    ) -> Claim:
        """The page shows `frames` more pictures after this call."""
        verb = f"sees {frames} more pictures of"
        return self._picture(other, source, time.monotonic(), frames, verb)

    def sees_at_all(self, other: Participant, source: Source = "camera") -> Claim:
        """At least one picture of the other was read at any time; for negatives."""
        return self._picture(other, source, 0.0, 1, "sees anything of")

    def _picture(
        self, other: Participant, source: Source, since: float, frames: int, verb: str
    ) -> Claim:
        async def look() -> Observation:
            seen = self.marks.picture(other.mark.identity, source)
            count = seen.distinct_since(since) if seen else 0
            return Observation(
                count >= frames,
                f"{count} distinct pictures read, {frames} needed",
                _sighting(seen),
                decided=self._stayed_out() or other._stayed_out(),
            )

        what = "" if source == "camera" else "'s screen"
        return Claim(f"{self.name} {verb} {other.name}{what}", look, [self.marks])

    def hears(self, other: Participant, source: Source = "camera") -> Claim:
        """This participant's page plays the tones of the other's microphone or screen."""
        return self._tones(other, 0.0, timeouts.HEARS_READINGS, "hears", source)

    def hears_more(
        self, other: Participant, beside: Participant, readings: int = timeouts.NEVER_TONES
    ) -> Claim:
        """The page plays `readings` of its tones after `beside` and both of them joined."""
        since = max(self.joined_at, other.joined_at, beside.joined_at)
        verb = f"hears, since {beside.name} joined, {readings} readings of"
        return self._tones(other, since, readings, verb)

    def hears_next(self, other: Participant, readings: int = timeouts.HEARS_READINGS) -> Claim:
        """The page plays `readings` more of the other's tones after this call."""
        return self._tones(other, time.monotonic(), readings, f"hears {readings} more readings of")

    def hears_at_all(self, other: Participant) -> Claim:
        """At least one reading of the other's tones at any time; for negatives."""
        return self._tones(other, 0.0, 1, "hears anything of")

    def _tones(
        self, other: Participant, since: float, readings: int, verb: str, source: Source = "camera"
    ) -> Claim:
        async def look() -> Observation:
            tones = self.marks.tone if source == "camera" else self.marks.screen_tone
            heard = tones(other.mark.identity)
            count = heard.distinct_since(since) if heard else 0
            return Observation(
                count >= readings,
                f"{count} readings of its tones, {readings} needed",
                _sighting(heard),
                decided=self._stayed_out() or other._stayed_out(),
            )

        what = "" if source == "camera" else "'s screen"
        return Claim(f"{self.name} {verb} {other.name}{what}", look, [self.marks])

    def _stayed_out(self) -> bool:
        """Whether this person did not get in, and cannot get in later either."""
        return self.join_failure is not None and not self.late

    # -- messages --------------------------------------------------------------------------

    async def sends(self, channel: Channel, text: str) -> None:
        """Send a message as a person does, in the client's page."""

        async def send(who: Participant) -> None:
            match channel:
                case "chat":
                    await who.driver.say(who.page, text)
                case "whiteboard":
                    await who.driver.draw(who.page, text)
                case "data":
                    await who.driver.signal(who.page, text)

        await self._does(f"send a {channel} message", send)

    async def shares_screen(self) -> None:
        """Start screen sharing."""
        await self._does("share the screen", lambda who: who.driver.share_screen(who.page))

    async def stops_sharing(self) -> None:
        """Stop screen sharing."""

        async def stop(who: Participant) -> None:
            if who is not self:
                await who.driver.share_screen(who.page)
            await who.driver.stop_screen(who.page)

        await self._does("stop sharing the screen", stop)

    # -- devices and the network -----------------------------------------------------------

    async def turns_off(self, device: Device) -> None:
        """Turn the microphone or the camera off."""
        await self._does(
            f"turn the {device} off", lambda who: who.driver.turn(who.page, device, on=False)
        )

    async def turns_on(self, device: Device) -> None:
        """Turn the microphone or the camera on again."""

        async def turn(who: Participant) -> None:
            if who is not self:
                await who.driver.turn(who.page, device, on=False)
            await who.driver.turn(who.page, device, on=True)

        await self._does(f"turn the {device} on", turn)

    async def takes_another(self, device: Device) -> None:
        """Switch to another microphone or camera."""
        await self._does(
            f"switch to another {device}", lambda who: who.driver.take_another(who.page, device)
        )

    async def loses_the_connection(self) -> None:
        """Lose every connection except the media connection, and reconnect."""
        await self._does("reconnect after a lost connection", lambda who: who._lose())

    async def _lose(self) -> None:
        if not await network.cut(self.page):
            raise NotSupported("its connections are not WebSockets of the page")
        await network.restored(self.page, timeouts.RECONNECTED)

    async def _does(self, what: str, action: Action) -> None:
        """Do something in the client's page; `what` names it in messages.

        Raises:
            NotApplicable: the client does not have this function, in plain rooms neither.
            ClaimFailed: the page does not let the person do it, or the client has the function in
                plain rooms only.
            InsufficientEvidence: the client lacks it here, and a plain room could not tell.
        """
        try:
            await cancel_if_harness_fails(action(self), self.alarm)
        except NotSupported as reason:
            if self.capabilities is None:
                raise NotApplicable(f"the client cannot {what}: {reason}") from reason
            absent = self.capabilities.absent(self, what, action, str(reason))
            raise await absent from reason
        except (PlaywrightError, AssertionError) as error:
            await self.alarm.confirm()
            failure = f"{self.name} could not {what}: {page_error(error)}"
            raise ClaimFailed(failure, [f"{self.name} can {what}"]) from error

    async def tries_to_send(self, channel: Channel, text: str) -> None:
        """Send if the client allows it; a client that refuses is right, too."""
        try:
            await self.sends(channel, text)
        except (ClaimFailed, NotApplicable):
            return

    def reads(self, channel: Channel, text: str) -> Claim:
        """This participant's page shows the message."""
        read: dict[Channel, Callable[[Page], Awaitable[list[str]]]] = {
            "chat": self.driver.chat,
            "whiteboard": self.driver.whiteboard,
            "data": self.driver.signals,
        }

        async def look() -> Observation:
            shown = await read[channel](self.page)
            return Observation(
                any(text in line for line in shown),
                f"{len(shown)} {channel} messages shown",
                {"shown": shown[-20:]},
            )

        return self.shown(f'{self.name} reads "{text}" ({channel})', look, timeouts.MESSAGE)

    # -- what the page says ----------------------------------------------------------------

    def lists(self, *others: Participant) -> Claim:
        """This participant's page lists the others' names."""
        wanted = {other.name for other in others}

        async def look() -> Observation:
            listed = set(await self.driver.participants(self.page))
            missing = wanted - listed
            return Observation(
                not missing,
                f"listed: {', '.join(sorted(listed)) or 'nobody'}",
                {"listed": sorted(listed), "missing": sorted(missing)},
            )

        return self.shown(f"{self.name} lists {', '.join(sorted(wanted))}", look)

    def is_in(self) -> Claim:
        """This person got in, and was not removed since."""

        async def look() -> Observation:
            if self.join_failure is not None:
                return Observation(
                    False,
                    self.join_failure,
                    {"join_failure": self.join_failure},
                    readable=not self.late,
                )
            ended = await self.driver.ended(self.page)
            return Observation(ended is None, ended or "in the room", {"ended": ended})

        return self.shown(f"{self.name} is in the room", look, 1.0)

    async def why_unavailable(self, feature: Feature) -> str | None:
        """None when the page offers the feature, else the page's reason."""
        return await self.driver.why_unavailable(self.page, feature)

    # -- reasons ---------------------------------------------------------------------------

    def got_packets(self, kind: Literal["audio", "video"], senders: int = 1) -> Claim:
        """At least `senders` incoming tracks of `kind` carried packets."""

        async def look() -> Observation:
            seen = await transport.look(self.page)
            fed = [t for t in seen.inbound() if t.kind == kind and t.packets > 0]
            return Observation(
                len(fed) >= senders,
                f"packets on {len(fed)} incoming {kind} tracks, {senders} needed",
                {"tracks": [vars(track) for track in seen.inbound()]},
            )

        return self.shown(f"{self.name} receives {kind} packets", look)

    def makes_pictures(self, count: int) -> Claim:
        """The page's encoders made `count` pictures, even if none of them was sent."""

        async def look() -> Observation:
            seen = await transport.look(self.page)
            made = max((t.decoded for t in seen.outbound() if t.kind == "video"), default=0)
            return Observation(made >= count, f"{made} pictures encoded, {count} needed")

        return self.shown(f"{self.name} encodes {count} pictures", look)

    def cryptor_refused(self, *reasons: str) -> Claim:
        """The page's cryptor raised errors, for these reasons if any are given."""

        async def look() -> Observation:
            seen = await transport.look(self.page)
            count = seen.refused(*reasons)
            return Observation(
                count > 0,
                f"{count} errors of the cryptor ({', '.join(reasons) or 'any reason'})",
                {"refusals": [vars(refusal) for refusal in seen.refusals]},
            )

        what = " or ".join(reasons) or "frames"
        return self.shown(f"{self.name}'s cryptor refused ({what})", look)

    def media_is_refused_on_the_way_to(self, other: Participant) -> Claim:
        """Why `other` gets nothing of this person: a cryptor of either page refused it."""

        async def look() -> Observation:
            here = await transport.look(self.page)
            there = await transport.look(other.page)
            sent = sum(t.packets for t in here.outbound())
            at_sender = here.refused(identity=self.user_id)
            at_receiver = there.refused(identity=self.user_id)
            return Observation(
                at_receiver > 0 or at_sender > 0,
                f"{self.name} sent {sent} packets; errors of the cryptor: {at_sender} at "
                f"{self.name}'s page, {at_receiver} at {other.name}'s",
                {"sent": sent, "at_sender": at_sender, "at_receiver": at_receiver},
            )

        return self.shown(f"{self.name}'s media is refused on the way to {other.name}", look)

    def shown(
        self,
        text: str,
        look: Callable[[], Awaitable[Observation]],
        deadline: float = timeouts.POSITIVE,
    ) -> Claim:
        """A claim about the page; a page that cannot be read makes it neither true nor false."""

        async def looked() -> Observation:
            try:
                return await look()
            except (PlaywrightError, AssertionError) as error:
                first_line = str(error).partition("\n")[0]
                return Observation(False, f"the page cannot be read: {first_line}", readable=False)

        return Claim(text, looked, self._watchers(), deadline)

    def _watchers(self) -> Sequence[PageChanges | MarkObserver]:
        return [self.changes, self.marks]


def _sighting(seen: Sighting | None) -> dict[str, object]:
    return {"distinct": 0} if seen is None else seen.facts()
