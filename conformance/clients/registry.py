"""Which drivers there are, and where the pages are that they drive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.clients.base import ClientDriver
from conformance.clients.official.driver import OfficialClient
from conformance.clients.reference import ReferenceDriver

NAMES: Final = ("reference", "official")


class ClientFilesMissing(Exception):
    """There is no page to serve; the message says what to do."""


def driver_named(name: str, break_rules: Sequence[str] = ()) -> ClientDriver:
    """The driver of this client; only the reference client can break rules.

    Raises:
        ValueError: rules are to be broken that the client does not have.
    """
    if name == "reference":
        return ReferenceDriver(break_rules)
    if break_rules:
        raise ValueError(f"--break {break_rules[0]}: only the reference client breaks rules")
    return OfficialClient()


def client_files(name: str, given: str | None) -> Path:
    """The folder that the stack's server serves.

    Raises:
        ClientFilesMissing: nothing usable is there.
    """
    if given is not None:
        folder = Path(given).resolve()
        if not (folder / "index.html").is_file():
            raise ClientFilesMissing(
                f"--client-files {given}: no index.html there; give the folder of the built client"
            )
        return folder
    if name != "reference":
        raise ClientFilesMissing(
            f"--client {name} needs --client-files FOLDER: its files as its makers built them"
        )
    folder = Path(__file__).parent.parent / "reference" / "client" / "dist"
    if not (folder / "index.html").is_file():
        raise ClientFilesMissing(
            "the reference client is not built: run `npm ci && npm run build` in "
            "conformance/reference/client, or any `./conform` command, which does it"
        )
    return folder
