"""Writes the run as Markdown, for the job summary of a CI system or a comment."""

from __future__ import annotations

import re

from conformance.reports.figures import rows
from conformance.reports.model import Results
from conformance.reports.profiles import columns
from conformance.reports.rounds import rows as round_rows
from conformance.reports.rounds import sentence as steadiness
from conformance.reports.words import SIGN, attention, headline, sentence
from conformance.verdicts import SANITY, Verdict

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;", "|": "&#124;"}
_MARKUP = re.compile(r"([\\`*_\[\]{}~$])")
_ADDRESS = re.compile(r"(?i)(https?|ftp|mailto)(:)|(www)(\.)")


def escape(text: str) -> str:
    """Escape text of a subject, so that Markdown shows it literally, without links or HTML."""
    literal = "".join(_ENTITIES.get(character, character) for character in text)
    literal = _MARKUP.sub(r"\\\1", literal)
    literal = _ADDRESS.sub(
        lambda m: f"{m[1]}&#58;" if m[1] else f"{m[3]}&#46;",
        literal,
    )
    return " ".join(literal.split())


def summary(results: Results) -> str:
    """The summary of the run."""
    verdict = results.verdict
    counts = ", ".join(f"{count} {name}" for name, count in verdict.counts().items() if count)
    lines = [
        f"## {SIGN[verdict.verdict]} {headline(results)}",
        "",
        f"{sentence(results)} Exit status {int(verdict.exit_code)}.",
        "",
        f"- Stack: {escape(results.stack)}; client: {escape(results.client)}; "
        f"profile: {escape(results.profile or 'all that was judged')}",
        f"- Verdicts: {counts or 'none'}",
        *([f"- {steadiness(results)}"] if steadiness(results) else []),
        *(f"- By {escape(c.key)}: {SIGN[c.verdict]} {c.words}" for c in columns(results)),
        f"- Run: {escape(results.run_id)}, started {escape(results.started)}",
    ]
    if verdict.partial:
        lines.append(f"- **Partial run**, only: {escape(results.selection or 'a selection')}")
    lines += [f"- **Excluded by name:** {escape(one)}" for one in results.exclusions]
    if results.broken_rules:
        lines.append(f"- **Broken on purpose:** {escape(', '.join(results.broken_rules))}")
    lines += [f"- **Disturbed on purpose:** {escape(one)}" for one in results.disturbances]
    if verdict.problems:
        lines += ["", "### Problems of the run", ""]
        lines += [f"- {escape(problem)}" for problem in verdict.problems]
    if attention(results):
        lines += ["", "### What needs attention", "", "| id | room | verdict | reason |"]
        lines += ["| --- | --- | --- | --- |"]
        lines += [
            f"| {escape(j.requirement)} | {escape(j.room_kind)} | {SIGN[j.verdict]} {j.verdict} | "
            f"{escape(j.reason)}{_waiver(results, j.requirement, j.room_kind)} |"
            for j in attention(results)
        ]
    lines += ["", "<details><summary>All verdicts</summary>", "", "| id | room | verdict |"]
    lines += ["| --- | --- | --- |"]
    lines += [
        f"| {escape(j.requirement)} | {escape(j.room_kind)} | {SIGN[j.verdict]} {j.verdict}"
        f"{'' if j.counted else ' (outside the profile)'} |"
        for j in verdict.judgements
        if j.requirement != SANITY
    ]
    lines += ["", "</details>", *_round_by_round(results)]
    figures = rows(results.figures)
    if figures:
        lines += ["", "| figure | value | aim |", "| --- | --- | --- |"]
        lines += [f"| {r.name} | {r.value} | {_aim(r.aim, r.met)} |" for r in figures]
    if results.not_yet():
        ids = ", ".join(results.not_yet())
        lines += ["", f"Not judged by any scenario of this version: {ids}."]
    return "\n".join(lines) + "\n"


def _round_by_round(results: Results) -> list[str]:
    table = round_rows(results)
    if not table:
        return []
    head = ["| id | room | check | held in | rounds |", "| --- | --- | --- | --- | --- |"]
    lines = [
        f"| {escape(r.requirement)} | {escape(r.room_kind)} | {escape(r.check)} | {r.held} | "
        f"{r.signs}{' unstable' if r.unstable else ''} |"
        for r in table
    ]
    return ["", "<details><summary>Round by round</summary>", "", *head, *lines, "", "</details>"]


def _waiver(results: Results, requirement: str, room_kind: str) -> str:
    for finding in results.findings:
        if (
            (finding.requirement, finding.room_kind) == (requirement, room_kind)
            and finding.verdict is Verdict.WAIVED
            and finding.waiver
        ):
            return f" — waived: {escape(finding.waiver)}"
    return ""


def _aim(aim: str, met: bool | None) -> str:
    if met is None:
        return aim
    return f"{aim}: {'met' if met else 'missed'}"
