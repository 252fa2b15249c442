"""Clients and stacks of other packages are found, listed and used, or refused with one line."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.doctor import added
from conformance.clients.registry import CLIENTS, make_driver
from conformance.clients.spec import CannotBreakRules
from conformance.extensions import ExtensionProblem, Table, UnknownName
from conformance.pytest_plugin.fixtures.choices import stack_options
from conformance.stacks.errors import StackError
from conformance.stacks.registry import STACKS, describe, make_stack
from conformance.stacks.spec import StackOptions
from conformance.subject import Subject

PROJECT = Path(__file__).parents[2]

CLIENT = """
from pathlib import Path
from conformance.clients.reference import ReferenceDriver
from conformance.clients.spec import ClientSpec

class Driver(ReferenceDriver):
    name = "{name}"

    def url(self, server_url, token):
        return f"{{server_url}}/somewhere?token={{token}}"

def built_page():
    return Path(__file__).parent

CLIENT = ClientSpec(name="{name}", driver=lambda rules: Driver(), built_page=built_page)
"""

STACK = """
from conformance.stacks.base import Endpoints, Stack
from conformance.stacks.spec import StackSpec

class Running(Stack):
    name = "{name}"
    server = "some server"

    def __init__(self, options):
        super().__init__()
        self.options = options

    async def start(self):
        self.endpoints = Endpoints("http://127.0.0.1:9", "key", "secret")

    async def stop(self): ...
    def check(self): ...

STACK = StackSpec(name="{name}", make=Running, describe=lambda options: ["it stands still"],
    accepts=frozenset({{"server_version"}}))
