"""Runs the vectors against any program over stdio, as `vectors/PROTOCOL.md` specifies.

The program is treated as hostile: whatever it does, the result is one line, within the deadline,
and no process remains. Only one request is open at a time, so each deadline belongs to one test.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from conformance.keys.published.outcomes import Outcome
from conformance.keys.published.requests import Request, requests
from conformance.keys.published.vectors import Mismatch, VectorReport, as_text, load_vectors

DEADLINE_S = 10.0
"""Seconds for one answer; a derivation of 200 000 rounds takes 0.5 s on a slow machine."""
LINE_BYTES = 1 << 20
"""Bytes. No correct answer is longer; the longest has about 30 000 characters."""
TAIL_BYTES = 2000
"""Bytes of its stderr that are kept to explain how it ended."""
_PR_SET_CHILD_SUBREAPER = 36


class ProgramBroke(Exception):
    """The program did not complete the vectors; the line names the test and the reason."""

    def __init__(self, line: str, report: VectorReport) -> None:
        super().__init__(line)
        self.report = report


class _Broke(Exception):
    """What the program did wrong; the caller adds the test."""


async def verify_program(
    command: str, path: Path, deadline_s: float = DEADLINE_S, skip: Sequence[str] = ()
) -> VectorReport:
    """Test the program `command` (split like a shell line, no shell) with the vectors in `path`.

    Leaves out tests whose type, profile, codec, KDF or flag is in `skip`; the report counts them
    under the first word that fits.

    Raises:
        VectorsUnreadable: see `load_vectors`.
        ProgramBroke: it did not start, hung, died or violated the protocol.
    """
    started = time.monotonic()
    loaded = load_vectors(path)
    report = VectorReport(command, skipped=dict.fromkeys(skip, 0))
    with _orphans() as end_orphans:
        program = await _start(command, report)
        errors = asyncio.create_task(_tail(program.stderr))
        where = "before the first test"
        try:
            for one, vectors in loaded.items():
                report.files.append(one.name)
                for request in requests(vectors):
                    words = _words(request)
                    if (word := next((one for one in skip if one in words), None)) is not None:
                        report.skipped[word] += not request.seals
                        continue
                    where = f"{one.name} tcId {request.test.tc_id} ({request.test.comment})"
                    await _try(program, one, request, report, deadline_s)
            where = "after the last test"
            await _end(program, deadline_s)
        except _Broke as broke:
            end = await _last_words(program, errors)
            line = f"{command}: {where}: {broke}{end}"
            raise ProgramBroke(line, report) from None
        finally:
            _kill(program)
            errors.cancel()
            await asyncio.gather(errors, return_exceptions=True)
            end_orphans(program.pid)
            await _close(program)
            report.seconds = time.monotonic() - started
    return report


def _words(request: Request) -> set[str]:
    fields = ("type", "profile", "codec", "kdf")
    return {*(str(getattr(request.group, name, "")) for name in fields), *request.test.flags}


async def _start(command: str, report: VectorReport) -> asyncio.subprocess.Process:
    try:
        words = shlex.split(command)
        if not words:
            raise ValueError("no command is given")
        return await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=LINE_BYTES,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        line = f"{command or 'the program'}: does not start ({why}); check the path in --program"
        raise ProgramBroke(line, report) from None


async def _try(
    program: asyncio.subprocess.Process,
    file: Path,
    request: Request,
    report: VectorReport,
    deadline_s: float,
) -> None:
    report.requests += 1
    number = report.requests
    line = json.dumps({"id": number, **request.ask}).encode() + b"\n"
    try:
        async with asyncio.timeout(deadline_s):
            got = _answer(await _exchange(program, line), number)
    except TimeoutError:
        raise _Broke(f"no answer within {deadline_s:g} s") from None
    report.tests += not request.seals
    if request.judge(got):
        if request.result == "acceptable":
            report.chose(request.test, "refused" in got)
    else:
        want = as_text(request.answer, got) if request.answer else "refusal"
        comment = f"{request.test.comment}; {request.ask['do']}"
        test = request.test.tc_id
        report.mismatches.append(
            Mismatch(file.name, test, comment, want, as_text(got, request.answer))
        )


async def _exchange(program: asyncio.subprocess.Process, line: bytes) -> bytes:
    assert program.stdin is not None
    assert program.stdout is not None
    with contextlib.suppress(ConnectionError):  # it has ended: the read below reports how
        program.stdin.write(line)
        await program.stdin.drain()
    try:
        answer = await program.stdout.readline()
    except ValueError:
        raise _Broke(f"a line of more than {LINE_BYTES} bytes") from None
    if not answer.endswith(b"\n"):
        raise _Broke(f"its output ended{f' with {_shown(answer)}' if answer else ''}")
    return answer


def _answer(line: bytes, number: int) -> Outcome:
    try:
        got = json.loads(line)
    except (ValueError, RecursionError):
        got = None
    if not isinstance(got, dict) or type(got.get("id")) is not int:
        raise _Broke(f"{_shown(line)} is no answer; print nothing but one JSON object a line")
    if got["id"] != number:
        raise _Broke(f"an answer to request {got['id']} where {number} was asked")
    kept = {name: value for name, value in got.items() if isinstance(value, str | int)}
    kept.pop("id")
    if "refused" in kept and len(kept) > 1:
        raise _Broke(f"{_shown(line)} both refuses and answers")
    return kept


async def _end(program: asyncio.subprocess.Process, deadline_s: float) -> None:
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.close()
    try:
        async with asyncio.timeout(deadline_s):
            if more := await program.stdout.read(LINE_BYTES):
                raise _Broke(f"it goes on with {_shown(more)}; one line answers one request")
            status = await program.wait()
    except TimeoutError:
        raise _Broke(f"it does not end within {deadline_s:g} s of the end of its input") from None
    if status != 0:
        raise _Broke("it does not end with status 0")


async def _last_words(program: asyncio.subprocess.Process, errors: asyncio.Task[bytes]) -> str:
    """How the program ended, if it did, and the last line of its stderr."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):  # enough for a program that is exiting
            await program.wait()
    status = program.returncode
    _kill(program)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncio.shield(errors)
    said = errors.result() if errors.done() else b""
    lines = said.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    end = "" if status is None else f"; it ended with {_status(status)}"
    return end + (f"; its last words: {_shown(last.encode())}" if last else "")


