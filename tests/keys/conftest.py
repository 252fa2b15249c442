"""Property tests without a deadline an example: a loaded machine is no reason to fail."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("keys", deadline=None)
settings.load_profile("keys")
