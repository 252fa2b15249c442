"""What the suite has to know of a kind of stack before one is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.stacks.base import Stack

StackOption = Literal["server_path", "server_version", "deployment", "insecure"]
"""The fields of `StackOptions` that are for some stacks only."""


@dataclass(frozen=True)
class StackOptions:
    """What a run says of its stack. `folder` keeps the logs; the rest may be left out.

    `client_files`: a client's built page. `break_rules`: rules of the reference server to break.
    `server_path`: the plugnmeet-server to start. `server_version`: the version to start, or to
    treat it as. `deployment`: the file that describes an external deployment. `ai_endpoint`: the
    AI provider for the server, where the stack takes one (`StackSpec.takes_ai_endpoint`).
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


class OwnPage(StrEnum):
    """Which client a stack's server serves when a run brings no files."""

    NONE = "none"
    PRODUCT = "product"
    """The product's own client, of the server's version."""
    DEPLOYED = "deployed"
    """Whatever was deployed there."""


@dataclass(frozen=True)
class StackSpec:
    """One kind of stack.

    A package adds one by an entry point of the group `plugnmeet_conformance.stacks`.

    Attributes:
        name: what `--stack` calls it.
        summary: one phrase for `conform list`.
        make: the stack, not started yet. It raises `StackError` (conformance.stacks.errors) for
            what the options name and what is not there.
        describe: what a run with it does, in sentences, for `--dry-run`; starts and contacts
            nothing. It raises `StackError`.
        accepts: the options that are for some stacks only, and which this one understands.
        requires: those of them that it cannot do without.
        own_page: which client it serves when a run brings no files.
        serves_given_files: whether it serves the files that a run brings; else they are served
            beside it, from this machine.
        needs_local_services: whether set-up has to bring NATS and LiveKit.
        takes_ai_endpoint: whether its server can be given an AI provider on this machine.
        can_seed_faults: whether rules of the reference server can be broken in it.
        is_reference: whether its server is the suite's own, and not a product on trial.
    """

    name: str
    make: Callable[[StackOptions], Stack]
    describe: Callable[[StackOptions], list[str]]
    accepts: frozenset[StackOption] = frozenset()
    requires: frozenset[StackOption] = frozenset()
    own_page: OwnPage = OwnPage.NONE
    serves_given_files: bool = True
    needs_local_services: bool = False
    takes_ai_endpoint: bool = False
    can_seed_faults: bool = False
    is_reference: bool = False
    summary: str = ""
