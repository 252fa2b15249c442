"""Makes the commands' options of the table (conformance/options.py)."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Final

import typer

from conformance.options import OPTIONS, Option, options_of

_BY_FLAG: Final = {option.flags[0]: option for option in OPTIONS}


def takes_options(command: str) -> Callable[[Callable[[argparse.Namespace], None]], Any]:
    """Give a function the options of this command, for typer to read; it gets their values.

    Typer reads a function's signature; this one's is made of the table. A repeatable option's
    value is always a list.
    """
    options = options_of(command)

    def made(function: Callable[[argparse.Namespace], None]) -> Callable[..., None]:
        @wraps(function)
        def called(**values: object) -> None:
            lists: dict[str, object] = {option.name: [] for option in options if option.repeatable}
            given = {name: value for name, value in values.items() if value is not None}
            function(argparse.Namespace(**{**dict.fromkeys(values), **lists, **given}))

        parameters = [_parameter(option, command) for option in options]
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return called

    return made


def declared(flag: str, command: str = "") -> Any:
    """The option with this flag in typer's words, for a signature that is written out."""
    return _in_typers_words(_BY_FLAG[flag], command)


def _parameter(option: Option, command: str) -> inspect.Parameter:
    kind: Any = list[str] if option.repeatable else option.kind
    if option.default is None:
        kind = kind | None
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=option.default,
        annotation=Annotated[kind, _in_typers_words(option, command)],
    )


def _in_typers_words(option: Option, command: str) -> Any:
    return typer.Option(
        *option.flags,
        help=option.help_in.get(command, option.help),
        metavar=option.metavar,
        min=option.at_least,
        max=option.at_most,
    )
