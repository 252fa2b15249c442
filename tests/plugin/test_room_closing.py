"""A shared room stays open only while the next check uses it."""

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
async def encrypted_room(request):
    say(f"encrypted {request.param} filled")
    yield
    say(f"encrypted {request.param} closed")

@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ai_control():
    say("AI filled")
    yield
    say("AI closed")

@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_room(request):
    say(f"shared {request.param} filled")
    yield
    say(f"shared {request.param} closed")

kinds = ["simple", "zero-knowledge"]

@requirement("REFUSE-1")
@pytest.mark.parametrize("encrypted_room", kinds, indirect=True, scope="session")
async def test_first_refusal(encrypted_room):
    say("check")

@requirement("REFUSE-2")
@pytest.mark.parametrize("encrypted_room", kinds, indirect=True, scope="session")
async def test_second_refusal(encrypted_room):
    say("check")

@requirement("REFUSE-3")
@pytest.mark.parametrize("kind", kinds)
async def test_ai(kind, ai_control):
    say("check")

@requirement("FLOW-1")
@pytest.mark.parametrize("shared_room", kinds, indirect=True, scope="session")
async def test_flow(shared_room):
    say("check")
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_rooms_are_closed_before_the_next_is_filled(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    pytester.makepyfile(CHECKS)
    pytester.runpytest_subprocess(
        "-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto",
        "-o", "asyncio_default_fixture_loop_scope=function",
        "--run-folder=run",
        "-n", workers,
    )  # fmt: skip
    said = (Path(pytester.path) / "said").read_text("utf-8").splitlines()
    rooms = [
        ("encrypted simple", 2),
        ("encrypted zero-knowledge", 2),
        ("AI", 2),
        ("shared simple", 1),
        ("shared zero-knowledge", 1),
    ]
    if workers == "1":  # groups run consecutively, zero-knowledge rooms before simple ones
        rooms[3:] = reversed(rooms[3:])
    expected = [[f"{room} filled", *["check"] * checks, f"{room} closed"] for room, checks in rooms]
    assert said == [line for lines in expected for line in lines]
