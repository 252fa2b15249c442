"""Every path to a recording or a broadcast, and the control: which paths a plain room has.

A path that a plain room does not have, on this server, proves nothing where it is refused: it does
not apply, and the evidence says so. In these rooms the suite's recorder obeys without a browser.
"""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core.participant import Participant
from conformance.bench.core.room import RoomFactory
from conformance.bench.refusals.ai_activity import FEATURES
from conformance.bench.refusals.recording import OTHER_REASONS, Task
from conformance.clients.base import Feature, NotSupported
from conformance.clients.headless import session
from conformance.clients.headless.requests import post
from conformance.clients.recorder import Recorder
from conformance.stacks.base import RoomKind, Stack
from conformance.stacks.errors import StackError
from conformance.verdicts import BenchError, InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb

TASKS: Final[tuple[Task, ...]] = ("recording", "rtmp")
AUTO_S: Final = 8.0
"""How long a plain room with that option may take to begin its recording: a server needs 0.1 s, the
official client's page about 2 s."""
STREAM: Final = "rtmp://127.0.0.1:9/live/none"
"""A stream target in plain rooms, where no broadcaster starts."""
WITH_EVERYTHING: Final[dict[str, Any]] = {
    **FEATURES,
    "recording_features": {
        "is_allow": True,
        "is_allow_cloud": True,
        "is_allow_local": True,
        "enable_auto_cloud_recording": True,
    },
    "external_broadcasting_features": {"is_allow": True, "is_allow_rtmp": True},
}
"""Creation options that ask for everything that encrypted rooms refuse."""

_PRESSED_S: Final = 2.0
"""Seconds until a refusal shows after a button is pressed."""
_START: Final = {
    "recording": pb.RecordingTasks.START_RECORDING,
    "rtmp": pb.RecordingTasks.START_RTMP,
}
_OTHER: Final[dict[Task, str]] = {"recording": "/api/rtmp", "rtmp": "/api/recording"}


@dataclass(frozen=True)
class Path:
    """A way to ask for something: what, at which address, in a main room or a breakout room."""

    task: Task
    other_endpoint: bool
    in_breakout: bool

    @property
    def address(self) -> str:
        """The address of the request."""
        return _OTHER[self.task] if self.other_endpoint else f"/api/{self.task}"

    def __str__(self) -> str:
        where = "a breakout room" if self.in_breakout else "the room"
        return f"{self.task} of {where} at {self.address}"


@dataclass(frozen=True)
class Asked:
    """The answer to one request. `again`: it was the second one."""

    path: Path
    again: bool
    accepted: bool
    said: str

    @property
    def for_another_reason(self) -> bool:
        """Whether it was refused for a reason that has nothing to do with encryption."""
        return not self.accepted and any(reason in self.said for reason in OTHER_REASONS)

    def __str__(self) -> str:
        number = "second" if self.again else "first"
        return f"{self.path}, {number} request: {'accepted' if self.accepted else 'refused'}, " + (
            f'"{self.said}"'
        )


async def ask(
    stack: Stack, token: str, path: Path, room_id: str, sid: str, url: str, *, again: bool = False
) -> Asked:
    """Ask for a recording or a broadcast; the second request has other options than the first.

    Raises:
        InsufficientEvidence: there is no readable answer, which is not a refusal either.
    """
    request = pb.RecordingReq(task=_START[path.task], room_id=room_id, sid=sid)
    if path.task == "rtmp":
        request.rtmp_url = url
    if again:
        request.custom_design = "{}"
    answer = await post(stack, token, path.address, request, pb.CommonResponse)
    return Asked(path, again, answer.status, answer.msg)


