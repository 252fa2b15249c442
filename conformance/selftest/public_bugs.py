"""docs/public-bugs.md: which public bug report has a seeded fault of its kind.

`python -m conformance.selftest.public_bugs` writes it from the faults.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.selftest import Fault, PublicBug, faults

FILE = Path(__file__).parents[2] / "docs" / "public-bugs.md"

_HEAD = """# Public bugs

What went wrong in other products can go wrong here. Each row names a public report, says in our
words what was wrong, and names the seeded fault of that kind and the requirements that have to
notice it. `./conform selftest --fault ID` tries it. A fault is of the same kind as the bug. It is
not the same code. `python -m conformance.selftest.public_bugs` writes this page from the faults.
"""


def table(among: Iterable[Fault]) -> str:
    """The page as Markdown: one row for each report and fault, sorted by source."""
    rows = sorted(
        ((bug, fault) for fault in among for bug in fault.reported),
        key=lambda row: (row[0].source.lower(), row[1].id),
    )
    sources = len({bug.source for bug, _ in rows})
    seeded = len({fault.id for _, fault in rows})
    lines = [
        _HEAD,
        f"{sources} reports, {seeded} faults.",
        "",
        "| report | what was wrong | fault | noticed by |",
        "| --- | --- | --- | --- |",
        *(_row(bug, fault) for bug, fault in rows),
    ]
    return "\n".join(lines) + "\n"


def _row(bug: PublicBug, fault: Fault) -> str:
    must = ", ".join(dict.fromkeys(target.requirement for target in fault.must))
    said = bug.bug.replace("|", "\\|")
    return f"| [{bug.source}]({bug.url}) | {said} | `{fault.id}` | {must} |"


if __name__ == "__main__":
    FILE.write_text(table(faults().values()), encoding="utf-8")
