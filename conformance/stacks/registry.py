"""Which stacks there are, and how a run's choices become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.stacks.base import Stack
from conformance.stacks.errors import StackError

NAMES: Final = ("embedded", "native", "compose", "external")
CONFIGURED: Final = ("embedded", "native")
"""Those whose server can be given an AI provider on this machine."""


@dataclass(frozen=True)
class StackOptions:
    """What a run says of its stack. `folder` keeps the logs; the rest may be left out.

    `client_files`: a client's built page. `break_rules`: rules of the reference server to break.
    `server_path`: the plugnmeet-server to start. `server_version`: the version to start, or to
    treat it as. `deployment`: the file that describes an external deployment. `ai_endpoint`: the
    AI provider for the server, where its configuration is ours (`CONFIGURED`).
    """

    name: str
    folder: Path
    client_files: Path | None = None
    break_rules: Sequence[str] = ()
    server_path: str | None = None
    server_version: str | None = None
    deployment: Path | None = None
    insecure: bool = False
    ai_endpoint: str | None = None


def refuse_contradictions(options: StackOptions) -> None:
    """One sentence for choices that don't fit together.

    Raises:
        StackError: they don't.
    """
    name = options.name
    for flag, given, only in (
        ("--server-path", options.server_path, ("native",)),
        ("--server-version", options.server_version, ("native", "compose")),
        ("--deployment", options.deployment, ("external",)),
        ("--insecure", options.insecure, ("external",)),
    ):
        if given and name not in only:
            stacks = " or ".join(f"--stack {one}" for one in only)
            raise StackError(f"{flag} is for {stacks}; this run has --stack {name}")
    if options.break_rules and name != "embedded":
        raise StackError(
            f"--break {options.break_rules[0]}: only the reference server breaks rules; "
            f"this run has --stack {name}"
        )


def make_stack(options: StackOptions) -> Stack:
    """The stack, not started yet; each kind's module is loaded only where it is wanted.

    Raises:
        StackError: the choices don't fit, or something that they name is not there.
    """
    refuse_contradictions(options)
    if options.name == "native":
        from conformance.stacks.native import NativeStack
        from conformance.stacks.programs.reference_page import reference_client

        return NativeStack(
            options.folder,
            client_files=options.client_files or reference_client(),
            server_path=options.server_path,
            server_version=options.server_version,
            ai_endpoint=options.ai_endpoint,
        )
    if options.name == "compose":
        from conformance.stacks.compose import ComposeStack

        return ComposeStack(
            options.folder,
            server_version=options.server_version,
            client_files=options.client_files,
        )
    if options.name == "external":
        from conformance.stacks.external.deployment import load_deployment
        from conformance.stacks.external.stack import ExternalStack

        return ExternalStack(
            options.folder, load_deployment(options.deployment, insecure=options.insecure)
        )
    from conformance.stacks.embedded import EmbeddedStack

    return EmbeddedStack(
        options.folder,
        client_files=options.client_files,
        break_rules=options.break_rules,
        ai_endpoint=options.ai_endpoint,
    )


def describe(options: StackOptions) -> list[str]:
    """What a run with this stack would do, in sentences; nothing is started or contacted.

    Raises:
        StackError: the choices don't fit, or the deployment is not described.
    """
    refuse_contradictions(options)
    if options.name == "external":
        from conformance.stacks.external import stack as external
        from conformance.stacks.external.deployment import load_deployment

        return external.describe(load_deployment(options.deployment, insecure=options.insecure))
    where = "in containers" if options.name == "compose" else "on free loopback ports"
    return [
        f"its services are started for each worker, {where}, with credentials of their own",
        "everything is torn down and removed in the end; the logs stay in the run's folder",
    ]
