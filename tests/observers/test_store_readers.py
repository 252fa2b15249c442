"""The store readers read everything within bounds, and report what they could not read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from conformance.observers.stores import Item, Store, Unread, files, mariadb_rows, redis_keys
from conformance.observers.stores.items import ItemStream
from conformance.stacks.base import Endpoints, Folder

NOBODY = Endpoints("http://localhost:1", "key", "secret")


async def everything(found: ItemStream) -> tuple[dict[str, bytes], list[Unread]]:
    read: dict[str, bytes] = {}
    unread: list[Unread] = []
    async for item in found:
        if isinstance(item, Item):
            read[item.name] = read.get(item.name, b"") + item.data
        else:
            unread.append(item)
    return read, unread


async def test_every_regular_file_below_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "file").write_bytes(b"inside")
    (tmp_path / "jetstream").mkdir()
    (tmp_path / "jetstream" / "1.blk").write_bytes(b"messages")
    (tmp_path / "empty").write_bytes(b"")
    read, unread = await everything(
        files.read(Folder("server", tmp_path, (tmp_path / "jetstream",)))
    )
    assert read == {"deep/er/file": b"inside"}
    assert not unread


async def test_links_pipes_and_sockets_are_skipped(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(outside)
    (inside / "folder").symlink_to(tmp_path)
    (inside / "dangling").symlink_to(tmp_path / "nothing")
    os.mkfifo(inside / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(inside / "socket"))
        read, unread = await everything(files.read(Folder("server", inside)))
    assert (read, unread) == ({}, [])


async def test_a_long_file_comes_in_pieces_that_overlap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST_ITEM", 64)
    monkeypatch.setattr(files, "OVERLAP", 16)
    text = bytes(range(200))
    (tmp_path / "long").write_bytes(text)
    found = [
        item async for item in files.read(Folder("server", tmp_path)) if isinstance(item, Item)
    ]
    assert all(len(item.data) <= 64 for item in found)
    assert all(item.data == text[item.offset :][: len(item.data)] for item in found)
    assert any(text[40:56] in item.data for item in found), "what lies across a border is whole"


async def test_excess_and_missing_files_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 2)
    for number in range(4):
        (tmp_path / str(number)).write_bytes(b"x")
    read, unread = await everything(files.read(Folder("server", tmp_path)))
    assert len(read) == 2
    assert "exceeds the read limit" in str(unread[0])
    _, unread = await everything(files.read(Folder("jetstream", tmp_path / "none")))
    assert unread == [Unread(Store.JETSTREAM, str(tmp_path / "none"), "the folder does not exist")]
    _, unread = await everything(files.read_logs([("server", tmp_path / "none.log")]))
    assert [problem.store for problem in unread] == [Store.LOGS]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "closed").write_bytes(b"x")
    (tmp_path / "closed").chmod(0)
    _, unread = await everything(files.read(Folder("server", tmp_path)))
    assert "PermissionError" in str(unread[0])


async def test_a_planted_file_is_found_as_a_recording_and_removed(tmp_path: Path) -> None:
    folder = Folder("server", tmp_path)
    with files.planted([folder], "marker-1"):
        found = [item async for item in files.read(folder)]
        assert len(found) == 1
        assert isinstance(found[0], Item)
        assert b"marker-1" in found[0].data
        assert files.is_media(found[0])
    assert await everything(files.read(folder)) == ({}, [])


@pytest.mark.parametrize(
    "head", [b"\x1aE\xdf\xa3", b"\0\0\0\x18ftypisom", b"OggS", b"DKIF", b"RIFF....WAVE"]
)
def test_recordings_are_known_by_their_first_bytes(head: bytes) -> None:
    assert files.is_media(Item(Store.FILES, "upload/x", head + b"rest"))
    assert not files.is_media(Item(Store.FILES, "upload/x", b"text " + head))
    assert not files.is_media(Item(Store.FILES, "upload/x", head, offset=1))


async def test_an_unknown_store_is_empty_and_a_stopped_store_is_reported() -> None:
    assert await everything(redis_keys.read(NOBODY)) == ({}, [])
    assert await everything(mariadb_rows.read(NOBODY)) == ({}, [])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        down = Endpoints(
            "http://localhost:1",
            "key",
            "secret",
            redis_url=f"redis://127.0.0.1:{port}/0",
            database_url=f"mysql://u:p@127.0.0.1:{port}/d",
        )
        for reader, store in ((redis_keys, Store.REDIS), (mariadb_rows, Store.ROWS)):
            read, unread = await everything(reader.read(down))
            assert not read
            assert [problem.store for problem in unread] == [store]
