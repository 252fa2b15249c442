"""Keeps a finding and the captured bytes behind it in a folder, with their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from conformance.keys import capture as captures
from conformance.keys.capture import Capture
from conformance.verdicts import Evidence, Finding

FOLDER: Final = "evidence"
FINDING: Final = "finding.json"


def keep(run_folder: Path, finding: Finding, capture: Capture) -> Evidence | None:
    """Write the finding and the capture; return the finding's evidence entry.

    Returns None if the files cannot be written, for example on a full disk; `write_report` then
    reports the error.
    """
    turn = f"-round{finding.round}" if finding.round else ""
    digest = hashlib.sha256(finding.check.encode("utf-8", "replace")).hexdigest()[:8]
    name = f"{finding.requirement}-{finding.room_kind}{turn}-{digest}".replace("--", "-none-")
    folder = run_folder / FOLDER / name
    data = capture.model_dump_json().encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / captures.FILE).write_bytes(data)
        (folder / FINDING).write_text(finding.model_dump_json(indent=1) + "\n", "utf-8")
    except OSError:
        return None
    frames = sum(len(track.frames) for sender in capture.senders for track in sender.tracks)
    messages = sum(len(sender.messages) for sender in capture.senders)
    return Evidence(
        kind="capture",
        summary=f"{frames} captured frames and {messages} messages, with the secrets, session ids "
        f"and keys that were tried; to open them again: conform evidence reopen {folder.name}",
        path=f"{FOLDER}/{name}/{captures.FILE}",
        sha256=hashlib.sha256(data).hexdigest(),
        data={"opened": _opened(capture)},
    )


def _opened(capture: Capture) -> list[str]:
    return [
        f"{one.profile} of {one.key_of} opens {one.opened} of {one.of} on {one.sender}'s "
        f"{one.channel}"
        for one in capture.said
        if one.opened
    ][:40]
