"""Where pytest and the rest meet: options, fixtures, markers, verdicts as outcomes.

A check is a plain pytest test that carries `@requirement(...)`. Its exception decides its
verdict (`conformance.verdicts.verdict_of`); the finding travels with the test's report, also from
a pytest-xdist worker, and the controller judges the run, writes the report and sets the exit
status. Tests without the mark are none of this plugin's business.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import allure
import pytest
from rich.console import Console
from xdist.scheduler import LoadScopeScheduling

from conformance.bench.claims import alarm, ledger, new_ledger
from conformance.bench.evidence import capture
from conformance.catalogue import UnknownProfile, UnknownRequirement, catalogue
from conformance.clients import registry as clients
from conformance.clients.registry import ClientFilesMissing
from conformance.exclusions import Exclusion, ExclusionInvalid, excluded, parse_exclusion
from conformance.pytest_fixtures import (
    NOTES,
    assistant,
    attached,
    browser,
    crossed,
    ended,
    files_to_serve,
    left,
    lives,
    notes,
    provider,
    refusing,
    rooms,
    settled,
    split_rules,
    stack,
    stack_options,
    webhooks,
)
from conformance.reference.rules import UnknownRule
from conformance.reports.collect import Collector, Run, WorkerNotes, real_parts
from conformance.reports.kept import keep
from conformance.reports.live import LiveProgress
from conformance.reports.model import Results
from conformance.reports.terminal import print_summary
from conformance.reports.write import ReportNotWritten, write_report
from conformance.stacks import registry as stacks
from conformance.stacks import tools
from conformance.stacks.base import RoomKind, StackError
from conformance.verdicts import BenchError, Exit, Finding, Verdict, today, verdict_of
from conformance.waivers import (
    WaiverFile,
    WaiversInvalid,
    apply_waivers,
    load_waivers,
    waivers_path,
)

_FINDING = "plugnmeet-finding"
_COLLECTOR = pytest.StashKey[Collector]()
_WAIVERS = pytest.StashKey[WaiverFile]()
_EXCLUSIONS = pytest.StashKey[Sequence[Exclusion]]()
_OUTCOME = pytest.StashKey[tuple[Results, Path | None, ReportNotWritten | None]]()
_LIVE = pytest.StashKey[LiveProgress]()
_OTHERS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The run's choices; `conform run` offers the same ones."""
    group = parser.getgroup("plugnmeet", "Plug-N-Meet conformance")
    add = group.addoption
    add("--stack", default="embedded", choices=stacks.NAMES, help="which server is used")
    add("--server-path", default=None, help="the plugnmeet-server to start (--stack native)")
    add("--server-version", default=None,
        help="the images' tag (compose), or what to treat the server as (native)")  # fmt: skip
    add("--deployment", default=None, help="TOML file that describes it (--stack external)")
    add("--insecure", action="store_true", help="accept any certificate (--stack external)")
    add("--client", default="reference", choices=clients.NAMES, help="which client")
    add("--client-files", default=None, help="folder with the client's built files to serve")
    add("--browser-path", default=None, help="the Chromium or Chrome to use")
    add("--livekit-path", default=None, help="the livekit-server to use")
    add("--nats-path", default=None, help="the nats-server to use")
    add("--break", dest="break_rules", action="append", default=[], metavar="RULE",
        help="break one rule of the reference server or client (repeatable)")  # fmt: skip
    add("--requirement", action="append", default=[], metavar="ID",
        help="only the checks of this requirement (repeatable)")  # fmt: skip
    add("--exclude", action="append", default=[], metavar="ID[/ROOM][=WHY]",
        help="leave out a promise by name; shown with the verdict (repeatable)")  # fmt: skip
    add("--profile", default=None, help="judge by this profile of the catalogue (default: all)")
    add("--waivers", default=None, help="TOML file of waivers")
    add("--reports", default="reports", help="folder that the run's report folder goes into")
    add("--run-folder", default=None, help="the run's own folder (default: one made by date)")
    add("--live", action="store_true", help="show the run's progress instead of pytest's")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register markers, read the waivers, name the run's folder (workers inherit it)."""
    config.addinivalue_line("markers", "requirement(*ids): which promises a check judges")
    config.addinivalue_line("markers", "channel(name): which kind of room a check is about")
    option = config.option
    for kind, path in ((tools.LIVEKIT, option.livekit_path), (tools.NATS, option.nats_path)):
        if path:
            os.environ[kind.variable] = path
    _refuse_bad_options(config)
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        # a worker parses the command line anew; what its controller chose comes this way
        option.run_folder = workerinput["plugnmeet_run_folder"]
    if not option.run_folder:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        option.run_folder = str(Path(option.reports).resolve() / f"{stamp}-{os.getpid()}")
    try:
        waivers = load_waivers(waivers_path(option.waivers)) if option.waivers else WaiverFile([])
        exclusions = [parse_exclusion(one) for one in option.exclude]
    except (WaiversInvalid, ExclusionInvalid, UnknownRequirement) as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_WAIVERS] = waivers
    config.stash[_EXCLUSIONS] = exclusions
    config.stash[NOTES] = WorkerNotes()
    if workerinput is None:
        run = Run(
            command=shlex.join(["pytest", *config.invocation_params.args]),
            stack=option.stack,
            client=option.client,
            selection=_selection(config),
            profile=option.profile,
            broken_rules=option.break_rules,
        )
        config.stash[_COLLECTOR] = Collector(run, Path(option.run_folder), waivers, exclusions)
        if option.live:
            config.stash[_LIVE] = LiveProgress()
            reporter = config.pluginmanager.get_plugin("terminalreporter")
            if reporter is not None:
                config.pluginmanager.unregister(reporter)


