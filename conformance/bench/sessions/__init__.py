"""Claims about two sessions of one room, and about disruptions within a session."""

from conformance.bench.sessions.replay import MEDIA, replayer

__all__ = [
    "MEDIA",
    "replayer",
]
