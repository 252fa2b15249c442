"""A bad network: nftables rules in a network namespace of this run only.

Works on kernels without netem. Namespace and rules vanish with the run's last process, however it
ends. Outside such a namespace these disturbances refuse to start.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from typing import Any, ClassVar

import psutil

from conformance.bench.core import timeouts
from conformance.bench.disturbances.base import Disturbance, Recurring, pid_of
from conformance.stacks.base import StackError

SYSTEM_FOLDERS = "/usr/sbin:/sbin"
"""Where distributions install `nft` and `ip`; not in every user's PATH."""


def only_loopback() -> bool:
    """Is this a network namespace of this run only, with nothing but the loopback device?"""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def tool(name: str) -> str | None:
    """The path of a system program, or None if it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_FOLDERS}")


class _Table:
    """One nftables table of this process, with one chain for packets that arrive on loopback."""

    def __init__(self) -> None:
        self._name = f"conformance_{os.getpid()}"

    async def add(self, *rules: str) -> None:
        """Add these rules, in nft's syntax, to the kernel."""
        chain = f"add chain inet {self._name} incoming {{ type filter hook input priority 0; }}"
        lines = [f"add table inet {self._name}", chain]
        lines += [f"add rule inet {self._name} incoming {rule}" for rule in rules]
        await _nft("--file", "-", commands="\n".join(lines))

    async def remove(self) -> int:
        """Remove the rules. Returns how many packets matched."""
        said = json.loads(await _nft("--json", "list", "table", "inet", self._name))
        await _nft("delete", "table", "inet", self._name)
        return _packets(said)


def _packets(listed: dict[str, Any]) -> int:
    rules = [entry["rule"]["expr"] for entry in listed["nftables"] if "rule" in entry]
    return sum(part["counter"]["packets"] for rule in rules for part in rule if "counter" in part)


async def _nft(*arguments: str, commands: str = "") -> str:
    program = tool("nft")
    if program is None:
        raise StackError("nft is not installed: install nftables (apt-get install nftables)")
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await process.communicate(commands.encode())
    if process.returncode != 0:
        words = complaint.decode("utf-8", "replace").strip().partition("\n")[0]
        raise StackError(f"the kernel accepts no nftables rule here: {words}")
    return out.decode()


def _refuse_shared_network() -> None:
    if not only_loopback():
        raise StackError(
            "a network disturbance needs a network namespace of this run only: start the run "
            "with conform run, on Linux"
        )


def _ports(pid: int, kind: str) -> str:
    """The ports that a process listens on, as an nft set."""
    found = psutil.Process(pid).net_connections(kind)
    listening = {c.laddr.port for c in found if c.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)}
    if not listening:
        raise StackError(f"process {pid} listens on no {kind} port")
    return "{ " + ", ".join(str(port) for port in sorted(listening)) + " }"


class PacketLoss(Disturbance):
    """Drops some of the packets between participants and SFU, in both directions."""

    name = "packet-loss"
    what = f"{timeouts.PACKET_LOSS} % of the packets to and from the SFU lost"
    own_network = True
    _table: _Table | None = None

    async def begin(self) -> None:
        _refuse_shared_network()
        ports = _ports(pid_of(self.scene.stack, "livekit"), "udp")
        lost = f"numgen random mod 100 < {timeouts.PACKET_LOSS} counter drop"
        table = _Table()
        await table.add(f"udp dport {ports} {lost}", f"udp sport {ports} {lost}")
        self._table = table

    async def end(self) -> str:
        lost = await self._table.remove() if self._table else 0
        return f"{self.what}, {lost} in all" if lost else ""


class BusCut(Recurring):
    """Resets all connections of server and participants to the message bus, and refuses new ones
    for a moment."""

    name = "bus-cut"
    what = f"all connections to NATS reset, and refused for {timeouts.BUS_CUT:g} s"
    own_network = True
    period: ClassVar[float] = timeouts.BUS_CUT_EVERY
    _met = 0

    async def begin(self) -> None:
        _refuse_shared_network()
        self._ports = _ports(pid_of(self.scene.stack, "nats"), "tcp")
        await super().begin()

    async def once(self) -> None:
        table = _Table()
        # RST packets pass, because the resets themselves must arrive.
        reset = "tcp flags & rst == 0 counter reject with tcp reset"
        await table.add(f"tcp dport {self._ports} {reset}", f"tcp sport {self._ports} {reset}")
        try:
            await asyncio.sleep(timeouts.BUS_CUT)  # the duration of the disturbance
        finally:
            self._met += await table.remove()

    async def end(self) -> str:
        did = await super().end()
        return f"{did}; {self._met} packets refused" if did and self._met else ""
