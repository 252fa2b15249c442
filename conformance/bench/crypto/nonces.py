"""Claims about nonces: none repeats under one key, and those of messages are random in every byte.

A nonce that repeats under one key breaks AES-GCM (NIST SP 800-38D section 8). A data message uses
12 random bytes (section 8.2.2). A frame's nonce consists of SSRC, timestamp and a counter
(livekit-client 2.21.0, src/e2ee/worker/FrameCryptor.ts), so only repetition is judged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.sfu_media import KINDS, Media
from conformance.bench.crypto.media_keys import best_key, keys_of
from conformance.bench.crypto.message_keys import CapturedMessages, sent_messages
from conformance.keys.messages import IV_BYTES
from conformance.keys.opener import Opener

Sealed = tuple[bytes, bytes]
"""A nonce, and the rest of the encrypted data, which distinguishes two encryptions."""

ByKey = dict[bytes, list[Sealed]]


async def _by_key(media: Media, messages: CapturedMessages) -> tuple[ByKey, Counter[str]]:
    """The nonces under each key that decrypts some of the captured data, and counts by kind."""
    found: ByKey = defaultdict(list)
    counts: Counter[str] = Counter()
    key, _ = await best_key(media, ("audio", "camera"))
    if key is not None:
        opener = Opener(key.value)
        for person in media.people:
            for kind in KINDS:
                for track in await media.of(person, kind):
                    frames = [f for f in media.read(track) if f.sealed is not None]
                    if not any(opener.open(f.sealed) is not None for f in frames[:50] if f.sealed):
                        continue
                    sealed = track.sealed_ends(media.sfu_tap.forwarded.sif_trailer)
                    found[key.value] += sealed
                    counts["frames"] += len(sealed)
                    counts["tracks"] += 1
    blobs = sent_messages(messages.people)
    for data_key in await keys_of(messages.people[0]):
        mine = [blob for blob in blobs if data_key.opens(blob) is not None]
        found[data_key.value] += [(blob[:IV_BYTES], blob[IV_BYTES:]) for blob in mine]
        counts["messages"] += len(mine)
    return found, counts


def sealed_enough(
    media: Media, messages: CapturedMessages, publishers: int, *, with_messages: bool = True
) -> Claim:
    """The control: known keys decrypt frames of `publishers` people and enough messages.

    `with_messages` is False for a client that has no messages.
    """

    async def look() -> Observation:
        _, counts = await _by_key(media, messages)
        sending = [p for p in media.people if await media.frames(p, "audio")]
        return Observation(
            counts["frames"] >= timeouts.FRAMES_A_RUN
            and (counts["messages"] >= timeouts.NONCES or not with_messages)
            and len(sending) >= publishers,
            f"{counts['frames']} frames on {counts['tracks']} tracks of {len(sending)} publishers "
            f"and {counts['messages']} messages, encrypted under known keys",
            dict(counts),
        )

    text = f"frames and messages of {media.name} were captured"
    return Claim(text, look, media.watchers, material=[media, messages])


def no_nonce_twice(media: Media, messages: CapturedMessages) -> Claim:
    """No nonce repeats under one key, over all tracks, publishers and messages."""

    async def look() -> Observation:
        found, counts = await _by_key(media, messages)
        twice = sum(_repeated(sealed) for sealed in found.values())
        left_out = media.sfu_tap.forwarded.left_out
        return Observation(
            not twice and not left_out,
            f"{sum(map(len, found.values()))} nonces under {sum(map(bool, found.values()))} keys, "
            f"{twice} of them used again"
            + (f"; {left_out} frames not captured" if left_out else ""),
            {"repeated": twice, **counts},
            readable=bool(twice) or not left_out,
        )

    return Claim("no nonce repeats under one key", look, [], material=[media, messages])


def _repeated(sealed: Sequence[Sealed]) -> int:
    """The number of nonces with different encrypted data; the same frame twice does not count."""
    by_nonce: dict[bytes, set[bytes]] = defaultdict(set)
    for nonce, rest in sealed:
        by_nonce[nonce].add(rest)
    return sum(len(different) > 1 for different in by_nonce.values())


def no_nonce_byte_constant(messages: CapturedMessages) -> Claim:
    """In the nonces of at least 16 messages of one person no byte is constant."""

    async def look() -> Observation:
        still: dict[str, list[int]] = {}
        most = 0
        for person in messages.people:
            nonces = {blob[:IV_BYTES] for blob in sent_messages([person])}
            most = max(most, len(nonces))
            if len(nonces) >= timeouts.NONCES:
                still[person.name] = constant_bytes(sorted(nonces))
        bad = {name: places for name, places in still.items() if places}
        return Observation(
            bool(still) and not bad,
            f"the nonces of {most} messages of one person differ in every byte"
            if still and not bad
            else f"bytes that never change: {bad}"
            if bad
            else f"only {most} messages of one person",
            {"constant": still},
            readable=bool(still),
        )

    text = "no byte of the messages' nonces is constant"
    return Claim(text, look, [], material=[messages])


def constant_bytes(nonces: Sequence[bytes]) -> list[int]:
    """The positions at which all nonces have the same byte."""
    return [place for place, column in enumerate(zip(*nonces, strict=True)) if len({*column}) == 1]
