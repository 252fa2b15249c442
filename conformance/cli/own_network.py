"""Start this very command again in a network namespace of its own, for disturbances of the network.

The process is replaced, not accompanied: whoever ends it ends the run, and the namespace with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from conformance.bench.disturbances.network import only_loopback, tool

_TOOLS = {"unshare": "util-linux", "ip": "iproute2", "nft": "nftables"}
_RUN = '"$0" link set lo up && exec "$@"'


def missing() -> str:
    """What keeps this machine from giving the run a network of its own; empty for nothing."""
    if sys.platform != "linux":
        return "network namespaces are a thing of Linux: leave that disturbance out"
    for name, package in _TOOLS.items():
        if tool(name) is None:
            return f"{name} is not installed: install {package} (apt-get install {package})"
    return ""


def enter(arguments: Sequence[str]) -> None:
    """Go on with `arguments` in a namespace of the run's own; returns only where it is in one."""
    if only_loopback():
        return
    unshare, ip = str(tool("unshare")), str(tool("ip"))
    as_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = [sys.executable, "-P", "-m", "conformance.cli", *arguments]
    sys.stdout.flush()
    os.execv(unshare, [unshare, "--net", *as_user, "sh", "-c", _RUN, ip, *command])  # noqa: S606
