"""Every file below a folder and every log, as bytes in overlapping pieces.

The reader follows no links and opens only regular files, so that a subject cannot redirect or block
it. A file that disappears before it is opened is skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

from conformance.observers.stores.items import (
    LONGEST_ITEM,
    MOST_BYTES,
    Item,
    ItemStream,
    Store,
    Unread,
    short_error,
)
from conformance.stacks.base import Folder

OVERLAP: Final = 64 * 1024
"""Bytes that a piece shares with the previous one: a shorter value is whole in one of them."""
MOST_FILES: Final = 20_000
_STORES: Final = {
    "jetstream": Store.JETSTREAM,
    "mariadb": Store.TABLES,
    "server": Store.FILES,
}


async def read(folder: Folder) -> ItemStream:
    """Each file below the folder."""
    async for item in _in_a_thread(_below(folder)):
        yield item


async def read_logs(logs: Sequence[tuple[str, Path]]) -> ItemStream:
    """Each log, by the name of its service."""
    for name, path in logs:
        if not path.exists():
            yield Unread(Store.LOGS, name, "the file does not exist")
            continue
        async for item in _in_a_thread(_file(Store.LOGS, name, path)):
            yield item


async def _in_a_thread(items: Iterator[Item | Unread]) -> AsyncIterator[Item | Unread]:
    while (item := await asyncio.to_thread(next, items, None)) is not None:
        yield item


def _below(folder: Folder) -> Iterator[Item | Unread]:
    store = _STORES[folder.kind]
    if not folder.path.is_dir():
        yield Unread(store, str(folder.path), "the folder does not exist")
        return
    problems: list[Unread] = []

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            problems.append(Unread(store, str(error.filename), short_error(error)))

    count = total = 0
    without = {path.resolve() for path in folder.without}
    for parent, inner, names in os.walk(folder.path.resolve(), onerror=unreadable):
        here = Path(parent)
        inner[:] = [name for name in inner if here / name not in without]
        for name in sorted(names):
            path = here / name
            if path in without:
                continue
            count += 1
            if count > MOST_FILES or total > MOST_BYTES:
                yield Unread(store, str(folder.path), "the store exceeds the read limit")
                return
            for item in _file(store, os.path.relpath(path, folder.path.resolve()), path):
                total += len(item.data) if isinstance(item, Item) else 0
                yield item
    yield from problems


def _file(store: Store, name: str, path: Path) -> Iterator[Item | Unread]:
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if not (isinstance(error, FileNotFoundError) or _is_not_regular(path)):
            yield Unread(store, name, short_error(error))
        return
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return
        before, offset = b"", 0
        try:
            while piece := file.read(LONGEST_ITEM - OVERLAP):
                yield Item(store, name, before + piece, offset - len(before))
                offset += len(piece)
                before = piece[-OVERLAP:]
                if offset > MOST_BYTES:
                    yield Unread(store, name, "the store exceeds the read limit")
                    return
        except OSError as error:
            yield Unread(store, name, short_error(error))


def _is_not_regular(path: Path) -> bool:
    """A link or a socket: it holds no data."""
    try:
        return not stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


_MEDIA: Final = (
    (0, b"\x1aE\xdf\xa3"),  # Matroska, WebM
    (4, b"ftyp"),  # MP4
    (0, b"OggS"),
    (0, b"DKIF"),  # IVF
    (0, b"RIFF"),  # WAV, AVI
    (0, b"FLV\x01"),
    (0, b"#EXTM3U"),
)
"""Offsets and signatures of media files. A raw stream has no signature."""
MATROSKA: Final = _MEDIA[0][1]


def is_media(item: Item) -> bool:
    """Whether a file begins like a recording."""
    return item.offset == 0 and any(item.data[at : at + len(s)] == s for at, s in _MEDIA)


@contextlib.contextmanager
def planted(folders: Sequence[Folder], marker: str) -> Iterator[None]:
    """A canary file in each folder of the server, removed afterwards.

    The file holds `marker` and begins like a recording, so that it tests both searches.

    Raises:
        OSError: the file cannot be written.
    """
    made: list[Path] = []
    try:
        for folder in folders:
            if folder.kind == "server":
                path = folder.path / f"{CANARY}{secrets.token_hex(6)}"
                made.append(path)
                path.write_bytes(MATROSKA + b"\n" + marker.encode())
        yield
    finally:
        for path in made:
            path.unlink(missing_ok=True)


CANARY: Final = "conform-canary-"
