"""Writes the folder of a run: results.json with its schema, the page, JUnit and the summary."""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from conformance.reports.html.page import page
from conformance.reports.junit import write_junit
from conformance.reports.markdown import summary
from conformance.reports.model import Results, results_schema

RESULTS: Final = "results.json"
PAGE: Final = "index.html"

_FIXES: Final = {
    errno.ENOSPC: "free some space there, or give another folder",
    errno.EDQUOT: "free some space there, or give another folder",
    errno.EACCES: "give a folder that you may write to",
    errno.EPERM: "give a folder that you may write to",
    errno.EROFS: "give a folder that you may write to",
    errno.ENOTDIR: "a part of the path is a file: give another folder",
    errno.EEXIST: "a part of the path is a file: give another folder",
}


class ReportNotWritten(Exception):
    """The report cannot be written; the message says which file, why, and what to do."""

    def __init__(self, path: Path, error: OSError) -> None:
        self.path = path
        reason = error.strerror or str(error)
        fix = _FIXES.get(error.errno or 0, "give another folder")
        super().__init__(f"the report was not written: {path}: {reason}; {fix} with --reports")


def write_report(results: Results, folder: Path) -> Path:
    """Write all formats into `folder`; return the path of the page.

    results.json is written first, so that the findings are kept if a later format fails. Each file
    is written completely or not at all.

    Raises:
        ReportNotWritten: a file cannot be written.
    """
    schema = json.dumps(results_schema(), indent=2) + "\n"
    texts: dict[str, Callable[[], str]] = {
        RESULTS: lambda: results.model_dump_json(indent=1) + "\n",
        "results.schema.json": lambda: schema,
        "summary.md": lambda: summary(results),
        PAGE: lambda: page(results, folder),
    }
    write_files(folder, texts)
    _whole(folder / "junit.xml", lambda part: write_junit(results, part))
    return folder / PAGE


def write_files(folder: Path, texts: Mapping[str, Callable[[], str]]) -> None:
    """Write each text into the file with that name; each file completely or not at all.

    Raises:
        ReportNotWritten: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportNotWritten(folder, error) from error
    for name, text in texts.items():
        _whole(folder / name, lambda part, t=text: _write_text(part, t()))  # type: ignore[misc]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _whole(path: Path, write: Callable[[Path], None]) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise ReportNotWritten(path, error) from error
