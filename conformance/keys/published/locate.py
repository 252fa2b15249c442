"""Finds the published vectors in a checkout or in the installed package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

SCHEMA_FILE = "schema.json"
"""The name of the JSON Schema beside the vector files. It is not a vector file."""


def vectors_folder() -> Path:
    """The folder of the published vectors; a checkout's folder comes before the package's copy."""
    root = Path(__file__).resolve().parents[3]
    if (root / "pyproject.toml").is_file() and (root / "vectors").is_dir():
        return root / "vectors"
    return Path(str(files("conformance"))) / "data" / "vectors"
