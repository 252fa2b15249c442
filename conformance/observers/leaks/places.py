"""Where an item was read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where an item was read: its kind ("HTTP body") and its name ("POST /api/x").

    A name that begins with a sender and a comma ("alice, POST /api/x") says who sent the item.
    """

    kind: str
    name: str
