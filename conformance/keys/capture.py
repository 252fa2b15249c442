"""Captured ciphertext as a file, with its secrets: evidence that another person can check again.

A capture holds the secrets of a run's own rooms (random canaries, or the secret that the server
sent for an ended room), the session ids, and the bytes from the wire. Everything else is computed:
`try_all` derives each published profile's key from each secret and tries it on every frame and
message. `reopen` repeats this and compares the results.
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
"""A larger file is not read; the suite writes a few MiB."""

MOST_COMBINED: Final = 200
MOST_SENDERS: Final = 200
"""Limits for captures from elsewhere: deriving the keys of a secret takes a second, and each key is
tried on all data. A capture of this suite has about ten secrets."""

Channel = Literal["audio", "camera", "screen", "messages"]


class CaptureUnreadable(Exception):
    """The file is missing or not a capture of this format; the message says how to fix it."""


class _Data(BaseModel):
    # in the file bytes are base64 (RFC 4648, section 5)
    model_config = ConfigDict(extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class Frame(_Data):
    """A whole frame as the SFU forwarded it. `key`: the depacketiser reports a key frame."""

    data: bytes
    key: bool = False


class Track(_Data):
    """Some frames of a track. `codec` is None if the suite cannot read it."""

    channel: Channel
    codec: Codec | None
    encryption: str
    """The publisher's statement (LiveKit's TrackInfo)."""
    frames: list[Frame]


class Combined(_Data):
    """The inputs of a client's keys: a secret and a session id, with a name for messages.

    `made` has the keys that an instrumented client made.
    """

    name: str
    secret: str
    session_id: str
    source: Literal["typed", "supplied by the server", "wrong on purpose"]
    made: list[bytes] = Field(default_factory=list, max_length=MOST_COMBINED)


class Sender(_Data):
    """One person in one session: the tracks that the SFU forwarded and the messages sent.

    `combined` names the entry of `Capture.combined` that this person's client used.
    """

    name: str
    combined: str
    sif_trailer: bytes = b""
    tracks: list[Track] = Field(default_factory=list)
    messages: list[bytes] = Field(default_factory=list)


class Tried(_Data):
    """The result of one key on one sender's channel: `opened` of `of` items opened."""

    key_of: str
    profile: str
    sender: str
    channel: Channel
    opened: int
    of: int


class Capture(_Data):
    """A check's captured bytes; `said` has the results at the time of writing."""

    format: Literal["plugnmeet-conformance capture 1"] = FORMAT
    combined: list[Combined] = Field(max_length=MOST_COMBINED)
    senders: list[Sender] = Field(max_length=MOST_SENDERS)
    said: list[Tried] = Field(default_factory=list)

    @cached_property
    def _sealed(self) -> dict[tuple[str, Channel], tuple[int, list[SealedFrame]]]:
        """By sender and kind of media: the number of frames, and those that look encrypted."""
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
        """Try every profile's key on all data, in a fixed order."""
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
    """Read the capture in `folder`, which may also be the file itself.

    Raises:
        CaptureUnreadable: there is no readable capture.
    """
    file = folder / FILE if folder.is_dir() else folder
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CaptureUnreadable(f"{file} is larger than any capture of this suite")
        text = file.read_bytes()
    except OSError as error:
        raise CaptureUnreadable(
            f"{file} cannot be read ({error.strerror}); give a folder below a run's evidence/"
        ) from error
    try:
        return Capture.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CaptureUnreadable(
            f"{file} is not a capture of this format ({where}: {first['msg']}); it was changed, "
            "or another version wrote it"
        ) from None


def differences(recorded: list[Tried], found: list[Tried]) -> list[str]:
    """The differences between the recorded and the new results, one line each."""

    def place(one: Tried) -> tuple[str, str, str, str]:
        return one.key_of, one.profile, one.sender, one.channel

    before, now = ({place(one): one for one in rows} for rows in (recorded, found))
    lines = []
    for where in dict.fromkeys([*before, *now]):
        old, new = before.get(where), now.get(where)
        if old != new:
            key_of, profile, sender, channel = where
            words = ["nothing" if o is None else f"{o.opened} of {o.of}" for o in (old, new)]
            lines.append(
                f"{profile} of {key_of}, on {sender}'s {channel}"
                f": recorded {words[0]}, now {words[1]}"
            )
    return lines
