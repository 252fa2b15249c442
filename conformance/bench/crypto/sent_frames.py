"""Claims about what leaves the senders of a page: every frame is ciphertext, on each layer.

The tap at the sender stands behind the cryptor, so it sees what no SFU forwards: the first frames
of a track, lower simulcast layers, tracks that nobody requested. No frame without the trailer of an
encrypted frame is tolerated. A frame that has one and does not open is counted apart: many of them
are a failure, a few make the claim impossible to evaluate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.crypto.clear_parts import clear_beside
from conformance.bench.crypto.media_keys import careless_keys_of, keys_of
from conformance.bench.crypto.runs import longest_false
from conformance.keys.frames import Codec
from conformance.keys.opener import Opener, SealedFrame, sealed_frame
from conformance.observers.marks import SCREEN_SOUND
from conformance.observers.media.av1 import reads_as_av1
from conformance.observers.media.decode import Stream, read_contents
from conformance.observers.page.sender_tap import SentStream

_TRIED: Final = 20
"""Frames of a stream on which every candidate key is tried, to find the client's keys."""
_AV1: Final = "video/av1"
_UNSEEN: Final = 20_000
"""Bytes that a sender may have sent before its first frame is reported."""


@dataclass
class _Judged:
    """What was found at one person's senders, in words."""

    frames: int = 0
    opened: int = 0
    clear: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    """The reasons why not everything could be judged."""
    facts: list[dict[str, Any]] = field(default_factory=list)


def everything_sent_is_sealed(people: Sequence[Participant]) -> Claim:
    """Each frame that left a sender of these people's pages is encrypted, and opens.

    What a person without a secret sends is judged, too: nothing may leave. The claim cannot be
    evaluated if no frame of anybody was seen, or if frames open with no known key.
    """

    async def look() -> Observation:
        judged = {person.name: await _judge(person) for person in people}
        frames = sum(one.frames for one in judged.values())
        opened = sum(one.opened for one in judged.values())
        clear = [f"{name}: {what}" for name, one in judged.items() for what in one.clear]
        doubtful = [f"{name}: {what}" for name, one in judged.items() for what in one.doubtful]
        words = f"{frames} frames left the senders, {opened} of those kept whole open"
        return Observation(
            frames > 0 and not clear and not doubtful,
            "; ".join([words, *clear, *doubtful]),
            {"senders": {name: one.facts for name, one in judged.items()}},
            readable=bool(clear) or (frames > 0 and not doubtful),
        )

    return Claim("every frame that leaves a sender is ciphertext", look, [])


def senders_without_transform(person: Participant) -> int:
    """How many of this person's senders sent something that no transform could encrypt."""
    return sum(one.plain > 0 for one in person.sender_tap.senders.values())


async def hears_shared_sound(person: Participant, sharer: Participant) -> list[Claim]:
    """The claim that a person hears the other's shared screen; none if no sound is shared."""
    await sharer.sender_tap.look(sharer.page)
    shared = any(one.label == SCREEN_SOUND for one in sharer.sender_tap.senders.values())
    return [person.hears(sharer, source="screen")] if shared else []


async def _judge(person: Participant) -> _Judged:
    tap = person.sender_tap
    await tap.look(person.page)
    judged = _Judged()
    keys = [key.value for key in (*await keys_of(person), *await careless_keys_of(person))]
    read = {
        name: [_sealed(stream, frame.data, frame.key) for frame in stream.whole]
        for name, stream in tap.streams.items()
    }
    openers = _keys_in_use([Opener(key) for key in keys], list(read.values()))
    known = bool(openers)
    for name, stream in tap.streams.items():
        await _judge_stream(judged, tap.label(stream), stream, read[name], openers, known=known)
    seen = {stream.sender for stream in tap.streams.values() if stream.frames}
    for sender in tap.senders.values():
        what = sender.label or sender.kind
        if sender.plain:
            judged.clear.append(f"{what} is sent without a transform, {sender.plain} bytes")
        elif sender.unwatched:
            judged.doubtful.append(f"the frames of {what} were not watched")
        elif sender.way != "none" and sender.sent > _UNSEEN and sender.id not in seen:
            judged.doubtful.append(f"{sender.sent} bytes of {what} left unseen")
    if tap.left_out:
        judged.doubtful.append(f"{tap.left_out} frames exceeded the limit of what is kept")
    return judged


def _sealed(stream: SentStream, data: bytes, key: bool) -> SealedFrame | None:
    return sealed_frame(data, stream.codec, key) if stream.codec is not None else None


def _keys_in_use(
    openers: Sequence[Opener], streams: Sequence[Sequence[SealedFrame | None]]
) -> list[Opener]:
    """The keys that open a frame of any stream. All keys on all frames would take too long."""
    sample = [
        frame
        for frames in streams
        for frame in [one for one in frames if one is not None][:: max(1, len(frames) // _TRIED)]
    ]
    return [one for one in openers if any(one.open(frame) is not None for frame in sample)]


async def _judge_stream(
    judged: _Judged,
    name: str,
    stream: SentStream,
    read: Sequence[SealedFrame | None],
    openers: Sequence[Opener],
    *,
    known: bool,
) -> None:
    judged.frames += stream.frames
    looks_sealed = [frame for frame in read if frame is not None]
    opened = [any(one.open(frame) is not None for one in openers) for frame in looks_sealed]
    judged.opened += sum(opened)
    beside = clear_beside(looks_sealed, stream.codec)
    judged.facts.append(
        {
            "track": name,
            "ssrc": stream.ssrc,
            "frames": stream.frames,
            "bytes": stream.octets,
            "without_trailer": stream.unsealed,
            "kept": len(stream.whole),
            "opened": sum(opened),
            "unopened_in_a_row": longest_false(opened),
            "clear_beside": beside,
        }
    )
    if stream.codec is None:
        _judge_unknown_codec(judged, name, stream)
        return
    if stream.unsealed:
        what = f"{stream.unsealed} of {stream.frames} frames of {name} have no trailer"
        (judged.clear if known or await _shows(stream, read) else judged.doubtful).append(what)
    if beside:
        judged.clear.append(f"{beside} frames of {name} carry data in clear beside the ciphertext")
    missed = len(opened) - sum(opened)
    if not missed:
        return
    what = f"{missed} of {len(opened)} frames of {name} look encrypted and do not open"
    many = sum(opened) < timeouts.FRAMES_OPENED * len(opened)
    in_a_row = longest_false(opened) >= timeouts.FRAMES_UNOPENED
    (judged.clear if known and (many or in_a_row) else judged.doubtful).append(what)


def _judge_unknown_codec(judged: _Judged, name: str, stream: SentStream) -> None:
    """A codec whose encrypted frames nobody can open here: clear if it reads as such."""
    clear = sum(reads_as_av1(frame.data) for frame in stream.whole) if stream.mime == _AV1 else 0
    if clear:
        judged.clear.append(f"{clear} frames of {name} are readable AV1")
    elif stream.octets:
        judged.doubtful.append(
            f"{stream.frames} frames of {name}: this suite cannot open the codec"
        )


async def _shows(stream: SentStream, read: Sequence[SealedFrame | None]) -> bool:
    """Whether a mark or tones can be read from the frames without a trailer."""
    frames = [
        frame.data for frame, sealed in zip(stream.whole, read, strict=True) if sealed is None
    ]
    (content,) = await read_contents([Stream(stream.codec or Codec.VP8, frames)])
    return content.shows
