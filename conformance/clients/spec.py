"""What the suite has to know of a client before one is driven."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.stacks.spec import OwnPage, StackSpec

if TYPE_CHECKING:
    from conformance.clients.base import ClientDriver


class ClientFilesMissing(Exception):
    """There is no page to serve; the message says what to do."""


class CannotBreakRules(ValueError):
    """Rules are to be broken that the client does not have; the message is one sentence."""


@dataclass(frozen=True)
class ClientSpec:
    """One client.

    A package adds one by an entry point of the group `plugnmeet_conformance.clients`.

    Attributes:
        name: what `--client` calls it.
        summary: one phrase for `conform list`.
        driver: makes its driver, given the rules of the reference client to break (none for a
            client that cannot).
        built_page: the folder of its built page where no `--client-files` names one. It raises
            `ClientFilesMissing` where the page is not built, and may be asked more than once.
            None: a run has to bring the files, unless the stack serves this client by itself.
        is_product: whether it is the product's own client, which a product's server may bring.
        may_be_deployed: whether a deployment may serve it already.
        cores: how many cores one worker needs that drives its pages beside a recorder and an AI.
        can_seed_faults: whether it breaks rules of the reference client when it is asked to.
        is_reference: whether it is the suite's own, and not a product on trial.
    """

    name: str
    driver: Callable[[Sequence[str]], ClientDriver]
    built_page: Callable[[], Path] | None = None
    is_product: bool = False
    may_be_deployed: bool = False
    cores: int = 1
    can_seed_faults: bool = False
    is_reference: bool = False
    summary: str = ""

    def is_served_by(self, stack: StackSpec) -> bool:
        """Whether this stack serves the client by itself, when a run brings no files."""
        if stack.own_page is OwnPage.DEPLOYED:
            return self.may_be_deployed
        return stack.own_page is OwnPage.PRODUCT and self.is_product
