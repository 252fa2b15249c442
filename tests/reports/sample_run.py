"""A realistic run, for the tests of the reports and for viewing the page."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageDraw

from conformance.catalogue import catalogue
from conformance.judging import run_verdict
from conformance.reports.figures import Figures, Sample
from conformance.reports.model import Key, Results, Series, Shot
from conformance.verdicts import SANITY, Evidence, Finding, Verdict

KEYS: dict[str, Key] = {"alice": "right", "bob": "right", "mallory": "wrong", "nemo": "none"}

REASONS = {
    "FLOW": "alice and bob see and hear each other, and their messages arrive",
    "WRONG": "mallory was told so, and nobody got anything of her",
    "NOKEY": "nemo was told so, and nobody got anything of him",
}


def finding(
    requirement: str,
    room_kind: str = "zero-knowledge",
    verdict: Verdict = Verdict.PASS,
    reason: str = "as it should be",
    waiver: str | None = None,
) -> Finding:
    """A finding with controls and evidence."""
    area = requirement.rpartition("-")[0].lower() or "sanity"
    return Finding(
        requirement=requirement,
        room_kind=room_kind,
        check=f"scenarios/test_{area}.py::test_{area}_key_sees_nobody[{room_kind}]",
        verdict=verdict,
        reason=reason,
        controls=["alice sees bob: 41 distinct pictures in 6.8 s", "bob hears alice: 22 readings"],
        evidence=[
            Evidence(
                kind="absence",
                summary="mallory sees alice: 0 pictures, 812 packets arrived, 0 frames decoded",
                data={"packets": 812, "framesDecoded": 0, "counters": []},
            ),
            Evidence(
                kind="screenshot",
                summary="mallory's page",
                path="screenshots/zero-knowledge-mallory.png",
                sha256="9f" * 32,
            ),
        ],
        started="2026-11-23T12:40:03.120+00:00",
        seconds=6.8,
        waiver=waiver,
    )


def findings() -> list[Finding]:
    """The findings of a full run in which everything passes."""
    result = [
        finding(SANITY, "plain", reason="first: in a plain room alice and bob see each other")
    ]
    for requirement, room_kind in catalogue().expected():
        area = catalogue()[requirement].area
        result.append(finding(requirement, room_kind, reason=REASONS.get(area, "as it should be")))
    result.append(
        finding(SANITY, "plain", reason="last: in a plain room alice and bob see each other")
    )
    return result


def with_verdicts(changes: dict[str, tuple[Verdict, str]]) -> list[Finding]:
    """The same with some requirements' verdicts and reasons changed."""
    changed = []
    for one in findings():
        verdict, reason = changes.get(one.requirement, (one.verdict, one.reason))
        waiver = (
            "known in 2.4.0 (https://example.org/issues/7, until 2027-01-31)"
            if verdict is Verdict.WAIVED
            else None
        )
        changed.append(
            one.model_copy(update={"verdict": verdict, "reason": reason, "waiver": waiver})
        )
    return changed


MIXED = with_verdicts(
    {
        "WRONG-6": (
            Verdict.FAIL,
            "not within 25 s: mallory is shown a decryption error (none shown)",
        ),
        "NOKEY-7": (
            Verdict.INCONCLUSIVE,
            "control did not hold within 15 s: bob gets alice's chat message (none)",
        ),
        "WRONG-9": (Verdict.WAIVED, "the answers differ in one header"),
        "FLOW-3": (Verdict.NOT_APPLICABLE, "the client has no whiteboard"),
        "SECRET-2": (Verdict.ERROR, "TimeoutError: the breakout room did not start"),
    }
)


def series(room: str, people: list[str]) -> list[Series]:
    """People with the right key see each other from about 3 s on; other people see nothing."""
    result = []
    for viewer in people:
        for sender in people:
            if viewer == sender:
                continue
            right = KEYS[viewer] == KEYS[sender] == "right"
            delay = 2.6 if viewer == "alice" else 3.1
            points = [
                (round(delay + n / 6.2, 2), n + 1 - int(2 * math.sin(n / 9) ** 2))
                for n in range(180 if viewer == "alice" else 171)
            ]
            result.append(
                Series(
                    room=room,
                    viewer=viewer,
                    viewer_key=KEYS[viewer],
                    sender=sender,
                    sender_key=KEYS[sender],
                    points=points if right else [],
                )
            )
    return result


def draw_shots(folder: Path) -> list[Shot]:
    """Screenshots of made-up pages, written below `folder`."""
    (folder / "screenshots").mkdir(parents=True, exist_ok=True)
    shots = []
    for room, people in (("simple", ["alice", "bob"]), ("zero-knowledge", list(KEYS))):
        for name in people:
            path = f"screenshots/{room}-{name}.png"
            image = Image.new("RGB", (1280, 800), "#20242c")
            pen = ImageDraw.Draw(image)
            right = KEYS[name] == "right" or room == "simple"
            for n in range(2 if room == "simple" else 4):
                x, y = 40 + 610 * (n % 2), 40 + 370 * (n // 2)
                pen.rectangle(
                    (x, y, x + 580, y + 340), fill="#2d8f6f" if right and n < 2 else "#111"
                )
                for k in range(60):
                    if right and n < 2 and (k * 7 + n) % 3:
                        bx, by = x + 60 + 46 * (k % 10), y + 30 + 46 * (k // 10)
                        pen.rectangle((bx, by, bx + 40, by + 40), fill="white")
            if not right:
                pen.rectangle((40, 720, 1240, 780), fill="#7a1d1d")
                pen.text((60, 740), "alice: this could not be decrypted", fill="white")
            image.save(folder / path)
            key: Key = "right" if room == "simple" else KEYS[name]
            shots.append(
                Shot(caption="at the end", room=room, participant=name, path=path, key=key)
            )
    return shots


def results(found: list[Finding] | None = None, *, folder: Path | None = None) -> Results:
    """A whole run; with `folder`, with screenshots in it."""
    kept = findings() if found is None else found
    expected = [(SANITY, "plain"), *catalogue().expected()]
    return Results(
        run_id="20261123-124000-4711",
        started="2026-11-23T12:40:00+00:00",
        command="plugnmeet-conform run --stack embedded --client reference",
        stack="embedded",
        client="reference",
        verdict=run_verdict(kept, expected=expected),
        findings=kept,
        versions={
            "plugnmeet-conformance": "0.1.0",
            "python": "3.12.3",
            "browser": "chromium 156.0.7300.12",
            "livekit": "1.13.3",
            "nats": "2.15.1",
            "livekit-client": "2.21.0",
        },
        figures=Figures(
            stack_start=Sample.of([1.62]),
            join=Sample.of([1.4, 1.5, 1.55, 1.7, 1.9, 2.1, 2.2, 2.31]),
            first_mark=Sample.of([3.0, 3.2, 3.4, 4.4]),
            wall_seconds=52.3,
            cpu_seconds=81.5,
            floor_seconds=43.9,
            peak_memory_bytes=2_140_000_000,
        ),
        series=[*series("simple", ["alice", "bob"]), *series("zero-knowledge", list(KEYS))],
        shots=draw_shots(folder) if folder else [],
    )
