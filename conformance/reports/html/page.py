"""Writes the report page: one self-contained HTML file, without scripts and requests."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance import __version__
from conformance.catalogue import NO_ROOM_KIND, Requirement
from conformance.reports.figures import rows
from conformance.reports.html.pictures import inline
from conformance.reports.html.plot import KEY_WORDS, plots
from conformance.reports.model import Results
from conformance.reports.profiles import columns, demanded_by
from conformance.reports.rounds import rows as round_rows
from conformance.reports.rounds import sentence as steadiness
from conformance.reports.rounds import shown_of
from conformance.reports.words import GREEN, SIGN, attention, headline, promise, sentence
from conformance.verdicts import MEANING, SANITY, Evidence, Finding, Judgement, Verdict, worst

ROOM_KINDS: Final = ("simple", "zero-knowledge", "plain")

_MOST_DATA: Final = 6_000
"""The number of characters of evidence data that the page shows; results.json has all."""

_SAFE_PATH = re.compile(r"^[\w][\w .+-]*(/[\w][\w .+-]*)*\Z")


@dataclass(frozen=True)
class Row:
    """One requirement of the table, with its judgement in each kind of room and its findings.

    `cells` has one judgement or None for each of `ROOM_KINDS`. `anywhere` is the judgement of a
    requirement that does not depend on the kind of room. `missing` are judgements without checks.
    """

    id: str
    text: str
    sentence: str
    source: str
    level: str
    subject: str
    verdict: Verdict
    counted: bool
    demanded: str
    cells: list[Judgement | None]
    anywhere: Judgement | None
    findings: list[Finding]
    missing: list[Judgement]

    @property
    def opened(self) -> bool:
        """Whether the details are open at first: they are if the requirement needs attention."""
        return self.counted and self.verdict not in GREEN


@dataclass(frozen=True)
class Section:
    """One area of the catalogue."""

    id: str
    title: str
    source: str
    verdict: Verdict
    rows: list[Row]


@dataclass(frozen=True)
class NotJudged:
    """A requirement that this run says nothing about, with the reason."""

    id: str
    text: str
    reason: str


def environment() -> Environment:
    """The Jinja environment of the page templates, with their filters."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"slug": _slug, "data": _data, "link": _link, "moment": _moment}
    return made


def page(results: Results, folder: Path) -> str:
    """The HTML of the page; screenshots are read from the run's `folder`."""
    waivers = {
        (f.requirement, f.room_kind): f.waiver for f in results.findings if f.waiver is not None
    }
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            results=results,
            verdict=results.verdict,
            headline=headline(results),
            sentence=sentence(results),
            sign=SIGN,
            meaning=MEANING,
            room_kinds=ROOM_KINDS,
            attention=[(j, promise(results, j.requirement)) for j in attention(results)],
            waivers=waivers,
            sections=_sections(results),
            steadiness=steadiness(results),
            rounds=round_rows(results),
            sanity=[f for f in results.findings if f.requirement == SANITY],
            not_judged=_not_judged(results),
            rooms=_rooms(results, folder),
            key_words=KEY_WORDS,
            plots=plots(results.series),
            figures=rows(results.figures),
            columns=columns(results),
            profile=results.catalogue.profile(results.profile) if results.profile else None,
            version=__version__,
        )
    )


def _sections(results: Results) -> list[Section]:
    judgements: dict[str, list[Judgement]] = {}
    for judgement in results.verdict.judgements:
        if judgement.requirement != SANITY:
            judgements.setdefault(judgement.requirement, []).append(judgement)
    sections = []
    for area in results.catalogue.areas.values():
        table = [
            _row(results, requirement, judgements[requirement.id])
            for requirement in results.catalogue.requirements.values()
            if requirement.area == area.id and requirement.id in judgements
        ]
        if table:
            verdict = worst(row.verdict for row in table)
            sections.append(Section(area.id, area.title, area.source, verdict, table))
    return sections


def _row(results: Results, requirement: Requirement, judgements: list[Judgement]) -> Row:
    by_room_kind = {j.room_kind: j for j in judgements}
    return Row(
        id=requirement.id,
        text=requirement.text,
        sentence=requirement.sentence,
        source=requirement.source,
        level=requirement.level,
        subject=requirement.subject,
        verdict=worst(j.verdict for j in judgements),
        counted=all(j.counted for j in judgements),
        demanded=demanded_by(requirement, results.catalogue.newest_profiles()),
        cells=[by_room_kind.get(room_kind) for room_kind in ROOM_KINDS],
        anywhere=by_room_kind.get(NO_ROOM_KIND),
        findings=shown_of(results, requirement.id),
        missing=[j for j in judgements if j.checks == 0],
    )


def _not_judged(results: Results) -> list[NotJudged]:
    judged = {j.requirement for j in results.verdict.judgements}
    return [
        NotJudged(
            r.id, r.text, f"not in this version: {r.not_yet}" if r.not_yet else "not selected"
        )
        for r in results.catalogue.requirements.values()
        if r.id not in judged
    ]


def _rooms(results: Results, folder: Path) -> list[dict[str, Any]]:
    rooms: dict[str, list[Any]] = {}
    for picture in inline(results.shots, folder):
        rooms.setdefault(picture.shot.room, []).append(picture)
    return [{"name": name, "pictures": pictures} for name, pictures in rooms.items()]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _data(evidence: Evidence) -> str:
    """The data of evidence as text, truncated to keep the page small."""
    text = json.dumps(evidence.data, indent=1, ensure_ascii=False, default=str)
    if len(text) <= _MOST_DATA:
        return text
    return f"{text[:_MOST_DATA]}\n… {len(text) - _MOST_DATA} more characters in results.json"


def _link(path: str | None) -> str:
    """The path if it is inside the run's folder and safe to link to, else ""."""
    return path if path and _SAFE_PATH.match(path) and ".." not in path else ""


def _moment(iso: str) -> str:
    """An ISO 8601 time for readers: "2026-11-23 12:40:00 UTC"."""
    try:
        moment = datetime.fromisoformat(iso).astimezone(UTC)
    except (ValueError, OverflowError):
        return iso
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
