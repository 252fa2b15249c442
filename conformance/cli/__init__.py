"""`conform`: one file a command. Commands import what they need when they run."""

from conformance.cli.main import main

__all__ = ["main"]
