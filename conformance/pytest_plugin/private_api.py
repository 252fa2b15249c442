"""Every use of an undocumented part of pytest and pytest-xdist, each with its reason.

If a new version of either breaks the plugin, look at this file first. It was written for pytest
9.2.0 and pytest-xdist 3.8.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


def parameters_of(item: pytest.Item) -> Mapping[str, object]:
    """The parameters of a test, by name; empty for a test without any.

    `Function.callspec` is not documented. The public ways to a parameter are the test's id, which
    is text for readers, and `request.param`, which exists only after the scheduling.
    """
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec is not None else {}


def fixtures_of(item: pytest.Item) -> list[str]:
    """The names of all fixtures that a test uses, directly or through another fixture.

    `Function.fixturenames` is in pytest's examples, but not in its reference.
    """
    return list(getattr(item, "fixturenames", ()))


def finish_fixture(definition: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """Tear a fixture down now; pytest sets it up again when a later test uses it.

    `FixtureDef.finish` is not documented. pytest has no public way to tear a fixture down before
    its scope ends, except by asking for it with another parameter.
    """
    definition.finish(request)  # type: ignore[arg-type]


class GroupScheduling(LoadScopeScheduling):
    """Keeps the tests of one group on one worker, and hands the groups out by rank.

    Two methods of xdist's `LoadScopeScheduling` are overridden. `_split_scope` is what xdist's own
    schedulers override for the same purpose. `_assign_work_unit` takes the next group from the
    queue; xdist can order groups by their size only.

    xdist's `--dist loadgroup` cannot be used: xdist 3.8 writes the group into `Item._nodeid`, and
    pytest 9.2 no longer reads that attribute. It also cannot rank the groups.
    """

    def __init__(
        self,
        config: pytest.Config,
        log: Any,
        group_of: Callable[[str], str],
        rank_of: Callable[[str], int],
    ) -> None:
        super().__init__(config, log)
        self._group_of, self._rank_of = group_of, rank_of

    def _split_scope(self, nodeid: str) -> str:
        return self._group_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        first = min(self.workqueue, key=self._rank_of)
        self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
