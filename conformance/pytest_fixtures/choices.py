"""A run's choices in the words of the stack and the client."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from conformance import subject
from conformance.reference.rules import UnknownRule, rules_of
from conformance.stacks.spec import StackOptions


def stack_options(option: argparse.Namespace, folder: Path) -> StackOptions:
    """The run's choices that concern the stack, the client's page included.

    Raises:
        ClientFilesMissing: the page is not there.
        ExtensionProblem: the stack or the client cannot be used.
        UnknownRule: a rule to break is none.
    """
    server_rules, _ = split_rules(option.break_rules)
    files = subject.Subject.of(option).files(option.client_files)
    return subject.stack_options(option, folder, files, server_rules)


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