@dataclass
class PlainPaths:
    """Which paths a plain room of the same server has.

    `offered`: a path, and the answer in the plain room. `from_the_start`: whether a plain room with
    that creation option is recorded by itself. `missing`: what could not be tried, in words.
    """

    offered: dict[Path, Asked] = field(default_factory=dict)
    from_the_start: bool = False
    missing: list[str] = field(default_factory=list)

    def has(self, path: Path) -> bool:
        """Whether a plain room has this path; the usual one is proven by the recorder's control."""
        if not path.other_endpoint and not path.in_breakout:
            return True
        parts = [Path(path.task, path.other_endpoint, in_breakout=False)]
        if path.in_breakout:
            parts = [Path(path.task, other_endpoint=False, in_breakout=True)]
            if path.other_endpoint:
                parts.append(Path(path.task, other_endpoint=True, in_breakout=False))
        return all((seen := self.offered.get(one)) and seen.accepted for one in parts)

    @property
    def words(self) -> str:
        """The paths of a plain room, for a report."""
        said = [
            f"{path}: {'offered' if asked.accepted else f'not offered ({asked.said})'}"
            for path, asked in self.offered.items()
        ]
        said.append(f"recorded from the start: {'yes' if self.from_the_start else 'no'}")
        return "; ".join([*said, *self.missing])


async def try_plain_paths(rooms: RoomFactory, recorder: Recorder) -> PlainPaths:
    """Try every path in plain rooms. What fails is noted, not raised."""
    found, name = PlainPaths(), f"conform-doors-{secrets.token_hex(4)}"
    recorder.idle_in.add(name)
    try:
        async with AsyncExitStack() as parts:
            await _try_elsewhere(found, rooms, f"{name}-2", parts)
            room = await rooms.create(RoomKind.PLAIN, room_id=f"{name}-1", features=WITH_EVERYTHING)
            parts.push_async_callback(room.close)
            alice = await room.join("alice", is_admin=True)
            await _try_breakout(found, rooms.stack, room.room_id)
            found.from_the_start = await recorder.wait_for(
                lambda: bool(recorder.jobs_in(room.session_id)), AUTO_S
            )
            if alice.join_failure is not None:
                found.missing.append(f"nobody joined the plain room: {alice.join_failure}")
    except (InsufficientEvidence, StackError, BenchError) as failure:
        found.missing.append(str(failure))
    return found


async def _try_elsewhere(
    found: PlainPaths, rooms: RoomFactory, room_id: str, parts: AsyncExitStack
) -> None:
    """The other endpoint, in a room in which nobody is."""
    room = await rooms.create(RoomKind.PLAIN, room_id=room_id)
    parts.push_async_callback(room.close)
    stack, admin = rooms.stack, "admin-of-doors"
    token = await stack.api.join_token(room_id, admin, admin, is_admin=True)
    for task in TASKS:
        path = Path(task, other_endpoint=True, in_breakout=False)
        found.offered[path] = await ask(stack, token, path, room_id, room.session_id, STREAM)


async def _try_breakout(found: PlainPaths, stack: Stack, room_id: str) -> None:
    try:
        breakout, token, sid = await open_breakout_room(stack, room_id)
    except InsufficientEvidence as failure:
        found.missing.append(f"no breakout room: {failure}")
        return
    for task in TASKS:
        path = Path(task, other_endpoint=False, in_breakout=True)
        found.offered[path] = await ask(stack, token, path, breakout, sid, STREAM)


async def open_breakout_room(stack: Stack, room_id: str) -> tuple[str, str, str]:
    """Open a breakout room: its id, its administrator's token, and its Session ID.

    Raises:
        InsufficientEvidence: the server opens none, or does not let the administrator in.
    """
    breakout, token = await session.open_breakout(stack, room_id)
    told = await session.fetch_initial_data(stack, breakout, BREAKOUT_ADMIN, token=token)
    return breakout, token, told.session_id


BREAKOUT_ADMIN: Final = "breakout-admin"
"""The user id of the administrator in `session.open_breakout`."""


async def press(person: Participant, features: tuple[Feature, ...]) -> list[str]:
    """Press the page's buttons for these features, where it offers them; what it said."""
    return [f"{feature}: {await _press(person, feature)}" for feature in features]


async def _press(person: Participant, feature: Feature) -> str:
    try:
        why = await person.why_unavailable(feature)
        if why is not None:
            return f"not offered ({why})"
        told = await person.driver.try_to_start(person.page, feature, _PRESSED_S)
    except (PlaywrightError, AssertionError, NotSupported) as error:
        first_line = str(error).partition("\n")[0]
        return f"not pressed ({first_line})"
    return f"refused with: {told}" if told else "pressed, and no refusal was shown"