def _refuse_bad_options(config: pytest.Config) -> None:
    """One line for what cannot be used, before anything is started."""
    option = config.option
    try:
        for requirement in option.requirement:
            catalogue()[requirement]
        if option.profile:
            catalogue().profile(option.profile)
        split_rules(option.break_rules)
        if option.client != "reference" or option.client_files:
            files_to_serve(option)
        stacks.refuse_contradictions(stack_options(option, Path()))
    except (
        UnknownRequirement,
        UnknownProfile,
        ClientFilesMissing,
        UnknownRule,
        StackError,
    ) as error:
        raise pytest.UsageError(str(error)) from error


def _selection(config: pytest.Config) -> str:
    """What narrows the run down, in pytest's own words; empty for a whole run."""
    option = config.option
    parts = [f"--requirement {requirement}" for requirement in option.requirement]
    parts += [f"-k {option.keyword}" if option.keyword else ""]
    parts += [f"-m {option.markexpr}" if option.markexpr else ""]
    parts += [arg for arg in config.args if "::" in arg or Path(arg).is_file()]
    return " ".join(part for part in parts if part)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the controller's choices to a worker."""
    node.workerinput["plugnmeet_run_folder"] = node.config.option.run_folder


class _ByRoom(LoadScopeScheduling):
    """Keeps the checks of one settled room on one worker.

    Zero-knowledge rooms hold twice the people, so their checks have a worker to themselves; what
    needs a recorder and an AI is all with the others, which attach them once. (Not xdist's own
    `loadgroup`: with pytest 9.2 pytest-xdist 3.8 no longer gets at the node ids.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if "scenarios" not in Path(nodeid.partition("::")[0]).parts:
            return nodeid
        apart = nodeid.endswith("zero-knowledge]") and "[refusals-" not in nodeid
        return "zero-knowledge" if apart else "others"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Schedule by room, unless the user asked for a way of their own."""
    return _ByRoom(config, log) if config.getvalue("dist") == "load" else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Give every check its loop; keep to the requirements asked for; sort by settled room."""
    wanted = set(config.option.requirement)
    if wanted:
        kept = [
            i for i in items if any(wanted & set(m.args) for m in i.iter_markers("requirement"))
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    left_out = [item for item in items if _is_excluded(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("requirement") is None:
            continue
        # in front: auto mode has already put a mark of its own there
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    yield
    items.sort(key=_room_order)


def _is_excluded(item: pytest.Item) -> bool:
    ids = [one for mark in item.iter_markers("requirement") for one in mark.args]
    return bool(ids) and excluded(item.config.stash[_EXCLUSIONS], ids, _channel(item))


_SHARED = {"left": 2, "crossed": 6, "refusing": 10, "settled": 14, "ended": 18}
"""Fixtures that fill a room for many checks, in the order in which they are used up.

