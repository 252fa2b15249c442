"""Start this command again in a network namespace of its own, for disturbances of the network.

The new command replaces this process. So the namespace ends with the run, however it ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from conformance.bench.disturbances.network import only_loopback, tool

_TOOLS = {"unshare": "util-linux", "ip": "iproute2", "nft": "nftables"}
_RUN = '"$0" link set lo up && exec "$@"'


def missing() -> str:
    """Why this machine cannot give the run a network of its own; "" where it can."""
    if sys.platform != "linux":
        return "a disturbance of the network needs Linux's network namespaces: leave it out here"
    for name, package in _TOOLS.items():
        if tool(name) is None:
            return f"{name} is not installed: install {package} (apt-get install {package})"
    return ""


def enter(arguments: Sequence[str]) -> None:
    """Continue with `arguments` in a namespace of the run's own; returns if already in one."""
    if only_loopback():
        return
    unshare, ip = str(tool("unshare")), str(tool("ip"))
    as_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = [sys.executable, "-P", "-m", "conformance.cli", *arguments]
    sys.stdout.flush()
    os.execv(unshare, [unshare, "--net", *as_user, "sh", "-c", _RUN, ip, *command])  # noqa: S606
