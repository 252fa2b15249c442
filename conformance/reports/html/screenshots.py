"""Takes screenshots of a shared room and collects its series for the plot."""

from __future__ import annotations

from pathlib import Path

from conformance.bench.core.participant import Participant
from conformance.bench.rooms.shared_room import Settled
from conformance.observers.marks import Sighting
from conformance.reports.collect import WorkerNotes
from conformance.reports.model import Key, Series, Shot


async def take_shots(settled: Settled, run_folder: Path) -> list[Shot]:
    """Take a screenshot of each page of the room; return none if they cannot be written."""
    folder = run_folder / "screenshots"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pictures = await settled.room.screenshots(folder)
    except OSError:
        return []  # a full disk is reported where the report is written
    return [
        Shot(
            caption="at the end",
            room=settled.name,
            participant=person.name,
            path=str(file.relative_to(run_folder)),
            key=_key(settled, person),
        )
        for person, file in pictures
    ]


def keep_pictures(notes: WorkerNotes, settled: Settled, shots: list[Shot]) -> None:
    """Add screenshots and series to the notes of the process."""
    notes.shots += shots
    people = settled.people
    for viewer in people:
        for sender in people:
            if viewer is sender:
                continue
            seen = viewer.marks.picture(sender.mark.identity, "camera")
            notes.series.append(
                Series(
                    room=settled.name,
                    viewer=viewer.name,
                    viewer_key=_key(settled, viewer),
                    sender=sender.name,
                    sender_key=_key(settled, sender),
                    points=_since(settled.began, seen),
                )
            )


def _since(began: float, seen: Sighting | None) -> list[tuple[float, int]]:
    return [(round(at - began, 2), n) for at, n in seen.series()] if seen else []


def _key(settled: Settled, person: Participant) -> Key:
    if person is settled.mallory:
        return "wrong"
    return "none" if person is settled.nemo else "right"
