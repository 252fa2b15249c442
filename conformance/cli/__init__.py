"""`conform`: one file for each command. A command imports what it needs when it runs."""

from conformance.cli.main import main

__all__ = ["main"]
