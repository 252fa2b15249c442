"""Where the scenarios are: in the project's checkout, or in the installed package."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
"""The checkout; in an installed wheel, the folder of the installed packages."""


def scenarios_folder() -> Path:
    """The folder of the scenarios; a wheel has its own copy of them."""
    installed = Path(__file__).parent.parent / "data" / "scenarios"
    return installed if installed.is_dir() else PROJECT / "scenarios"


def node_root() -> Path:
    """The folder that pytest's node ids are relative to, in every command."""
    return PROJECT if (PROJECT / "pyproject.toml").is_file() else scenarios_folder()
