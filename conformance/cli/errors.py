"""How every command says what went wrong: one line on stderr that begins with `conform:`."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any, Final, NoReturn, cast

import typer
from typer.core import TyperGroup

from conformance.printable import printable
from conformance.verdicts import Exit

NAME: Final = "conform"
"""What the program is called in help and in messages."""

_USAGE_ERROR = typer.BadParameter.__mro__[1]
_ERROR = typer.BadParameter.__mro__[2]
"""Typer brings click's exceptions along, under a module that is not public."""


def complain(sentence: str) -> None:
    """Say on stderr what went wrong."""
    sys.stderr.write(f"{NAME}: {printable(sentence)}\n")


def fail(sentence: str) -> NoReturn:
    """Say what went wrong, and end with the status of a command that could not run."""
    complain(sentence)
    sys.exit(Exit.BROKE)


class Commands(TyperGroup):
    """The commands, whose usage errors read like all other errors: one line, exit status 2."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run a command; as click's, but for how an error looks."""
        extra["prog_name"] = NAME
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **extra)
        try:
            status = super().main(*args, standalone_mode=False, **extra)
        except typer.Abort:
            fail("interrupted")
        except _ERROR as error:
            usage = cast(Any, error)
            if type(error).__name__ == "NoArgsIsHelpError":
                usage.show()
                sys.exit(Exit.BROKE)
            complain(_in_one_line(usage))
            sys.exit(usage.exit_code)
        sys.exit(status if isinstance(status, int) else 0)


def _in_one_line(error: Any) -> str:
    words = " ".join(str(error.format_message()).split())
    context = getattr(error, "ctx", None)
    if context is None or not isinstance(error, _USAGE_ERROR):
        return words
    return f"{words} (see {context.command_path} --help)"


def usage_errors() -> object:
    """A plugin for pytest: what it refuses in its arguments is reported like any other error."""
    import pytest  # here, because most commands need no test runner

    class UsageErrors:
        @pytest.hookimpl(wrapper=True)
        def pytest_cmdline_main(self) -> Generator[None, int, int]:
            try:
                return (yield)
            except pytest.UsageError as error:
                complain("; ".join(map(str, error.args)))
                return int(pytest.ExitCode.USAGE_ERROR)

    return UsageErrors()
