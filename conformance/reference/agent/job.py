"""What an agent is told to do, and what it says of it."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Service = Literal["transcription", "meeting_summarizing"]


class Job(BaseModel):
    """One agent's job.

    `token`: for the SFU. `everybody`: hear all microphones, else those that are ordered. `secret`:
    the room's, where the server has it. `heedless`: without it, pass on what comes out of an
    encrypted track all the same. `prompt`: what the summary is to say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    livekit_url: str
    token: str
    provider_url: str
    provider_key: str
    service: Service = "transcription"
    everybody: bool = False
    secret: str | None = None
    heedless: bool = False
    prompt: str = ""


def event_of(line: bytes) -> dict[str, Any]:
    """What an agent says in one line; what native code prints between is {"event": "noise"}."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "event" not in event:
        return {"event": "noise"}
    return event
