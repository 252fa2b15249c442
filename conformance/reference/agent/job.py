"""What an agent is told to do."""

from __future__ import annotations

from typing import Literal

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
