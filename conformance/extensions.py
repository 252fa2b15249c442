"""A table of parts by name, to which other installed packages add theirs by entry points.

An entry point of the group names an object of the table's type; the package that has it is loaded
only when a run asks for its name. Format of entry points: packaging.python.org, "Entry points
specification".
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from conformance.printable import printable

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_LONGEST = 200
"""Characters of another package's error that are shown."""


class Named(Protocol):
    """What a table holds."""

    @property
    def name(self) -> str: ...


Spec = TypeVar("Spec", bound=Named)


class ExtensionProblem(ValueError):
    """A name cannot be used; the message is one line that says what to do."""


class UnknownName(ExtensionProblem):
    """Nothing has this name; the message lists the known and the near ones."""


class Table(Generic[Spec]):
    """The parts of one kind: the suite's own, and those of other installed packages.

    `what`: the kind in one word, which is also its option's (`--client`); the group of the entry
    points is made of it (`plugnmeet_conformance.clients`). `own`: the suite's, by name.
    """

    def __init__(self, what: str, kind: type[Spec], own: Iterable[Spec]) -> None:
        self.what, self._kind = what, kind
        self.group = f"plugnmeet_conformance.{what}s"
        self.own: Mapping[str, Spec] = {spec.name: spec for spec in own}

    def __getitem__(self, name: str) -> Spec:
        """The part of this name; the package that has it is loaded now.

        Raises:
            UnknownName: there is none.
            ExtensionProblem: two have the name, or what a package adds cannot be used.
        """
        added = [entry for entry in self.added() if entry.name == name]
        if name in self.own:
            if added:
                raise ExtensionProblem(
                    f"--{self.what} {name}: {package(added[0])} adds a {self.what} of this name, "
                    f"which is the suite's own: rename it there, or uninstall that package"
                )
            return self.own[name]
        if not added:
            raise UnknownName(self._unknown(name))
        if len(added) > 1:
            packages = " and ".join(package(entry) for entry in added)
            raise ExtensionProblem(
                f"--{self.what} {name}: {packages} each add a {self.what} of this name: "
                "uninstall one of them"
            )
        return self._load(added[0])

    def names(self) -> list[str]:
        """Every name, the suite's own first; nothing is loaded."""
        return list(dict.fromkeys([*self.own, *sorted(entry.name for entry in self.added())]))

    def added(self) -> tuple[EntryPoint, ...]:
        """What other packages add, not loaded."""
        return _found(self.group, tuple(sys.path))

    def _load(self, entry: EntryPoint) -> Spec:
        where = f"--{self.what} {entry.name}: {package(entry)}"
        try:
            spec = entry.load()
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0][:_LONGEST]
            raise ExtensionProblem(
                f"{where} names {entry.value}, which cannot be loaded ({printable(said)}): "
                "repair or uninstall that package"
            ) from error
        if not isinstance(spec, self._kind):
            raise ExtensionProblem(
                f"{where} names {entry.value}, which is a {type(spec).__name__} and no "
                f"{self._kind.__name__}: see CONTRIBUTING.md, or uninstall that package"
            )
        if spec.name != entry.name:
            raise ExtensionProblem(
                f"{where} names {entry.value}, which calls itself {printable(spec.name)!r}: "
                "give the entry point and the object the same name, or uninstall that package"
            )
        return spec

    def _unknown(self, name: str) -> str:
        known = self.names()
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        return (
            f"--{self.what} {name}: there is no such {self.what}; {hint}known: {', '.join(known)}"
        )


def package(entry: EntryPoint) -> str:
    """The distribution that an entry point belongs to, in words: "the package acme 1.2"."""
    if entry.dist is None:
        return f"an unnamed package ({entry.value})"
    return f"the package {entry.dist.name} {entry.dist.version}"


@cache
def _found(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Read once for each search path: every distribution's list of entry points is opened."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))
