"""The reference client's page: where it is built, and whether it matches its source."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from conformance.stacks.programs.tools import ToolMissing, command_name

CLIENT = Path(__file__).resolve().parents[2] / "reference" / "client"
CLIENT_STAMP = ".built-from"


def reference_client() -> Path:
    """The folder of the reference client's page; raises `ToolMissing` if it is not built."""
    dist = CLIENT / "dist"
    if not (dist / "index.html").is_file():
        raise ToolMissing("reference client", f"{command_name()} setup   (builds it with Node.js)")
    return dist


def client_is_current() -> bool:
    """Does the built page match its source? Always True in a wheel, which has no source."""
    dist = CLIENT / "dist"
    if not (dist / "index.html").is_file():
        return False
    if not (CLIENT / "package.json").is_file():
        return True
    try:
        return (dist / CLIENT_STAMP).read_text("utf-8") == client_source_hash()
    except OSError:
        return False


def client_source_hash() -> str:
    """SHA-256 over the names and contents of the reference client's source files."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(CLIENT):
        folders[:] = sorted(f for f in folders if f not in ("node_modules", "dist"))
        for file in sorted(files):
            path = Path(folder) / file
            digest.update(str(path.relative_to(CLIENT)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
