"""Ports are free and unique, and a taken port gives a clear message."""

from __future__ import annotations

import socket

import pytest

from conformance.stacks.errors import PortTaken, StackError
from conformance.stacks.processes.ports import FIRST, LAST, SIZE, PortBlock, demand, is_free


def test_two_blocks_share_no_port() -> None:
    blocks = [PortBlock() for _ in range(20)]
    ports = [block.take() for block in blocks for _ in range(SIZE - 1)]
    assert len(set(ports)) == len(ports)
    assert all(FIRST < port < LAST for port in ports)
    for block in blocks:
        block.release()


def test_a_block_says_when_it_is_used_up() -> None:
    block = PortBlock()
    for _ in range(SIZE - 1):
        block.take()
    with pytest.raises(StackError, match="more ports than its block has"):
        block.take()
    block.release()


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(PortTaken, match=f"port {port} .* is taken: .*--port"):
            demand(port)


def test_a_free_port_is_given_as_asked() -> None:
    block = PortBlock()
    port = block.take()
    assert demand(port) == port
    block.release()
