"""`python -m conformance.reference.agent`: joins one room, hears its microphones, tells the AI.

Spoken to in JSON lines. stdin: first the job (`conformance.reference.agent.job.Job`), then

    {"do": "start", "user_id", "options": {"spokenLang", "transLangs", "userName"}}
    {"do": "stop", "user_id"}       {"do": "end"}

stdout: {"event": "joined"}, {"event": "refused", "msg"}, {"event": "hears", "user_id",
"encrypted"}, {"event": "ignores", ...} (encrypted, and no secret), {"event": "transcript",
"user_id", "result"}, {"event": "summary", "text"}, {"event": "trouble", "msg"}.

It ends with its room, with the order, and at once when its stdin closes, however its owner ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from typing import Any

from pydantic import ValidationError

from conformance.reference.agent.job import Job
from conformance.reference.agent.listen import Agent


def tell(**event: Any) -> None:
    """One line to the owner."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


async def _run(job: Job) -> None:
    orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(orders.put_nowait, json.loads(line))
        # A thread, as native code may keep the loop: an agent must not outlive its owner.
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    await Agent(job, tell).run(orders)


def main() -> None:
    """Do one job. Leaves without unwinding, as the native SDK has been seen to abort there."""
    status = 0
    try:
        asyncio.run(_run(Job.model_validate_json(sys.stdin.readline())))
    except ValidationError as error:
        tell(event="refused", msg=f"no job: {error.error_count()} faults in it")
        status = 2
    except Exception as error:  # told to the owner, who has no other way to know
        tell(event="refused", msg=f"{type(error).__name__}: {error}")
        status = 1
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
