"""Where the published vectors are: in a checkout, or inside the installed package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

SCHEMA_FILE = "schema.json"
"""Name of the JSON Schema beside the vector files; it is not a vector file itself."""


def vectors_folder() -> Path:
    """The folder of the published vectors; a checkout's own wins over the package's copy."""
    root = Path(__file__).resolve().parents[3]
    if (root / "pyproject.toml").is_file() and (root / "vectors").is_dir():
        return root / "vectors"
    return Path(str(files("conformance"))) / "data" / "vectors"
