"""How every command says what went wrong: one line on stderr that begins with `conform:`."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from typing import Any, Final, NoReturn, cast

import typer
from typer.core import TyperGroup

from conformance.printable import printable
from conformance.verdicts import Exit

NAME: Final = "conform"
"""What the program is called in help and in messages."""

_USAGE_ERROR = cast(type[Exception], typer.BadParameter.__mro__[1])
_ERROR = cast(type[Exception], typer.BadParameter.__mro__[2])
"""Typer brings click's exceptions along, under a module that is not public."""
_CTRL_C: Final = 130
"""What Typer makes of Ctrl-C: a shell's status of a program that SIGINT ended."""


def complain(sentence: str) -> None:
    """Say on stderr what went wrong."""
    sys.stderr.write(f"{NAME}: {printable(sentence)}\n")


def fail(sentence: str) -> NoReturn:
    """Say what went wrong, and end with the status of a command that could not run."""
    complain(sentence)
    sys.exit(Exit.BROKE)


class Commands(TyperGroup):
    """The commands, whose usage errors read like all other errors: one line, exit status 2."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command as Typer does, under the name `conform` and with our form of errors."""
        try:
            status = super().main(args, NAME, complete_var, False, windows_expand_args, **extra)
        except typer.Abort:
            fail("interrupted")
        except _ERROR as error:
            if not standalone_mode:
                raise
            _end_with(error)
        if not standalone_mode:
            return status
        if status == _CTRL_C:
            complain("interrupted")
        sys.exit(status if isinstance(status, int) else 0)


def _end_with(error: Any) -> NoReturn:
    if type(error).__name__ == "NoArgsIsHelpError":  # no command was given: its message is the help
        error.show()
    else:
        complain(_in_one_line(error))
    sys.exit(error.exit_code)


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
