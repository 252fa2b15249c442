"""Captured ciphertext as a file, and what opens it: evidence that a stranger can open again.

A capture holds the secrets of a run's own rooms (random canaries, or what the server supplied
for a room that has ended), the session ids, and the bytes that were seen on the wire. Everything
else is computed: `try_all` derives each published profile's key of each secret and tries it on
every frame and message. `reopen` does so again and compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.keys.frames import Codec, FrameNotOurs, server_injected
from conformance.keys.messages import MessageMalformed, MessageRefused, open_message
from conformance.keys.opener import Opener, SealedFrame, sealed_frame
from conformance.keys.profiles import PROFILES, SecretNotText

FORMAT: Final = "plugnmeet-conformance capture 1"
FILE: Final = "capture.json"
MOST_BYTES: Final = 256 * 1024 * 1024
"""A larger file is not read; the suite writes some MiB."""

MOST_COMBINED: Final = 200
MOST_SENDERS: Final = 200
"""Each secret costs a second of derivation and each of its keys a try on everything: of a capture
of this suite some ten, of one that somebody made up as many as are bearable."""

Channel = Literal["audio", "camera", "screen", "messages"]


class CaptureUnreadable(Exception):
    """The file is missing, or no capture of this format: one line with what to do."""


class _Data(BaseModel):
    # bytes are base64 (RFC 4648, section 5) in the file
    model_config = ConfigDict(extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class Frame(_Data):
    """A whole frame as the SFU forwarded it; `key` as the depacketiser says."""

    data: bytes
    key: bool = False


class Track(_Data):
    """Some of a track's frames. `codec` None: not one that can be read."""

    channel: Channel
    codec: Codec | None
    encryption: str
    """What its publisher claims (LiveKit's TrackInfo)."""
    frames: list[Frame]


class Combined(_Data):
    """What a client combines into its keys: a secret and a session id, by a name for words.

    `made` are keys that the client itself was seen to make, where it was watched.
    """

    name: str
    secret: str
    session_id: str
    source: Literal["typed", "supplied by the server", "wrong on purpose"]
    made: list[bytes] = Field(default_factory=list, max_length=MOST_COMBINED)


class Sender(_Data):
    """One person in one session: the tracks that the SFU forwarded, the messages that were sent.

    `combined` names the entry of `Capture.combined` that this person's client used.
    """

    name: str
    combined: str
    sif_trailer: bytes = b""
    tracks: list[Track] = Field(default_factory=list)
    messages: list[bytes] = Field(default_factory=list)


class Tried(_Data):
    """One key tried on one sender's channel: how many of how many it opened."""

    key_of: str
    profile: str
    sender: str
    channel: Channel
    opened: int
    of: int


class Capture(_Data):
    """A check's captured bytes; `said` is what was opened when it was written."""

    format: Literal["plugnmeet-conformance capture 1"] = FORMAT
    combined: list[Combined] = Field(max_length=MOST_COMBINED)
    senders: list[Sender] = Field(max_length=MOST_SENDERS)
    said: list[Tried] = Field(default_factory=list)

    @cached_property
    def _sealed(self) -> dict[tuple[str, Channel], tuple[int, list[SealedFrame]]]:
        """Of each sender and kind of media: how many frames, and those that read as encrypted."""
        found: dict[tuple[str, Channel], tuple[int, list[SealedFrame]]] = {}
        for sender in self.senders:
            for track in sender.tracks:
                count, sealed = found.get((sender.name, track.channel), (0, []))
                for frame in track.frames:
                    try:
                        if server_injected(frame.data, sender.sif_trailer) is not None:
                            continue
                    except FrameNotOurs:
                        count += 1
                        continue
                    count += 1
                    one = sealed_frame(frame.data, track.codec, frame.key) if track.codec else None
                    sealed += [one] if one is not None else []
                found[sender.name, track.channel] = (count, sealed)
        return found

    def try_all(self) -> list[Tried]:
        """Every key of every profile on everything, in a fixed order."""
        return [
            tried
            for combined in self.combined
            for profile, key in _keys(combined)
            for tried in self._try(combined.name, profile, key)
        ]

    def _try(self, key_of: str, profile: str, key: bytes) -> Iterator[Tried]:
        opener = Opener(key)
        for (sender, channel), (count, sealed) in self._sealed.items():
            yield Tried(
                key_of=key_of,
                profile=profile,
                sender=sender,
                channel=channel,
                opened=opener.count(sealed),
                of=count,
            )
        for one in self.senders:
            if one.messages:
                yield Tried(
                    key_of=key_of,
                    profile=profile,
                    sender=one.name,
                    channel="messages",
                    opened=sum(_opens(blob, key) for blob in one.messages),
                    of=len(one.messages),
                )


def _keys(combined: Combined) -> Iterator[tuple[str, bytes]]:
    for profile in PROFILES.values():
        try:
            yield profile.id, profile.compute(combined.secret.encode(), combined.session_id)
        except (SecretNotText, UnicodeEncodeError):
            continue
    for number, key in enumerate(combined.made, 1):
        if len(key) in (16, 32):
            yield f"the client's own key {number}", key


def _opens(blob: bytes, key: bytes) -> bool:
    try:
        open_message(blob, key)
    except (MessageMalformed, MessageRefused):
        return False
    return True


def read_capture(folder: Path) -> Capture:
    """The capture in `folder`, or the file itself.

    Raises:
        CaptureUnreadable: there is none.
    """
    file = folder / FILE if folder.is_dir() else folder
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CaptureUnreadable(f"{file} is larger than any capture of this suite")
        text = file.read_bytes()
    except OSError as error:
        raise CaptureUnreadable(
            f"{file} cannot be read ({error.strerror}): give a folder below a run's evidence/"
        ) from error
    try:
        return Capture.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CaptureUnreadable(
            f"{file} is no capture of this format ({where}: {first['msg']}): it was changed, "
            "or another version wrote it"
        ) from None


def differences(said: list[Tried], found: list[Tried]) -> list[str]:
    """What is not as it was said, one line each."""

    def place(one: Tried) -> tuple[str, str, str, str]:
        return one.key_of, one.profile, one.sender, one.channel

    before, now = ({place(one): one for one in rows} for rows in (said, found))
    lines = []
    for where in dict.fromkeys([*before, *now]):
        old, new = before.get(where), now.get(where)
        if old != new:
            key_of, profile, sender, channel = where
            words = ["nothing" if o is None else f"{o.opened} of {o.of}" for o in (old, new)]
            lines.append(
                f"{profile} of {key_of}, on {sender}'s {channel}: said {words[0]}, is {words[1]}"
            )
    return lines
