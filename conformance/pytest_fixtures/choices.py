"""A run's choices in the words of the stack and the client."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from conformance.clients.registry import client_files
from conformance.reference.rules import UnknownRule, rules_of
from conformance.stacks.registry import StackOptions


def files_to_serve(option: argparse.Namespace) -> Path | None:
    """The client's page that this run brings; None where the deployment has its own.

    Raises:
        ClientFilesMissing: it is not there.
    """
    if option.stack in ("compose", "external") and option.client == "official":
        return client_files("official", option.client_files) if option.client_files else None
    return client_files(option.client, option.client_files)


def stack_options(option: argparse.Namespace, folder: Path) -> StackOptions:
    """The run's choices that concern the stack."""
    server_rules, _ = split_rules(option.break_rules)
    return StackOptions(
        name=option.stack,
        folder=folder,
        client_files=files_to_serve(option),
        break_rules=server_rules,
        server_path=option.server_path,
        server_version=option.server_version,
        deployment=Path(option.deployment) if option.deployment else None,
        insecure=option.insecure,
    )


def split_rules(rules: Sequence[str]) -> tuple[list[str], list[str]]:
    """Sort rules to break into the reference server's and the reference client's.

    Raises:
        UnknownRule: neither has it; the message names near ones.
    """
    server, client = rules_of("server"), rules_of("client")
    for rule in rules:
        if rule not in server and rule not in client:
            raise UnknownRule(rule, "server or client", [*server, *client])
    return [r for r in rules if r in server], [r for r in rules if r in client]
