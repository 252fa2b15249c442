"""Takes screenshots of a shared room and collects its series for the plot."""

from __future__ import annotations

from pathlib import Path

from conformance.bench.core.participant import Participant
from conformance.bench.rooms.shared_room import SharedRoom
from conformance.observers.marks import Sighting
from conformance.reports.collect import WorkerNotes
from conformance.reports.model import Key, Series, Shot


async def take_shots(shared_room: SharedRoom, run_folder: Path) -> list[Shot]:
    """Take a screenshot of each page of the room; return none if they cannot be written."""
    folder = run_folder / "screenshots"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pictures = await shared_room.room.screenshots(folder)
    except OSError:
        return []  # a full disk is reported where the report is written
    return [
        Shot(
            caption="at the end",
            room=shared_room.name,
            participant=person.name,
            path=str(file.relative_to(run_folder)),
            key=_key(shared_room, person),
        )
        for person, file in pictures
    ]


def keep_pictures(notes: WorkerNotes, shared_room: SharedRoom, shots: list[Shot]) -> None:
    """Add screenshots and series to the notes of the process."""
    notes.shots += shots
    people = shared_room.people
    for viewer in people:
        for sender in people:
            if viewer is sender:
                continue
            seen = viewer.marks.picture(sender.mark.identity, "camera")
            notes.series.append(
                Series(
                    room=shared_room.name,
                    viewer=viewer.name,
                    viewer_key=_key(shared_room, viewer),
                    sender=sender.name,
                    sender_key=_key(shared_room, sender),
                    points=_since(shared_room.began, seen),
                )
            )


def _since(began: float, seen: Sighting | None) -> list[tuple[float, int]]:
    return [(round(at - began, 2), n) for at, n in seen.series()] if seen else []


def _key(shared_room: SharedRoom, person: Participant) -> Key:
    if person is shared_room.mallory:
        return "wrong"
    return "none" if person is shared_room.nemo else "right"
