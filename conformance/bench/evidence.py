"""The material of a check's claims as a capture that anybody can decrypt again.

Claims name the material that they rest on (`conformance.bench.core.claims`), and the ledger of the
check collects it. This module turns it into a capture: frames that the SFU forwarded, messages of
the bus, and the secrets that were tried on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from conformance.bench.core.candidate_keys import WrongSecret, secret_of, session_of
from conformance.bench.core.participant import Participant
from conformance.bench.core.sfu_media import KINDS, Media, source_of
from conformance.bench.crypto.message_keys import CapturedMessages, sent_messages
from conformance.keys.capture import Capture, Combined, Frame, Sender, Track
from conformance.observers.sfu_tap import CapturedTrack

MOST_FRAMES: Final = 100
"""Frames kept of one track; a check needs 200 of all tracks together (KEY-2)."""
MOST_BYTES: Final = 1536 * 1024
"""Bytes kept of one track's frames."""
MOST_MESSAGES: Final = 400
"""Messages kept of one sender."""


def capture(material: Iterable[object]) -> Capture | None:
    """Everything in `material` that can be decrypted; None if there is nothing.

    The capture states what each known key decrypts (`Capture.said`).
    """
    senders: dict[str, Sender] = {}
    combined: dict[tuple[str, str], Combined] = {}
    for one in material:
        if isinstance(one, Media):
            for person in one.people:
                sender = _sender(person, one.name, senders, combined)
                if sender is not None and not sender.tracks:
                    sender.sif_trailer = one.sfu_tap.forwarded.sif_trailer
                    sender.tracks = _tracks(one, person)
        elif isinstance(one, CapturedMessages):
            for person in one.people:
                sender = _sender(person, one.name, senders, combined)
                if sender is not None:
                    sender.messages = sent_messages([person])[:MOST_MESSAGES]
        elif isinstance(one, WrongSecret):
            key = (one.secret, one.session_id)
            combined.setdefault(
                key,
                Combined(
                    name=f"{one.words} ({len(combined) + 1})",
                    secret=one.secret,
                    session_id=one.session_id,
                    source="wrong on purpose",
                ),
            )
    kept = [sender for sender in senders.values() if sender.tracks or sender.messages]
    if not kept:
        return None
    made = Capture(combined=list(combined.values()), senders=kept)
    made.said = made.try_all()
    return made


def _sender(
    person: Participant,
    where: str,
    senders: dict[str, Sender],
    combined: dict[tuple[str, str], Combined],
) -> Sender | None:
    """This person's entry, created at the first call; None for a person without a Session ID."""
    if person.user_id in senders:
        return senders[person.user_id]
    secret, session_id = secret_of(person), session_of(person)
    if not session_id:
        return None
    source: Literal["typed", "supplied by the server"] = (
        "typed" if person.secret is not None else "supplied by the server"
    )
    made = person.made_keys.keys if person.made_keys is not None else []
    entry = combined.setdefault(
        (secret, session_id),
        Combined(
            name=f"{person.name}'s secret in {where} ({len(combined) + 1})",
            secret=secret,
            session_id=session_id,
            source=source,
            made=list(made),
        ),
    )
    senders[person.user_id] = Sender(
        name=f"{person.name} in {where} ({len(senders) + 1})", combined=entry.name
    )
    return senders[person.user_id]


def _tracks(media: Media, person: Participant) -> list[Track]:
    return [
        Track(
            channel=kind,
            codec=track.codec,
            encryption=track.encryption,
            frames=list(_frames(track)),
        )
        for kind in KINDS
        for track in media.sfu_tap.forwarded.of(person.user_id, source_of(kind))
        if track.frames
    ]


def _frames(track: CapturedTrack) -> Iterable[Frame]:
    size = 0
    for frame in track.frames[:MOST_FRAMES]:
        size += len(frame.data)
        if size > MOST_BYTES:
            return
        yield Frame(data=frame.data, key=frame.key)
