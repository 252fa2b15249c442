"""A watched room in which participants use every function, before they leave it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.bench.core.candidate_keys import secret_of
from conformance.bench.core.claims import Observation, all_of
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.leaks.browser import RIGHT, BrowserTraces
from conformance.bench.leaks.leaving import leave
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, NotApplicable

CHANNELS: tuple[Channel, ...] = ("chat", "whiteboard", "data")


@dataclass
class UsedRoom:
    """A watched room in which participants have used everything, and still are.

    `said`: the texts of all messages by what they are. `first`: the text of alice's first chat
    message. `read`: whether bob read it.
    """

    room: Room
    people: list[Participant]
    secrets: dict[str, str]
    did: dict[str, Observation]
    said: dict[str, str]
    first: str
    read: Observation

    async def leave(self) -> BrowserTraces:
        """Make everyone leave, and read what is left in the browsers."""
        inside = [person for person in self.people if person.join_failure is None]
        traces = await asyncio.gather(
            # A third person's page lives through the next minutes before leaving: what a client
            # puts off while it is in the room comes then.
            *(leave(self.room, one, ahead=number > 1) for number, one in enumerate(inside))
        )
        return BrowserTraces(self.room, list(traces), self.secrets, self.did, self.said)


async def use_everything(room: Room) -> UsedRoom:
    """Use every function in a watched room.

    Failures of the subject do not raise; each check names what it needs as its control.
    """
    typed = room.kind is RoomKind.ZERO_KNOWLEDGE
    right, wrong = (unique("right"), unique("wrong")) if typed else (None, None)
    alice, bob = await room.join_all("alice", "bob", secret=right, admin="alice")
    people = [alice, bob]
    if typed:
        people.append(await room.join("mallory", secret=wrong))
    use = _Use(alice, bob, people[2:])
    for claim in (
        all_of("alice and bob are in", *(person.is_in() for person in (alice, bob))),
        all_of("they see each other", alice.sees(bob), bob.sees(alice)),
    ):
        use.did[claim.text] = await until_true(claim, alice.alarm)
    if all(seen.true for seen in use.did.values()):
        await use.everything()
    if typed:
        secrets = {RIGHT: right or "", "the wrong secret": wrong or ""}
    else:
        secrets = {RIGHT: secret_of(alice)}
    first = use.said.get("alice's chat message 1", unique("chat"))
    read = use.did.get(_reads("bob", "chat", 1), Observation(False, "no chat message was read"))
    return UsedRoom(room, people, secrets, use.did, use.said, first, read)


def _reads(reader: str, channel: Channel, number: int) -> str:
    return f"{reader} gets {channel} message {number}"


@dataclass
class _Use:
    """Two people who use everything, and others who try."""

    alice: Participant
    bob: Participant
    others: Sequence[Participant]
    did: dict[str, Observation] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    async def everything(self) -> None:
        """Messages on each channel, from both and again, and the screen."""
        for channel in CHANNELS:
            if not await self._says(self.alice, self.bob, channel, 1):
                continue
            await self._says(self.bob, self.alice, channel, 1)
            await self._says(self.alice, self.bob, channel, 2)
            for other in self.others:
                text = self._text(other, channel, 1)
                if other.join_failure is None:
                    await other.tries_to_send(channel, text)
        await self._shares()

    def _text(self, sender: Participant, channel: Channel, number: int) -> str:
        text = unique(channel)
        self.said[f"{sender.name}'s {channel} message {number}"] = text
        return text

    async def _says(
        self, sender: Participant, reader: Participant, channel: Channel, number: int
    ) -> bool:
        """Send one message and wait until it is read; False if the client has no such channel."""
        text = self._text(sender, channel, number)
        try:
            await sender.sends(channel, text)
        except NotApplicable as missing:  # a missing channel cannot leak
            self.did[f"no {channel} message: {missing}"] = Observation(True, str(missing))
            del self.said[f"{sender.name}'s {channel} message {number}"]
            return False
        except ClaimFailed as refused:
            what = f"{sender.name} sends {channel} message {number}"
            self.did[what] = Observation(False, str(refused))
            return False
        read = await until_true(reader.reads(channel, text), reader.alarm)
        self.did[_reads(reader.name, channel, number)] = read
        return True

    async def _shares(self) -> None:
        alice, bob = self.alice, self.bob
        try:
            await alice.shares_screen()
            self.did["bob sees alice's screen"] = await until_true(
                bob.sees(alice, "screen"), bob.alarm
            )
        except NotApplicable as missing:
            self.did[f"no shared screen: {missing}"] = Observation(True, str(missing))
        except ClaimFailed as refused:
            self.did["alice shares the screen"] = Observation(False, str(refused))
