"""`./conform`, the program that a new user runs first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with an empty lock file and a command line that prints its arguments."""
    folder = tmp_path / "check out"
    (folder / "conformance" / "cli").mkdir(parents=True)
    (folder / "conformance" / "__init__.py").touch()
    (folder / "conformance" / "cli" / "__init__.py").touch()
    (folder / "conformance" / "cli" / "__main__.py").write_text(
        "import sys; print(sys.prefix, sys.argv[1:], sys.pycache_prefix); sys.exit(3)"
    )
    (folder / "requirements-dev.txt").write_text("")
    shutil.copy2(ROOT / "conform", folder / "conform")
    return folder


def run(checkout: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    cache = checkout.parent / "cache"
    return subprocess.run(
        [sys.executable, str(checkout / "conform"), *arguments],
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": str(cache), **more},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def quick(checkout: Path) -> Path:
    """The same, with pip left out: an empty lock needs none, and to unpack it takes long."""
    text = (checkout / "conform").read_text()
    for whole, without in (
        ('"-m", "pip", "install"', '"-c", ""'),
        ('"-m", "venv", folder', '"-m", "venv", "--without-pip", folder'),
    ):
        assert whole in text
        text = text.replace(whole, without)
    (checkout / "conform").write_text(text)
    return checkout


def test_it_is_executable_and_needs_only_the_standard_library() -> None:
    assert os.access(ROOT / "conform", os.X_OK)
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"compile(open({str(ROOT / 'conform')!r}).read(), '', 'exec')",
        ],
        capture_output=True,
    )
    assert done.returncode == 0


@pytest.mark.skipif(sys.platform == "darwin", reason="the cache is elsewhere")
def test_the_first_use_makes_an_environment_and_the_second_only_uses_it(quick: Path) -> None:
    first = run(quick, "run", "--select", "a b")
    assert "will install 0 Python packages" in first.stderr
    assert "['run', '--select', 'a b']" in first.stdout
    assert str(quick.parent / "cache") in first.stdout
    assert first.returncode == 3  # the command's own exit status

    second = run(quick, "run")
    assert second.stderr == ""
    assert second.returncode == 3


def test_bytecode_is_cached_outside_the_sources_on_request(
    quick: Path,
) -> None:
    done = run(quick, "run", PYTHONDONTWRITEBYTECODE="1")
    assert "/pycache" in done.stdout
    assert not list(quick.rglob("__pycache__"))


@pytest.mark.skipif(sys.platform == "darwin", reason="the cache is elsewhere")
def test_an_interrupted_first_use_is_done_again(quick: Path) -> None:
    run(quick)
    (mark,) = (quick.parent / "cache").rglob(".complete")
    mark.unlink()
    again = run(quick)
    assert "will install" in again.stderr
    assert again.returncode == 3


def test_a_changed_lock_gets_an_environment_of_its_own(quick: Path) -> None:
    first = run(quick).stdout.split()[0]
    (quick / "requirements-dev.txt").write_text("# changed\n")
    assert run(quick).stdout.split()[0] != first


def test_unavailable_packages_give_one_clear_line(checkout: Path) -> None:
    (checkout / "requirements-dev.txt").write_text(
        "plugnmeet-no-such-package==1 --hash=sha256:" + "0" * 64 + "\n"
    )
    done = run(checkout, PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("conform: pip cannot fetch the packages")
    assert not list((checkout.parent / "cache").rglob(".complete"))


def test_a_checkout_without_its_lock_is_one_clear_line(checkout: Path) -> None:
    (checkout / "requirements-dev.txt").unlink()
    done = run(checkout)
    assert done.returncode == 2
    assert "requirements-dev.txt is missing" in done.stderr


@pytest.mark.skipif(sys.platform == "darwin", reason="the cache is elsewhere")
def test_a_cache_that_cannot_be_written_is_one_clear_line(checkout: Path) -> None:
    done = run(checkout, XDG_CACHE_HOME="/proc/nowhere")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("conform: ")
    assert "XDG_CACHE_HOME" in line


def test_a_python_that_is_too_old_says_so_when_there_is_no_other(
    checkout: Path, tmp_path: Path
) -> None:
    text = (checkout / "conform").read_text().replace("OLDEST = (3, 11)", "OLDEST = (3, 99)")
    (checkout / "conform").write_text(text)
    (tmp_path / "empty").mkdir()
    done = run(checkout, PATH=str(tmp_path / "empty"))
    assert done.returncode == 2
    assert "is too old" in done.stderr
    assert "to fix it: install python3.12" in done.stderr
