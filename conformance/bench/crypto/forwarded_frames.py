"""The claim that the tap at the senders saw every frame that the SFU forwards.

The tap at the sender is what shows that nothing left in clear, so it has to have seen everything.
A frame of somebody whose page is tapped, which no sender of that page let out, left by a way that
nobody watches. Frames are matched by their ends: an encrypted frame ends in its tag and its nonce.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.sfu_media import Media
from conformance.observers.page.sender_tap import END

_UNREPORTED: Final = 60
"""The tap reports four times a second. So many of a track's newest frames may still be on the way,
or are lost with a page that closes: about a second of sound."""


def every_forwarded_frame_was_seen_leaving(media: Media, people: Sequence[Participant]) -> Claim:
    """Each frame that the SFU forwards of these people left a sender that the tap watches.

    A frame that did not makes the claim impossible to evaluate: what else left by the same way is
    unknown.
    """

    async def look() -> Observation:
        forwarded = await media.pull()
        matched = 0
        unexplained: list[str] = []
        facts: list[dict[str, Any]] = []
        for person in people:
            streams = person.sender_tap.streams.values()
            left = set[bytes]().union(*(stream.ends for stream in streams))
            for track in forwarded.of(person.user_id):
                ends = track.ends(forwarded.sif_trailer, END)
                unseen = _unexplained(ends, left)
                matched += sum(end in left for end in ends.values())
                facts.append(
                    {"whose": media.who(track), "frames": len(ends), "unexplained": len(unseen)}
                )
                if unseen:
                    unexplained.append(f"{len(unseen)} of {len(ends)} frames of {media.who(track)}")
        words = f"{matched} frames that the SFU forwarded were seen leaving a sender"
        if unexplained:
            words += f"; {', '.join(unexplained)} left by a way that nobody watched"
        complete = matched > 0 and not unexplained
        return Observation(complete, words, {"forwarded": facts}, readable=complete)

    watchers = [*media.watchers, *(person.sender_tap for person in people)]
    text = "each forwarded frame left a sender that is watched"
    return Claim(text, look, watchers, material=[media])


def _unexplained(ends: dict[int, bytes], left: set[bytes]) -> list[int]:
    """The frames that were not seen leaving, without the newest ones that may still be reported."""
    unseen = [number for number, end in ends.items() if end not in left]
    newest = max((number for number, end in ends.items() if end in left), default=-1)
    late = [number for number in unseen if number > newest]
    return unseen if len(late) > _UNREPORTED else [one for one in unseen if one < newest]