def _status(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    """The end of its stderr. Reads all of it, so that the program never blocks."""
    assert stream is not None
    tail = b""
    while data := await stream.read(65536):
        tail = (tail + data)[-TAIL_BYTES:]
    return tail


def _shown(line: bytes) -> str:
    """A line from the program, shortened and without control characters."""
    text = line.strip().decode("utf-8", "replace")
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return f"'{text[:80]}{'…' if len(text) > 80 else ''}'"


def _kill(program: asyncio.subprocess.Process) -> None:
    """Kill the whole process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)


async def _close(program: asyncio.subprocess.Process) -> None:
    """Read the pipes of a dead program to their end, which closes them.

    Only then does asyncio report the exit (CPython 3.11). A wait() before that would block forever
    if the program left more output than the reader takes.
    """
    assert program.stdin is not None
    program.stdin.close()
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(2):
            await program.communicate()


@contextlib.contextmanager
def _orphans() -> Iterator[Callable[[int], None]]:
    """Adopt the processes that the program starts in other sessions (Linux), to kill them.

    asyncio reaps the program itself, because a child can be reaped only once.
    """
    us = psutil.Process()
    before = {child.pid for child in us.children()}

    def end(program: int = 0) -> None:
        spared = {*before, program}
        left = [child for child in us.children(recursive=True) if child.pid not in spared]
        for child in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(left, timeout=2)

    _subreaper(True)
    try:
        yield end
    finally:
        end()
        _subreaper(False)


def _subreaper(on: bool) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)
