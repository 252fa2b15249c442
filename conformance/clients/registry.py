"""Which clients there are, and where the pages are that their drivers drive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.clients.spec import CannotBreakRules, ClientFilesMissing, ClientSpec
from conformance.extensions import Table
from conformance.stacks.spec import StackSpec

if TYPE_CHECKING:
    from conformance.clients.base import ClientDriver


def _reference(break_rules: Sequence[str]) -> ClientDriver:
    from conformance.clients.reference import ReferenceDriver

    return ReferenceDriver(break_rules)


def _reference_page() -> Path:
    from conformance.stacks.programs.reference_page import reference_client
    from conformance.stacks.programs.tools import ToolMissing

    try:
        return reference_client()
    except ToolMissing:
        raise ClientFilesMissing(
            "the reference client is not built: run `npm ci && npm run build` in "
            "conformance/reference/client, or any `./conform` command, which does it"
        ) from None


def _official(_: Sequence[str]) -> ClientDriver:
    from conformance.clients.official.driver import OfficialClient

    return OfficialClient()


_REFERENCE: Final = ClientSpec(
    name="reference",
    summary="the suite's own web client, which keeps every promise",
    driver=_reference,
    built_page=_reference_page,
    can_seed_faults=True,
    is_reference=True,
)
_OFFICIAL: Final = ClientSpec(
    name="official",
    summary="Plug-N-Meet's own web client, from the folder given by --client-files",
    driver=_official,
    is_product=True,
    may_be_deployed=True,
    cores=2,  # its pages, a recorder and an AI at once are too much for one
)

CLIENTS: Final = Table("client", ClientSpec, (_REFERENCE, _OFFICIAL))
DEFAULT: Final = _REFERENCE.name


def refuse_rules(client: ClientSpec, rules: Sequence[str]) -> None:
    """Insist that the client can break these rules.

    Raises:
        CannotBreakRules: it has none.
    """
    if rules and not client.can_seed_faults:
        raise CannotBreakRules(
            f"--break {rules[0]}: only the reference client breaks rules; "
            f"this run has --client {client.name}"
        )


def make_driver(client: ClientSpec, break_rules: Sequence[str] = ()) -> ClientDriver:
    """The driver of this client, which breaks these rules.

    Raises:
        CannotBreakRules: the client has none.
    """
    refuse_rules(client, break_rules)
    return client.driver(break_rules)


def files_to_serve(client: ClientSpec, stack: StackSpec, given: str | None) -> Path | None:
    """The folder of the client's page that this run brings; None where the stack has its own.

    `given`: what `--client-files` names.

    Raises:
        ClientFilesMissing: nothing usable is there.
    """
    if given is not None:
        return given_page(given)
    if client.is_served_by(stack):
        return None
    if client.built_page is None:
        raise ClientFilesMissing(
            f"--client {client.name} needs --client-files FOLDER: "
            "its files as its makers built them"
        )
    return client.built_page()


def given_page(given: str | Path) -> Path:
    """The folder that `--client-files` names.

    Raises:
        ClientFilesMissing: no page is there.
    """
    folder = Path(given).resolve()
    if not (folder / "index.html").is_file():
        raise ClientFilesMissing(
            f"--client-files {given}: no index.html there; give the folder of the built client"
        )
    return folder
