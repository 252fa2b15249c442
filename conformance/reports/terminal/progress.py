"""Shows the progress of a run: a progress bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from conformance.reports.terminal.summary import STYLE
from conformance.reports.words import GREEN, SIGN
from conformance.verdicts import Finding, Verdict, worst


class LiveProgress:
    """Shows checks when they start, and findings. The caller must call `finished` in the end."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        self._done: dict[tuple[str, int | None], list[Verdict]] = {}
        self._total = 0
        self._progress: Progress | None = None
        self._task = None
        if self.console.is_terminal:
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self.console,
                transient=True,
            )
            self._task = self._progress.add_task("starting", total=None)

    def started(self, total: int) -> None:
        """Start the display; `total` is the number of checks, 0 if it is not known yet.

        A later call corrects the number.
        """
        self._total = total
        if self._progress is None or self._task is None:
            self.console.print(Text(f"{total} checks" if total else "starting"))
            return
        self._progress.start()
        self._progress.update(self._task, total=total or None)

    def check_started(self, nodeid: str) -> None:
        """Show that a check starts."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=_short(nodeid))

    def finding(self, finding: Finding) -> None:
        """Show a finding. A check can have several findings."""
        verdicts = self._done.setdefault((finding.check, finding.round), [])
        verdicts.append(finding.verdict)
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=len(self._done))
            if finding.verdict in GREEN:
                return
        self.console.print(self._line(finding), soft_wrap=True)

    def finished(self) -> None:
        """Stop the display, also after an interrupted run."""
        if self._progress is not None:
            self._progress.stop()

    @property
    def verdict(self) -> Verdict:
        """The most severe verdict so far."""
        return worst(verdict for verdicts in self._done.values() for verdict in verdicts)

    def _line(self, finding: Finding) -> Text:
        total = str(self._total or "?")
        line = Text.assemble(
            f"{len(self._done):>{len(total)}}/{total} ",
            (f"{SIGN[finding.verdict]} {finding.verdict}", STYLE[finding.verdict]),
            f"  {finding.requirement} ({finding.room_kind})",
        )
        if finding.round is not None:
            line.append(f", round {finding.round}")
        if finding.verdict not in GREEN:
            line.append(f": {finding.reason}")
        return line


def _short(nodeid: str) -> str:
    """The name of the check without its file: "wrong key sees nobody[zero-knowledge]"."""
    return nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")[:60]
