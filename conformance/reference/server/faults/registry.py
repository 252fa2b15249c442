"""The registry of seeded faults: which class breaks which rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from conformance.reference.rules import Rules, UnknownRule, rules_of
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.features.agents import Agents
from conformance.reference.server.features.recording import Recording
from conformance.reference.server.media import MediaServer
from conformance.reference.server.messages.events import Events
from conformance.reference.server.messages.webhooks import Webhooks
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.sessions.lifecycle import Sessions
from conformance.reference.server.sessions.presence import Presence


@dataclass(frozen=True)
class ServerParts:
    """The parts of the server that a fault can use."""

    config: ServerConfig
    bus: Bus
    rooms: Rooms
    events: Events
    media: MediaServer
    presence: Presence
    sessions: Sessions
    recording: Recording
    agents: Agents
    webhooks: Webhooks


class Fault(ExtensionPoints):
    """The base of all faults. One instance lives as long as the server."""

    rule_id: ClassVar[str]
    rules: Rules

    def __init__(self, server: ServerParts) -> None:
        self.server = server

    def number(self, name: str, room_id: str = "") -> int:
        """A number that the rule leaves open (`draws`), as it is broken in this room."""
        return int(self.rules.in_room(room_id).value(self.rule_id, name))

    def text(self, name: str, room_id: str = "") -> str:
        """A text that the rule leaves open (`draws`), as it is broken in this room."""
        return str(self.rules.in_room(room_id).value(self.rule_id, name))


F = TypeVar("F", bound=type[Fault])

FAULTS: dict[str, type[Fault]] = {}
"""Every fault, by the id of the rule that it breaks."""


def fault(rule_id: str) -> Callable[[F], F]:
    """Register a class as the fault that breaks this rule.

    Raises:
        UnknownRule: reference/rules/server.toml has no such rule.
        ValueError: another class breaks the rule already.
    """
    known = rules_of("server")
    if rule_id not in known:
        raise UnknownRule(rule_id, "server", known)
    if rule_id in FAULTS:
        raise ValueError(f"{FAULTS[rule_id].__name__} breaks the rule {rule_id!r} already")

    def register(cls: F) -> F:
        cls.rule_id = rule_id
        FAULTS[rule_id] = cls
        return cls

    return register
