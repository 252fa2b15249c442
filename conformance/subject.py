"""What a run puts on trial: a stack and a client, each by the name that its option gives."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.clients.registry import CLIENTS, files_to_serve
from conformance.clients.spec import ClientSpec
from conformance.stacks.registry import STACKS
from conformance.stacks.spec import StackOptions, StackSpec
from conformance.waivers import Part


@dataclass(frozen=True)
class Subject:
    """The kinds of the run's stack and client."""

    stack: StackSpec
    client: ClientSpec

    @classmethod
    def named(cls, stack: str, client: str) -> Subject:
        """Look both up.

        Raises:
            ExtensionProblem: one of the names cannot be used; the message is one line.
        """
        return cls(STACKS[stack], CLIENTS[client])

    @classmethod
    def of(cls, option: argparse.Namespace) -> Subject:
        """Look both up, as a run's options name them; raises as `named` does."""
        return cls.named(option.stack, option.client)

    @property
    def can_seed_faults(self) -> bool:
        """Whether rules can be broken in both parts."""
        return self.stack.can_seed_faults and self.client.can_seed_faults

    @property
    def real(self) -> dict[Part, bool]:
        """Which parts are a product's, and not the suite's reference."""
        return {"server": not self.stack.is_reference, "client": not self.client.is_reference}

    def files(self, given: str | None) -> Path | None:
        """The folder of the client's page that the run brings; None where the stack has its own.

        Raises:
            ClientFilesMissing: nothing usable is there.
        """
        return files_to_serve(self.client, self.stack, given)


def stack_options(
    option: argparse.Namespace, folder: Path, files: Path | None, break_rules: Sequence[str] = ()
) -> StackOptions:
    """A run's options that concern the stack, the command's and pytest's alike."""
    return StackOptions(
        name=option.stack,
        folder=folder,
        client_files=files,
        break_rules=break_rules,
        server_path=str(option.server_path) if option.server_path else None,
        server_version=option.server_version,
        deployment=Path(option.deployment) if option.deployment else None,
        insecure=option.insecure,
    )
