"""A wheel carries the reference client's built page; refuse to build one without it."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NeedsThePage(BuildHookInterface):  # type: ignore[type-arg]
    """Fails the build with one line when `./conform setup` has not built the page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before anything is packed."""
        page = Path(self.root) / "conformance" / "reference" / "client" / "dist" / "index.html"
        if version != "editable" and not page.is_file():
            raise RuntimeError("the reference client's page is not built: run ./conform setup")
