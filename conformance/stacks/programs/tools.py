"""Finds the programs that a run needs, before anything is downloaded.

The search order is: the command-line option, the environment variable, then the places that
`conformance.stacks.programs.known` lists for the program. A program counts as found if it prints
its version. One that does not start (for example because a library is missing) is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from conformance.stacks.errors import StackError

CACHE = user_cache_path("plugnmeet-conformance")
VERSION_DEADLINE_S = 20.0


def command_name() -> str:
    """The command that starts this suite as it is installed here, for use in messages."""
    return "./conform" if os.environ.get("PNM_CONFORM_CHECKOUT") else "plugnmeet-conform"


@dataclass(frozen=True)
class Tool:
    """A program that was found. `how`: where it was found, in a few words."""

    name: str
    path: Path
    version: str
    how: str


class ToolMissing(StackError):
    """A program was not found; `fix` is the one line that installs it."""

    def __init__(self, name: str, fix: str, found: str = "") -> None:
        super().__init__(f"{name} is missing{found}; to fix it: {fix}")
        self.name, self.fix = name, fix


@dataclass(frozen=True)
class ProgramKind:
    """A kind of program: where to look for it, and how to install it.

    `version_flags`: the arguments that make it print its version.
    """

    name: str
    variable: str
    places: Callable[[], Iterator[tuple[str, Path]]]
    version_flags: tuple[str, ...]
    fix: Callable[[], str]
    at_least: tuple[int, ...] = ()


def find(kind: ProgramKind, given: str | None = None) -> Tool:
    """The first program of this kind that works; raises `ToolMissing`.

    `given`: the program that the user named. If it or the environment variable is set, that
    program must work; the search does not continue with others.
    """
    for how, named in (("option", given), (kind.variable, os.environ.get(kind.variable))):
        if not named:
            continue
        path = Path(shutil.which(named) or named).absolute()
        version = version_of(path, kind.version_flags)
        if version is None:
            raise ToolMissing(
                kind.name,
                f"name a program that starts, or unset {kind.variable}",
                f" (the {how} says {named}, which does not start)",
            )
        return Tool(kind.name, path, version, how)
    passed = []
    for how, path in kind.places():
        version = version_of(path, kind.version_flags)
        if version is None:
            continue
        if kind.at_least and numbers(version) < kind.at_least:
            passed.append(f"{version} at {path}")
            continue
        return Tool(kind.name, path, version, how)
    need = ".".join(map(str, kind.at_least))
    found = f" (skipped: {'; '.join(passed)}; at least {need} is needed)" if passed else ""
    raise ToolMissing(kind.name, kind.fix(), found)


def numbers(version: str) -> tuple[int, ...]:
    """ "v20.19.2" -> (20, 19, 2)."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def version_of(path: Path, flags: tuple[str, ...]) -> str | None:
    """The version that a program prints; None if it does not start.

    The cache stores it by path, time and size, because asking Chromium takes a tenth of a second.
    """
    try:
        stat = path.stat()
    except OSError:
        return None
    if not path.is_file() or not os.access(path, os.X_OK):
        return None
    today = int(time.time() // 86_400)  # a wrapper script stays the same when its browser changes
    key = f"{today}:{path}:{stat.st_mtime_ns}:{stat.st_size}"
    known = {k: v for k, v in _known_versions().items() if k.startswith(f"{today}:")}
    if key in known:
        return known[key]
    try:
        answer = subprocess.run(
            [str(path), *flags],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_DEADLINE_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\d+(\.\d+)+", answer.stdout)
    if answer.returncode != 0 or match is None:
        return None
    _keep_version(known, key, match.group())
    return match.group()


def _known_versions() -> dict[str, str]:
    try:
        known = json.loads((CACHE / "versions.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _keep_version(known: dict[str, str], key: str, version: str) -> None:
    """Write to a second file, then rename it: several runs may write. Ignores a full disk."""
    part = CACHE / f"versions.{os.getpid()}.part"
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({**known, key: version}), "utf-8")
        part.replace(CACHE / "versions.json")
    except OSError:
        part.unlink(missing_ok=True)