The server clears up after the sessions that were left while the other checks go on.
"""


def _room_order(item: pytest.Item) -> int:
    """All checks of one shared room in a row, so that each kind is filled once in a run."""
    if item.get_closest_marker("requirement") is None:
        return 0
    names = item.fixturenames  # type: ignore[attr-defined]
    shared = next((place for name, place in _SHARED.items() if name in names), None)
    if shared is None:
        return 1
    return shared + list(RoomKind).index(RoomKind(_channel(item)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note what this process was asked to judge."""
    session.config.stash[NOTES].expected = sorted(
        {
            (requirement, _channel(item))
            for item in session.items
            for mark in item.iter_markers("requirement")
            for requirement in mark.args
        }
    )


def _channel(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    if callspec is not None:
        for name in (*_SHARED, "kind"):
            if name in callspec.params:
                return str(RoomKind(callspec.params[name]))
    mark = item.get_closest_marker("channel")
    return str(mark.args[0]) if mark else "-"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say in Allure's results, where they are wanted, which promise a check judges."""
    mark = item.get_closest_marker("requirement")
    if mark is not None:
        alarm.check()
    if mark is None or not getattr(item.config.option, "allure_report_dir", None):
        return
    for requirement in mark.args:
        allure.dynamic.tag(requirement)
        allure.dynamic.story(f"{requirement}: {catalogue()[requirement].text}")
    allure.dynamic.feature(_channel(item))


# -- one check ---------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Give each check an empty ledger."""
    new_ledger()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the way a check ended into findings, and those into pytest's outcome."""
    report = yield
    mark = item.get_closest_marker("requirement")
    failed_outside = call.when != "call" and call.excinfo is not None
    if mark is None or not (call.when == "call" or failed_outside):
        return report
    exception = call.excinfo.value if call.excinfo else None
    if isinstance(exception, pytest.skip.Exception):
        verdict, reason = Verdict.INCONCLUSIVE, f"skipped: {exception.msg}"
    else:
        verdict = verdict_of(exception)
        reason = _reason(item, exception)
    if call.when == "teardown":
        verdict, reason = Verdict.ERROR, f"while clearing up: {reason}"
    kept = ledger()
    findings = [
        Finding(
            requirement=requirement,
            channel=_channel(item),
            check=item.nodeid,
            verdict=verdict,
            reason=reason,
            controls=kept.controls,
            evidence=kept.evidence,
            started=datetime.fromtimestamp(call.start, UTC).isoformat(timespec="milliseconds"),
            seconds=round(call.duration, 3),
        )
        for requirement in mark.args
    ]
    _keep_captured(item, kept.material, findings)
    waivers = item.config.stash[_WAIVERS].about(
        real_parts(item.config.option.stack, item.config.option.client)
    )
    findings, _ = apply_waivers(findings, waivers, today=today(), partial=True)
    report.user_properties.append(
        (_FINDING, json.dumps([finding.model_dump(mode="json") for finding in findings]))
    )
    _set_outcome(report, findings, reason)
    return report


def _keep_captured(item: pytest.Item, material: list[object], findings: list[Finding]) -> None:
    """Put the captured bytes that the claims rested on into a folder of each finding's own."""
    captured = capture(material) if material else None
    if captured is None:
        return
    for finding in findings:
        kept = keep(Path(item.config.option.run_folder), finding, captured)
        finding.evidence = [*finding.evidence, *([kept] if kept else [])]


def _reason(item: pytest.Item, exception: BaseException | None) -> str:
    if exception is None:
        doc = (getattr(item, "function", item).__doc__ or item.name).strip()
        return doc.splitlines()[0]
    if isinstance(exception, BaseExceptionGroup):
        return "; ".join(_reason(item, one) for one in exception.exceptions)[:500]
    text = str(exception).strip() or type(exception).__name__
    own = isinstance(exception, BenchError | StackError)
    if verdict_of(exception) is Verdict.ERROR and not own:
        text = f"{type(exception).__name__}: {text}"
    return text.splitlines()[0][:500]


def _set_outcome(report: pytest.TestReport, findings: list[Finding], reason: str) -> None:
    """pytest's own words for the verdicts: what is not green here is not green there."""
    verdicts = {finding.verdict for finding in findings}
    if verdicts == {Verdict.WAIVED}:
        report.outcome = "skipped"
        report.wasxfail = findings[0].waiver or reason
    elif verdicts == {Verdict.NOT_APPLICABLE}:
        report.outcome = "skipped"
        report.longrepr = (str(report.fspath), 0, f"not applicable: {reason}")
    elif verdicts != {Verdict.PASS} and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"inconclusive: {reason}"
    elif verdicts & {Verdict.INCONCLUSIVE}:
        report.longrepr = f"inconclusive: {reason}"
    elif verdicts & {Verdict.FAIL}:
        report.longrepr = f"fail: {reason}"


# -- the run -----------------------------------------------------------------------------------


def _collector_of(config: pytest.Config) -> Collector | None:
    return config.stash.get(_COLLECTOR, None)


class _ReportListener:
    """Hands the findings in test reports to the collector (controller only)."""

    def __init__(
        self, collector: Collector, others_failed: list[str], live: LiveProgress | None
    ) -> None:
        self.collector, self.others_failed, self.live = collector, others_failed, live
        if live is not None:
            live.started(0)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell how many checks there are."""
        if self.live is not None and session.items:
            self.live.started(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The same with workers: each collects all."""
        if self.live is not None:
            self.live.started(len(ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A check begins."""
        if self.live is not None:
            self.live.check_started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the findings out of one report."""
        if report.failed and not any(name == _FINDING for name, _ in report.user_properties):
            self.others_failed.append(report.nodeid)
        for name, value in report.user_properties:
            if name == _FINDING:
                for raw in json.loads(str(value)):
                    finding = Finding.model_validate(raw)
                    self.collector.add(finding)
                    if self.live is not None:
                        self.live.finding(finding)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take a worker's notes, or say that it was lost."""
        output = getattr(node, "workeroutput", {})
        notes = output.get("plugnmeet")
        if notes is not None:
            self.collector.merge(WorkerNotes.model_validate_json(notes))
        elif error:
            self.collector.problems.append(f"a worker of the run was lost: {error}")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to listen."""
    collector = _collector_of(session.config)
    if collector is not None:
        others: list[str] = session.config.stash.setdefault(_OTHERS, [])
        listener = _ReportListener(collector, others, session.config.stash.get(_LIVE, None))
        session.config.pluginmanager.register(listener, "plugnmeet-listener")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Workers hand in their notes; the controller judges, reports and sets the exit status."""
    config = session.config
    notes = config.stash[NOTES]
    if hasattr(config, "workerinput"):
        config.workeroutput["plugnmeet"] = notes.model_dump_json()  # type: ignore[attr-defined]
        return
    collector = config.stash[_COLLECTOR]
    collector.merge(notes)
    if not collector.concerned or config.option.collectonly:
        if config.option.live:
            sys.stderr.write("conform: no check matches this selection\n")
        return
    results = collector.results(
        interrupted=exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    )
    exit_code = int(results.verdict.exit_code)
    report: Path | None = None
    complaint: ReportNotWritten | None = None
    try:
        report = write_report(results, collector.folder)
    except ReportNotWritten as error:
        complaint, exit_code = error, int(Exit.BROKE)
    live = config.stash.get(_LIVE, None)
    if live is not None:
        live.finished()
        print_summary(live.console, results, report=report, not_written=complaint)
    config.stash[_OUTCOME] = (results, report, complaint)
    others_failed = exitstatus == pytest.ExitCode.TESTS_FAILED and bool(config.stash[_OTHERS])
    session.exitstatus = max(exit_code, int(others_failed)) if exit_code == 0 else exit_code


def pytest_terminal_summary(config: pytest.Config) -> None:
    """The verdict under pytest's own lines."""
    outcome = config.stash.get(_OUTCOME, None)
    if outcome is not None:
        results, report, complaint = outcome
        print_summary(Console(), results, report=report, not_written=complaint)


__all__ = [
    "assistant", "attached", "browser", "crossed", "ended", "left", "lives", "notes", "provider",
    "refusing", "rooms", "settled", "stack", "webhooks",
]  # fmt: skip
