"""The checks of the scenarios, found as pytest finds them: nothing is started."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.stacks.kinds import RoomKind

if TYPE_CHECKING:
    import pytest

NO_KIND = "-"
"""The kind of room of a check that does not depend on it."""


class NotCollected(Exception):
    """The scenarios could not be read; the message has pytest's own first error."""


@dataclass(frozen=True)
class CheckRow:
    """One check: a scenario with its parameters.

    `id` is pytest's node id; `room_kind` is "-" where the kind of room does not matter; `line`
    counts from 1; `text` is the first line of the scenario's docstring.
    """

    id: str
    requirements: list[str]
    room_kind: str
    file: str
    function: str
    line: int
    text: str


class _Collector:
    """A pytest plugin that keeps the items."""

    def __init__(self) -> None:
        self.items: Sequence[pytest.Item] = ()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def collect(folder: Path, root: Path) -> list[CheckRow]:
    """Every check below `folder`, in the order of the files; node ids are relative to `root`.

    Plain pytest collects them, without the suite's plugin and without any other: the fixtures are
    not needed, and this way it takes little more than importing the scenarios.

    Raises:
        NotCollected: a scenario cannot be imported.
    """
    import pytest

    collector, said = _Collector(), io.StringIO()
    arguments = [
        "--collect-only", "-q", "--capture=no", "--noconftest", "--assert=plain", "-W", "ignore",
        "--import-mode=importlib", "-p", "no:cacheprovider", "-c", os.devnull,
        f"--rootdir={root}", str(folder),
    ]  # fmt: skip
    with _only_pytests_own_plugins(), contextlib.redirect_stdout(said):
        status = pytest.main(arguments, plugins=[collector])
    if status != pytest.ExitCode.OK:
        errors = [line[1:].strip() for line in said.getvalue().splitlines() if line[:2] == "E "]
        raise NotCollected(f"the scenarios in {folder} cannot be read: {' '.join(errors[:1])}")
    rows = [_row(item, root) for item in collector.items]
    return sorted((row for row in rows if row.requirements), key=lambda row: (row.file, row.line))


@contextlib.contextmanager
def _only_pytests_own_plugins() -> Iterator[None]:
    settings = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _row(item: pytest.Item, root: Path) -> CheckRow:
    function = getattr(item, "function", None)
    text = (getattr(function, "__doc__", None) or "").strip().partition("\n")[0]
    return CheckRow(
        id=item.nodeid,
        requirements=[one for mark in item.iter_markers("requirement") for one in mark.args],
        room_kind=_kind_of(item),
        file=item.nodeid.partition("::")[0],
        function=getattr(function, "__name__", item.name),
        line=(item.location[1] or 0) + 1,
        text=text,
    )


def _kind_of(item: pytest.Item) -> str:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    for value in parameters.values():
        if isinstance(value, RoomKind):
            return str(value)
    mark = item.get_closest_marker("room_kind")
    return str(mark.args[0]) if mark else NO_KIND
