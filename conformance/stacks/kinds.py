"""The three kinds of room that the article describes."""

from __future__ import annotations

from enum import StrEnum


class RoomKind(StrEnum):
    """Where the secret comes from: none, the server ("Option A") or the users ("Option B")."""

    PLAIN = "plain"
    SIMPLE = "simple"
    ZERO_KNOWLEDGE = "zero-knowledge"

    @property
    def encryption(self) -> dict[str, bool]:
        """The room's `end_to_end_encryption_features` block; empty for a plain room.

        The first two members are the article's own request (step 2). Chat and whiteboard are
        switched on too, because the product encrypts them only on request.
        """
        if self is RoomKind.PLAIN:
            return {}
        return {
            "is_enabled": True,
            "enabled_self_insert_encryption_key": self is RoomKind.ZERO_KNOWLEDGE,
            "included_chat_messages": True,
            "included_whiteboard": True,
        }
