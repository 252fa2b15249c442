"""The job of an agent, and the events that it reports."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Service = Literal["transcription", "meeting_summarizing"]


class Job(BaseModel):
    """The job of one agent.

    `token`: for the SFU. `everybody`: listen to all microphones, else only to those that an order
    names. `secret`: the room's secret, if the server has it. `heedless`: without a secret, send the
    undecrypted sound of an encrypted track to the provider. `prompt`: instructions for the summary.
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
    """The event in one line of an agent. A line that native code printed is {"event": "noise"}."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "event" not in event:
        return {"event": "noise"}
    return event
