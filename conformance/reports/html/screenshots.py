"""Screenshots and the plot's series of a settled room, for the report."""

from __future__ import annotations

from pathlib import Path

from conformance.bench.core.participant import Participant
from conformance.bench.rooms.shared_room import SharedRoom
from conformance.observers.marks import Sighting
from conformance.reports.collect import WorkerNotes
from conformance.reports.model import Key, Series, Shot


async def take_shots(settled: SharedRoom, run_folder: Path) -> list[Shot]:
    """A picture of each page of the room, kept in the run's folder; none where it can't be."""
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


def keep_pictures(notes: WorkerNotes, settled: SharedRoom, shots: list[Shot]) -> None:
    """Hand shots and series over to the report."""
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


def _key(settled: SharedRoom, person: Participant) -> Key:
    if person is settled.mallory:
        return "wrong"
    return "none" if person is settled.nemo else "right"
