"""Property tests have no deadline for an example: a loaded machine must not make them fail."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("keys", deadline=None)
settings.load_profile("keys")
