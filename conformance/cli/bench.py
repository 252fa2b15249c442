"""`conform bench`: the figures of a run, and the speed of the suite's own readers."""

from __future__ import annotations

import asyncio
import sys
import time
from argparse import Namespace
from pathlib import Path

from conformance.cli.errors import complain
from conformance.cli.options import takes_options
from conformance.cli.paths import scenarios_folder
from conformance.cli.run import judged, run_folder, set_up, worker_arguments
from conformance.options import pytest_words

OPENER_AIM = "at least the worker's"
READER_AIM = "at least 200 MB/s"
VECTORS_AIM = "at least 600 in 5 s"


@takes_options("bench")
def bench(given: Namespace) -> None:
    """Run every scenario and print the figures: start, join, first mark, wall time, CPU, memory.

    The same run then measures how many frames the suite opens per second, beside livekit-client's
    own worker,
    bytes that the leak reader takes a second, and the published vectors.
    """
    set_up(given.browser_path)
    folder = run_folder(given.reports)
    arguments = ["--live", f"--run-folder={folder}", *pytest_words("bench", given)]
    workers = worker_arguments(given.workers)
    status = judged([*workers, *arguments, str(scenarios_folder())], folder)
    from rich.console import Console
    from rich.table import Table

    from conformance.reports.figures import rows
    from conformance.reports.model import load_results

    results = folder / "results.json"
    if not results.is_file():
        sys.exit(status)
    table = Table("figure", "measured", "aim", "met")
    for row in rows(load_results(results).figures):
        met = "" if row.met is None else "yes" if row.met else "no"
        table.add_row(row.name, row.value, row.aim, met)
    for cells in _throughput(given.browser_path):
        table.add_row(*cells)
    Console().print(table)
    sys.exit(status)


def _throughput(browser_path: Path | None) -> list[tuple[str, str, str, str]]:
    """The rows about the suite's own speed, measured one after the other."""
    from conformance.benchmarks.frame_opening import measure_opener
    from conformance.benchmarks.leak_reading import measure_leak_reader
    from conformance.keys.published.locate import vectors_folder
    from conformance.keys.published.vectors import verify

    opener, reader = measure_opener(), measure_leak_reader()
    worker = asyncio.run(_cryptor(browser_path))
    began = time.perf_counter()
    tests = verify(vectors_folder()).tests
    seconds = time.perf_counter() - began
    beside = "" if worker is None else _met(opener >= worker)
    return [
        ("Frames opened by the suite, per second", f"{opener:,.0f}", OPENER_AIM, beside),
        (
            "Frames opened by livekit-client's worker, per second",
            "not measured" if worker is None else f"{worker:,.0f}",
            "",
            "",
        ),
        ("Leak reader", f"{reader / 1e6:,.0f} MB/s", READER_AIM, _met(reader >= 200e6)),
        (
            "Published vectors in Python",
            f"{tests} in {seconds:.1f} s",
            VECTORS_AIM,
            _met(tests >= 600 and seconds <= 5),
        ),
    ]


async def _cryptor(browser_path: Path | None) -> float | None:
    """Frames per second of livekit-client's own worker; None where no browser could be started."""
    from conformance.benchmarks.frame_opening import measure_cryptor
    from conformance.clients.browser import driving, launch
    from conformance.observers.sfu_tap import SfuTapFailed
    from conformance.verdicts import BenchError

    try:
        async with driving() as playwright:
            browser = await launch(playwright, browser_path)
            async with browser:
                return await measure_cryptor(browser)
    except (SfuTapFailed, BenchError) as error:
        complain(str(error))
        return None


def _met(met: bool) -> str:
    return "yes" if met else "no"
