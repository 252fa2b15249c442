"""The scenarios' fixtures: a stack, a browser, rooms; they begin and end with the sanity check."""

from conformance.pytest_fixtures.parts import (
    NOTES,
    browser,
    fault,
    honest_stack,
    notes,
    provider,
    stack,
    webhooks,
)
from conformance.pytest_fixtures.rooms import (
    assistant,
    attached,
    beset,
    coded,
    crossed,
    ended,
    honest_attached,
    honest_rooms,
    left,
    lives,
    refusing,
    rooms,
    settled,
    turns,
    witness,
)
from conformance.pytest_fixtures.rounds import this_round

__all__ = [
    "NOTES", "assistant", "attached", "beset", "browser", "coded", "crossed", "ended", "fault",
    "honest_attached", "honest_rooms", "honest_stack", "left", "lives", "notes", "provider",
    "refusing", "rooms", "settled", "stack", "this_round", "turns", "webhooks", "witness",
]  # fmt: skip