"""


Install = Callable[..., Path]
"""Installs a package: its name, its modules' text, its entry points; gives its folder."""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Modules and a dist-info folder, in a folder that Python searches."""

    def install(name: str, *, modules: dict[str, str], clients: str = "", stacks: str = "") -> Path:
        folder = tmp_path / f"site-{name}"
        info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(
            f"[plugnmeet_conformance.clients]\n{clients}\n"
            f"[plugnmeet_conformance.stacks]\n{stacks}\n"
        )
        for module, source in modules.items():
            (folder / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(str(folder))
        return folder

    return install


def installed(install: Install, module: str, name: str) -> Path:
    """A package with a client and a stack, both of this name."""
    return install(
        f"{module}-conformance",
        modules={module: CLIENT.format(name=name) + STACK.format(name=name)},
        clients=f"{name} = {module}:CLIENT",
        stacks=f"{name} = {module}:STACK",
    )


def given(**options: object) -> argparse.Namespace:
    usual = {
        "client_files": None, "break_rules": [], "server_path": None, "server_version": None,
        "deployment": None, "insecure": False,
    }  # fmt: skip
    return argparse.Namespace(**{**usual, **options})


def test_an_added_client_is_listed_and_driven_like_any_other(
    install: Install, tmp_path: Path
) -> None:
    folder = installed(install, "acme_one", "acme")
    assert CLIENTS.names() == ["reference", "official", "acme"]
    assert "acme_one" not in sys.modules, "a package is loaded only when it is asked for"

    subject = Subject.named("embedded", "acme")
    driver = make_driver(subject.client)
    assert driver.name == "acme"
    assert driver.url("http://here", "t") == "http://here/somewhere?token=t"
    assert subject.files(None) == folder
    assert not subject.can_seed_faults
    assert subject.real == {"server": False, "client": True}
    with pytest.raises(CannotBreakRules, match="this run has --client acme"):
        make_driver(subject.client, ["show-decryption-errors"])


async def test_an_added_stack_is_made_of_the_runs_options(install: Install, tmp_path: Path) -> None:
    installed(install, "acme_two", "acme")
    (tmp_path / "index.html").touch()
    option = given(stack="acme", client="reference", server_version="3", client_files=str(tmp_path))
    options = stack_options(option, tmp_path)
    async with make_stack(options) as stack:
        assert stack.endpoints.page_url == "http://127.0.0.1:9"
        assert stack.options.server_version == "3"  # type: ignore[attr-defined]
        assert stack.options.client_files == tmp_path  # type: ignore[attr-defined]
    assert describe(options) == ["it stands still"]


def test_an_option_that_an_added_stack_does_not_take_is_refused(
    install: Install, tmp_path: Path
) -> None:
    installed(install, "acme_three", "acme")
    (tmp_path / "index.html").touch()
    option = given(stack="acme", client="reference", insecure=True, client_files=str(tmp_path))
    with pytest.raises(StackError, match=r"--insecure is for --stack external; .* --stack acme"):
        make_stack(stack_options(option, tmp_path))


def test_the_doctor_shows_what_packages_add(install: Install) -> None:
    installed(install, "acme_four", "acme")
    install("sick", modules={}, clients="ill = no_such_module_at_all:CLIENT")
    lines = {line.name: line for line in added()}
    assert lines["client acme"].found == "added by the package acme_four-conformance 1.2"
    assert lines["stack acme"].fix is None
    assert "sick 1.2" in str(lines["client ill"].fix)
    assert not lines["client ill"].needed


BROKEN = {
    "a module that is not there": ("gone_module:CLIENT", "", "ModuleNotFoundError"),
    "an object that is not there": ("broken_a:NOTHING", "", "AttributeError"),
    "a module that fails": ("broken_b:CLIENT", "raise OSError('one\\ntwo')", "OSError: one"),
    "no spec": ("broken_c:CLIENT", "class CLIENT: ...", "is a type and no ClientSpec"),
    "another name": ("broken_d:CLIENT", CLIENT.format(name="somebody"), "calls itself 'somebody'"),
    "a reference that is none": ("::", "", "cannot be loaded"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_an_unusable_extension_is_one_line_with_its_package(install: Install, kind: str) -> None:
    value, source, words = BROKEN[kind]
    module = value.partition(":")[0] or "unused"
    install(
        "acme-broken",
        modules={} if module == "gone_module" else {module: source},
        clients=f"acme = {value}",
    )
    assert CLIENTS["official"].is_product, "the other clients stay usable"
    with pytest.raises(ExtensionProblem) as caught:
        CLIENTS["acme"]
    (line,) = str(caught.value).splitlines()
    assert line.startswith("--client acme: the package acme-broken 1.2 names ")
    assert words in line
    assert "uninstall that package" in line


@pytest.mark.parametrize(("table", "name"), [(CLIENTS, "reference"), (STACKS, "native")])
def test_a_name_of_the_suites_own_cannot_be_taken(
    install: Install, table: Table[Any], name: str
) -> None:
    installed(install, "acme_five", name)
    with pytest.raises(ExtensionProblem, match=r"acme_five-conformance 1\.2 .* the suite's own"):
        table[name]


def test_two_packages_with_one_name_are_both_named(install: Install) -> None:
    installed(install, "acme_six", "acme")
    installed(install, "acme_seven", "acme")
    with pytest.raises(ExtensionProblem) as caught:
        STACKS["acme"]
    assert "acme_six-conformance 1.2" in str(caught.value)
    assert "acme_seven-conformance 1.2" in str(caught.value)


def test_an_unknown_name_lists_known_and_near_ones(install: Install, tmp_path: Path) -> None:
    installed(install, "acme_eight", "acme")
    with pytest.raises(UnknownName, match=r"did you mean official\? .*reference, official, acme"):
        Subject.named("embedded", "oficial")
    with pytest.raises(UnknownName, match="known: embedded, native, compose, external, acme"):
        make_stack(StackOptions("x", tmp_path))


def test_a_whole_run_finds_a_package_on_the_path(install: Install, tmp_path: Path) -> None:
    """`conform run --dry-run` finds both, and so does the pytest that it starts."""
    folder = installed(install, "acme_nine", "acme")
    command = [sys.executable, "-m", "conformance.cli", "run", "--stack=acme", "--client=acme"]
    environment = {**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{folder}", "COLUMNS": "200"}
    done = subprocess.run(
        [*command, "--dry-run", "--requirement=WRONG-2"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "This run would use the acme stack:\n- it stands still" in done.stdout
    assert "test_sees_nobody" in done.stdout
