"""Measure packet loss and connection resets in a network namespace.

Prints JSON: packets sent and received by UDP, what a TCP connection and a new one met while the
bus was cut, whether one could be made afterwards, and what the disturbances log.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from conformance.bench.core import timeouts
from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.disturbances.base import DisturbanceLog, Scene
from conformance.bench.disturbances.network import BusCut, PacketLoss

PACKETS = 4000


async def main() -> None:
    stack: Any = SimpleNamespace(
        name="embedded", pids={"livekit": os.getpid(), "nats": os.getpid()}
    )
    scene = Scene(stack, SimpleNamespace(contexts=[]), Path(), HarnessAlarm())  # type: ignore[arg-type]
    log = DisturbanceLog()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sfu:
        sfu.bind(("127.0.0.1", 0))
        async with PacketLoss(scene).in_force(log):
            received = _send(sfu)
    with socket.create_server(("127.0.0.1", 0)) as bus, socket.socket() as client:
        client.connect(bus.getsockname())
        server, _ = bus.accept()
        async with BusCut(scene).in_force(log):
            await asyncio.sleep(timeouts.BUS_CUT / 2)
            old, new = _outcome(lambda: _talk(client)), _outcome(lambda: _connect(bus))
            await asyncio.sleep(timeouts.BUS_CUT)
            afterwards = _outcome(lambda: _connect(bus))
        server.close()
    print(json.dumps({"received": received, "old": old, "new": new, "after": afterwards,
                      "log": log.did + log.problems}))  # fmt: skip


def _send(sfu: socket.socket) -> int:
    received = 0
    sfu.settimeout(0.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as person:
        for _ in range(PACKETS):
            person.sendto(b"x", sfu.getsockname())
            try:
                received += len(sfu.recv(10))
            except BlockingIOError:
                continue
    return received


def _talk(client: socket.socket) -> None:
    client.settimeout(2)
    client.send(b"PING\r\n")
    client.recv(1)


def _connect(bus: socket.socket) -> None:
    socket.create_connection(bus.getsockname(), 2).close()


def _outcome(action: Any) -> str:
    try:
        action()
    except OSError as error:
        return type(error).__name__
    return "works"


asyncio.run(main())
