"""A participant: a person's browser page in a room, and what it got from the others."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, alarm, unless_alarm
from conformance.clients import network
from conformance.clients.base import ClientDriver, Device, EntryState, Feature, NotSupported
from conformance.observers.answers import answers
from conformance.observers.marks import Mark, MarkObserver, Sighting
from conformance.observers.page import transport
from conformance.observers.page.changes import PageChanges
from conformance.observers.page.made_keys import MadeKeys
from conformance.observers.page.outgoing import Outgoing
from conformance.observers.page.traffic import TrafficLog
from conformance.verdicts import ClaimFailed, NotApplicable

Channel = Literal["chat", "whiteboard", "data"]
Source = Literal["camera", "screen"]


@dataclass
class Participant:
    """One person in one room. Names of methods are what a person would say of it.

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
    secret: str | None = None
    made_keys: MadeKeys | None = None
    """The keys that this person's client made, where its WebCrypto is watched."""
    entered: EntryState | None = None
    media_before_prompt: int = 0
    joined_at: float = field(default_factory=time.monotonic)
    join_seconds: float = 0.0
    join_failure: str | None = None
    """Why the person did not get in, in words; None when the join succeeded."""
    late: bool = False
    """The page had come to no end when the time for it was up: no statement of the client's."""
    turned_away: str | None = None
    """The client's own words where it lets nobody in with what this person typed."""
    token: str = field(default="", repr=False)
    """The access token that this person came with."""
    outgoing: Outgoing | None = None
    """Everything that left this person's browser; only in a watched room."""

    # -- pictures and tones ----------------------------------------------------------------

    def sees(self, other: Participant, source: Source = "camera") -> Claim:
        """This participant's page shows the other's own picture mark, moving."""
        return self._picture(other, source, 0.0, timeouts.SEES_FRAMES, "sees")

    def sees_more(
        self, other: Participant, beside: Participant, frames: int = timeouts.NEVER_FRAMES
    ) -> Claim:
        """Goes on seeing: `frames` distinct pictures since `beside` and both of them are in."""
        since = max(self.joined_at, other.joined_at, beside.joined_at)
        verb = f"sees {frames} pictures since {beside.name} came, of"
        return self._picture(other, "camera", since, frames, verb)

    def sees_next(self, other: Participant, frames: int = timeouts.AFTER_MESSAGE_FRAMES) -> Claim:
        """Sees `frames` more pictures from the moment of this call."""
        return self._picture(
            other, "camera", time.monotonic(), frames, f"sees {frames} more pictures of"
        )

    def sees_at_all(self, other: Participant, source: Source = "camera") -> Claim:
        """One single picture of the other was read, at any time: for negatives."""
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

    def hears(self, other: Participant) -> Claim:
        """This participant's page plays the other's own pair of tones."""
        return self._tones(other, 0.0, timeouts.HEARS_READINGS, "hears")

    def hears_more(
        self, other: Participant, beside: Participant, readings: int = timeouts.NEVER_TONES
    ) -> Claim:
        """Goes on hearing: `readings` of its tones since `beside` and both of them are in."""
        since = max(self.joined_at, other.joined_at, beside.joined_at)
        verb = f"hears {readings} readings since {beside.name} came, of"
        return self._tones(other, since, readings, verb)

    def hears_next(self, other: Participant, readings: int = timeouts.HEARS_READINGS) -> Claim:
        """Hears `readings` more of the other's tones from the moment of this call."""
        return self._tones(other, time.monotonic(), readings, f"hears {readings} more readings of")

    def hears_at_all(self, other: Participant) -> Claim:
        """One single reading of the other's tones, at any time: for negatives."""
        return self._tones(other, 0.0, 1, "hears anything of")

    def _tones(self, other: Participant, since: float, readings: int, verb: str) -> Claim:
        async def look() -> Observation:
            heard = self.marks.tone(other.mark.identity)
            count = heard.distinct_since(since) if heard else 0
            return Observation(
                count >= readings,
                f"{count} readings of its tones, {readings} needed",
                _sighting(heard),
                decided=self._stayed_out() or other._stayed_out(),
            )

        return Claim(f"{self.name} {verb} {other.name}", look, [self.marks])

    def _stayed_out(self) -> bool:
        """Whether this one did not get in, and is not about to come late either."""
        return self.join_failure is not None and not self.late

    # -- messages --------------------------------------------------------------------------

    async def sends(self, channel: Channel, text: str) -> None:
        """Send a message as a person does, through the client's own page."""
        send: dict[Channel, Callable[[Page, str], Awaitable[None]]] = {
            "chat": self.driver.say,
            "whiteboard": self.driver.draw,
            "data": self.driver.signal,
        }
        await self._does(f"send a {channel} message", send[channel](self.page, text))

    async def shares_screen(self) -> None:
        """Begin to share the screen."""
        await self._does("share the screen", self.driver.share_screen(self.page))

    async def stops_sharing(self) -> None:
        """Stop sharing the screen."""
        await self._does("stop sharing the screen", self.driver.stop_screen(self.page))

    # -- devices and the network -----------------------------------------------------------

    async def turns_off(self, device: Device) -> None:
        """Turn the microphone or the camera off."""
        await self._does(f"turn the {device} off", self.driver.turn(self.page, device, on=False))

    async def turns_on(self, device: Device) -> None:
        """Turn it on again."""
        await self._does(f"turn the {device} on", self.driver.turn(self.page, device, on=True))

    async def takes_another(self, device: Device) -> None:
        """Take another microphone or camera."""
        await self._does(f"take another {device}", self.driver.take_another(self.page, device))

    async def loses_the_connection(self) -> None:
        """Lose every connection but that of the media, and find them again."""
        await self._does("come back after a lost connection", self._lose())

    async def _lose(self) -> None:
        if not await network.cut(self.page):
            raise NotSupported("its connections are not WebSockets of the page")
        await network.restored(self.page, timeouts.RECONNECTED)

    async def _does(self, what: str, action: Awaitable[None]) -> None:
        """Raises ClaimFailed when the client's page does not let one."""
        try:
            await unless_alarm(action)
        except NotSupported as reason:
            raise NotApplicable(f"the client cannot {what}: {reason}") from reason
        except (PlaywrightError, AssertionError) as error:
            await alarm.confirm()
            raise ClaimFailed(f"{self.name} could not {what}: {_in_words(error)}") from error

    async def tries_to_send(self, channel: Channel, text: str) -> None:
        """Send if the client lets one; a client that refuses is right, too."""
        try:
            await self.sends(channel, text)
        except (ClaimFailed, NotApplicable):
            return

    def reads(self, channel: Channel, text: str) -> Claim:
        """The message stands on this participant's page."""
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

        return self._shown(f'{self.name} reads "{text}" ({channel})', look, timeouts.MESSAGE)

    # -- what the page says ----------------------------------------------------------------

    def lists(self, *others: Participant) -> Claim:
        """The others' names stand in this participant's list."""
        wanted = {other.name for other in others}

        async def look() -> Observation:
            listed = set(await self.driver.participants(self.page))
            missing = wanted - listed
            return Observation(
                not missing,
                f"listed: {', '.join(sorted(listed)) or 'nobody'}",
                {"listed": sorted(listed), "missing": sorted(missing)},
            )

        return self._shown(f"{self.name} has {', '.join(sorted(wanted))} in the list", look)

    def is_shown_decryption_errors(self) -> Claim:
        """The page shows a decryption error where a person looks."""

        async def look() -> Observation:
            errors = await self.driver.decryption_errors(self.page)
            return Observation(
                bool(errors),
                f"{len(errors)} shown" + (f', first: "{errors[0].text}"' if errors else ""),
                {"errors": [f"{error.where}: {error.text}" for error in errors[:20]]},
            )

        text = f"{self.name} is shown decryption errors"
        return self._shown(text, look, timeouts.ERROR_SHOWN)

    def is_still_shown_decryption_errors(self) -> Claim:
        """As before, at one look: an error that was there for a moment only is none."""
        shown = self.is_shown_decryption_errors()
        return replace(shown, text=f"{self.name} is still shown decryption errors", watchers=[])

    def is_in(self) -> Claim:
        """This person got in, and has not been sent away since."""

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

        return self._shown(f"{self.name} is in the room", look, 1.0)

    def may_try(self) -> None:
        """Go on only about somebody whom the client let try; being turned away is judged apart.

        Raises:
            NotApplicable: the client lets nobody in with what this person typed.
        """
        if self.turned_away is not None:
            raise NotApplicable(f"nobody gets so far: {self.turned_away}")

    async def why_unavailable(self, feature: Feature) -> str | None:
        """None when the feature is offered, else the page's reason."""
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

        return self._shown(f"{self.name} receives {kind} packets", look)

    def makes_pictures(self, count: int) -> Claim:
        """The page's own encoders made so many pictures, whatever became of them."""

        async def look() -> Observation:
            seen = await transport.look(self.page)
            made = max((t.decoded for t in seen.outbound() if t.kind == "video"), default=0)
            return Observation(made >= count, f"{made} pictures encoded, {count} needed")

        return self._shown(f"{self.name} encodes {count} pictures", look)

    def cryptor_refused(self, *reasons: str) -> Claim:
        """The page's own cryptor raised errors (of these reasons, if any are given)."""

        async def look() -> Observation:
            seen = await transport.look(self.page)
            count = seen.refused(*reasons)
            return Observation(
                count > 0,
                f"{count} errors of the cryptor ({', '.join(reasons) or 'any reason'})",
                {"refusals": [vars(refusal) for refusal in seen.refusals]},
            )

        what = " or ".join(reasons) or "frames"
        return self._shown(f"{self.name}'s cryptor refused ({what})", look)

    def media_is_refused_on_the_way_to(self, other: Participant) -> Claim:
        """Why `other` gets nothing of this one: a cryptor refused it, there or already here."""

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

        return self._shown(f"{self.name}'s media is refused on the way to {other.name}", look)

    def was_sent_bytes(self, channel: Channel) -> Claim:
        """Messages of this channel reached this participant's browser, readable or not."""
        field_of = {"chat": "chat", "whiteboard": "whiteboard", "data": "data_channel"}

        async def look() -> Observation:
            verify = answers(self.traffic).verify or {}
            subject = (verify.get("nats_subjects") or {}).get(field_of[channel], "")
            got = [
                m
                for m in self.traffic.nats
                if m.direction == "received" and subject and m.subject.startswith(f"{subject}.")
            ]
            size = sum(len(m.payload) for m in got)
            return Observation(
                bool(got),
                f"{len(got)} messages, {size} bytes on {subject or 'an unknown subject'}",
                {"messages": len(got), "bytes": size},
            )

        return self._shown(f"{self.name}'s browser receives {channel} messages", look, 10.0)

    def _shown(
        self,
        text: str,
        look: Callable[[], Awaitable[Observation]],
        deadline: float = timeouts.POSITIVE,
    ) -> Claim:
        async def looked() -> Observation:
            try:
                return await look()
            except (PlaywrightError, AssertionError) as error:
                first_line = str(error).partition("\n")[0]
                return Observation(False, f"the page cannot be read: {first_line}", readable=False)

        return Claim(text, looked, self._watchers(), deadline)

    def _watchers(self) -> Sequence[PageChanges | MarkObserver]:
        return [self.changes, self.marks]


_IN_THE_WAY: Final = ("intercepts pointer events", "outside of the viewport", "not visible")


def _in_words(error: Exception) -> str:
    """A page's failure in one line, with what was in the way last where Playwright knows that."""
    first, *log = str(error).splitlines() or [type(error).__name__]
    seen = [line.strip(" -") for line in log if any(words in line for words in _IN_THE_WAY)]
    return f"{first} ({seen[-1][:200]})" if seen else first


def _sighting(seen: Sighting | None) -> dict[str, object]:
    if seen is None:
        return {"distinct": 0}
    return {
        "distinct": seen.distinct,
        "first": round(seen.first, 3),
        "last": round(seen.last, 3),
    }
