"""A filled room stands as long as checks that follow each other look at it, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2]

CHECKS = """
from pathlib import Path

import pytest
import pytest_asyncio
from conformance.catalogue import requirement

def say(text):
    with Path("said").open("a") as file:
        print(text, file=file)

@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def refusing(request):
    say(f"refusing {request.param} filled")
    yield
    say(f"refusing {request.param} emptied")

@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def settled(request):
    say(f"settled {request.param} filled")
    yield
    say(f"settled {request.param} emptied")

kinds = ["simple", "zero-knowledge"]

@requirement("REFUSE-1")
@pytest.mark.parametrize("refusing", kinds, indirect=True, scope="session")
async def test_first_refusal(refusing):
    say("looked")

@requirement("REFUSE-2")
@pytest.mark.parametrize("refusing", kinds, indirect=True, scope="session")
async def test_second_refusal(refusing):
    say("looked")

@requirement("FLOW-1")
@pytest.mark.parametrize("settled", kinds, indirect=True, scope="session")
async def test_flow(settled):
    say("looked")
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_rooms_are_emptied_before_the_next_is_filled(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    pytester.makepyfile(CHECKS)
    pytester.runpytest_subprocess(
        "-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto", "--run-folder=run",
        "-n", workers,
    )  # fmt: skip
    said = (Path(pytester.path) / "said").read_text("utf-8").splitlines()
    looks = {"refusing": 2, "settled": 1}
    expected = [
        [f"{room} {kind} filled", *["looked"] * looks[room], f"{room} {kind} emptied"]
        for room, kind in (
            ("refusing", "simple"), ("refusing", "zero-knowledge"),
            ("settled", "simple"), ("settled", "zero-knowledge"),
        )
    ]  # fmt: skip
    assert said == [line for lines in expected for line in lines]
