"""Compares two runs, for a release gate or for two versions of a product.

A change is worse if somebody must look at it: a requirement that no longer passes or can no longer
be judged, a check that ran before and no longer does, a new exclusion.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from conformance.reports.markdown import escape
from conformance.reports.model import Results, load_results
from conformance.reports.schema_versions import NewerSchema
from conformance.verdicts import SANITY, Judgement, Text, Verdict

_RANK: Final = (
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
    Verdict.WAIVED,
    Verdict.INCONCLUSIVE,
    Verdict.ERROR,
    Verdict.FAIL,
)
"""From the verdict that needs least attention to the one that needs most."""

What = Literal["verdict", "promise gone", "promise new", "check gone", "check new", "run"]


class RunNotReadable(Exception):
    """No run can be read there; one line that says what to do."""


class Change(BaseModel):
    """One difference; `about` names a requirement with its room kind, a check, or a field."""

    model_config = ConfigDict(extra="forbid")

    what: What
    about: Text
    before: Text = ""
    after: Text = ""
    worse: bool = False


class Comparison(BaseModel):
    """All differences between two runs, the worse ones first."""

    model_config = ConfigDict(extra="forbid")

    old: Text
    new: Text
    changes: list[Change]

    @property
    def worse(self) -> bool:
        """Whether somebody must look at any change."""
        return any(change.worse for change in self.changes)


def read_run(given: Path) -> Results:
    """Read a run from its folder or its results.json.

    Raises:
        RunNotReadable: there is no such file, it is not a run of this program, or a newer version
            of this program wrote it.
    """
    file = given / "results.json" if given.is_dir() else given
    try:
        return load_results(file)
    except OSError as error:
        raise RunNotReadable(
            f"{file} cannot be read ({error.strerror}): give the folder of a run, or its "
            "results.json"
        ) from error
    except NewerSchema as error:
        raise RunNotReadable(f"{file}: {error}") from error
    except (ValueError, RecursionError) as error:
        where = ""
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            where = f" ({'.'.join(str(part) for part in first['loc'])[:80]}: {first['msg'][:120]})"
        raise RunNotReadable(
            f"{file} holds no results that this version reads{where}: run the suite again with "
            "this version"
        ) from error


def unlike(old: Results, new: Results) -> list[str]:
    """In what the two runs are not of one kind, so that their verdicts cannot be compared.

    Versions may differ, because that is what a comparison is for. A selection and exclusions may
    differ, too: they are among the changes.
    """

    def kind(run: Results) -> dict[str, str]:
        disturbed = sorted({one.partition(":")[0] for one in run.disturbances})
        return {
            "stack": run.stack,
            "client": run.client,
            "rounds": str(run.verdict.rounds),
            "broken rules": ", ".join(sorted(run.broken_rules)) or "none",
            "disturbances": ", ".join(disturbed) or "none",
        }

    before, after = kind(old), kind(new)
    return [
        f"{what} ({before[what]}, then {after[what]})"
        for what in before
        if before[what] != after[what]
    ]


def compare(old: Results, new: Results) -> Comparison:
    """All differences between two runs; see `unlike` for runs that should not be compared."""
    changes = [*_runs(old, new), *_promises(old, new), *_checks(old, new)]
    changes.sort(key=lambda change: not change.worse)
    return Comparison(old=old.run_id, new=new.run_id, changes=changes)


def _runs(old: Results, new: Results) -> Iterator[Change]:
    def change(about: str, before: object, after: object, worse: bool = False) -> Iterator[Change]:
        if before != after:
            yield Change(what="run", about=about, before=str(before), after=str(after), worse=worse)

    rules = [", ".join(sorted(run.broken_rules)) or "none" for run in (old, new)]
    yield from change("broken rules", rules[0], rules[1])
    yield from change("stack", old.stack, new.stack)
    yield from change("client", old.client, new.client)
    yield from change("rounds", old.verdict.rounds, new.verdict.rounds)
    yield from change("profile", old.profile or "all", new.profile or "all")
    narrowed = new.verdict.partial and not old.verdict.partial
    yield from change(
        "selection", old.selection or "everything", new.selection or "everything", narrowed
    )
    for exclusion in sorted(set(new.exclusions) - set(old.exclusions)):
        yield Change(what="run", about="excluded", after=exclusion, worse=True)
    for exclusion in sorted(set(old.exclusions) - set(new.exclusions)):
        yield Change(what="run", about="excluded", before=exclusion)
    for name in sorted(old.versions.keys() | new.versions.keys()):
        before, after = old.versions.get(name, "-"), new.versions.get(name, "-")
        yield from change(f"version of {name}", before, after)
    for identifier in sorted(old.catalogue.requirements.keys() & new.catalogue.requirements.keys()):
        one, other = (r.catalogue.requirements[identifier] for r in (old, new))
        yield from change(f"text of {identifier}", one.text, other.text)
    for problem in new.verdict.problems:
        if problem not in old.verdict.problems:
            yield Change(what="run", about="problem", after=problem, worse=True)


def _promises(old: Results, new: Results) -> Iterator[Change]:
    before = {(j.requirement, j.room_kind): j for j in old.verdict.judgements}
    after = {(j.requirement, j.room_kind): j for j in new.verdict.judgements}
    for pair in sorted(before.keys() | after.keys()):
        if pair[0] == SANITY:
            continue
        about = f"{pair[0]} ({pair[1]})"
        was, now = before.get(pair), after.get(pair)
        if was is None and now is not None:
            bad = _RANK.index(now.verdict) > _RANK.index(Verdict.WAIVED)
            yield Change(what="promise new", about=about, after=_words(now), worse=bad)
        elif now is None and was is not None:
            worse = was.verdict is not Verdict.NOT_APPLICABLE
            yield Change(what="promise gone", about=about, before=_words(was), worse=worse)
        elif was is not None and now is not None and was.verdict is not now.verdict:
            worse = _RANK.index(now.verdict) > _RANK.index(was.verdict)
            yield Change(
                what="verdict", about=about, before=_words(was), after=_words(now), worse=worse
            )


def _words(judgement: Judgement) -> str:
    verdict = judgement.verdict
    return str(verdict) if verdict is Verdict.PASS else f"{verdict}: {judgement.reason}"


def _checks(old: Results, new: Results) -> Iterator[Change]:
    def names(results: Results) -> set[tuple[str, str]]:
        # a check that is not applicable counts as one that did not run
        return {
            (f.requirement, f.check)
            for f in results.findings
            if f.requirement != SANITY and f.verdict is not Verdict.NOT_APPLICABLE
        }

    before, after = names(old), names(new)
    for requirement, check in sorted(before - after):
        yield Change(what="check gone", about=f"{requirement}: {check}", worse=True)
    for requirement, check in sorted(after - before):
        yield Change(what="check new", about=f"{requirement}: {check}")


def as_markdown(comparison: Comparison) -> str:
    """The comparison as Markdown, for the job summary of a CI system or a comment."""
    sign = "✗ Something got worse" if comparison.worse else "✓ Nothing got worse"
    lines = [
        f"## {sign}",
        "",
        f"{escape(comparison.old)} → {escape(comparison.new)}: "
        f"{len(comparison.changes)} differences.",
    ]
    if comparison.changes:
        lines += ["", "| | what | about | before | after |", "| --- | --- | --- | --- | --- |"]
        lines += [
            f"| {'✗' if c.worse else ''} | {c.what} | {escape(c.about)} | {escape(c.before)} | "
            f"{escape(c.after)} |"
            for c in comparison.changes
        ]
    return "\n".join(lines) + "\n"
