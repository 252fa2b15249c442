"""`python -m conformance.reference.agent`: joins one room and sends its sound to the AI provider.

The owner and the agent exchange JSON lines. On stdin the first line is the job
(`conformance.reference.agent.job.Job`). Orders follow:

    {"do": "start", "user_id", "options": {"spokenLang", "transLangs", "userName"}}
    {"do": "stop", "user_id"}       {"do": "end"}

On stdout: {"event": "joined"}, {"event": "refused", "msg"}, {"event": "hears", "user_id",
"encrypted"}, {"event": "ignores", ...} (the track is encrypted and the agent has no secret),
{"event": "transcript", "user_id", "result"}, {"event": "summary", "text"},
{"event": "trouble", "msg"}.

The agent ends when its room ends or when the order says so. It ends at once when its stdin closes,
which happens however the owner ended.
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
    """Send one event to the owner."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


async def _run(job: Job) -> None:
    orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(orders.put_nowait, json.loads(line))
        # This is a thread, since native code can block the loop. An agent must not outlive its
        # owner.
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    await Agent(job, tell).run(orders)


def main() -> None:
    """Do one job. The process exits without unwinding, since the native SDK can abort there."""
    status = 0
    try:
        asyncio.run(_run(Job.model_validate_json(sys.stdin.readline())))
    except ValidationError as error:
        tell(event="refused", msg=f"the job is not valid: {error.error_count()} errors")
        status = 2
    except Exception as error:  # The owner has no other way to learn the reason.
        tell(event="refused", msg=f"{type(error).__name__}: {error}")
        status = 1
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
