"""What this version has, one row a thing. The fields' names are those of `conform list --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RequirementRow:
    """A requirement. `room_kinds` is empty where the kind of room does not matter.

    `level`: M, D or S; `covered`: a scenario of this version judges it.
    """

    id: str
    level: str
    subject: str
    room_kinds: list[str]
    text: str
    covered: bool


@dataclass(frozen=True)
class FaultRow:
    """A seeded fault. `must` and `may` are requirement ids, as ID or ID/room kind."""

    id: str
    where: str
    breaks: str
    rules: list[str]
    must: list[str]
    may: list[str]


@dataclass(frozen=True)
class RuleRow:
    """A rule of a reference program, as `--break` takes it. `side`: server or client."""

    id: str
    side: str
    promise: str
    breaks: str
    requirements: list[str]


@dataclass(frozen=True)
class NamedRow:
    """A client, or a stack, by the name that the command line takes."""

    id: str
    text: str


@dataclass(frozen=True)
class ProfileRow:
    """A profile of requirements or of key derivation, by `sort`.

    `requirements`: how many ids a profile of requirements has. `role`, `bits`, `session_bound`:
    what a derivation profile's key is for, its length, and whether the Session ID enters it.
    """

    id: str
    sort: str
    text: str
    requirements: int | None = None
    role: str | None = None
    bits: int | None = None
    session_bound: bool | None = None


@dataclass(frozen=True)
class DisturbanceRow:
    """A disturbance. `own_network`: it needs a network namespace of its own (Linux)."""

    id: str
    text: str
    own_network: bool


def requirement_rows() -> list[RequirementRow]:
    """Every requirement of the catalogue, in its order."""
    from conformance.catalogue import catalogue

    return [
        RequirementRow(r.id, r.level, r.subject, list(r.kinds), r.text, r.not_yet is None)
        for r in catalogue().requirements.values()
    ]


def fault_rows() -> list[FaultRow]:
    """Every seeded fault, in the order of its files."""
    from conformance.selftest import faults

    return [
        FaultRow(
            id=fault.id,
            where=fault.where,
            breaks=fault.breaks,
            rules=fault.rule_ids,
            must=[str(target) for target in fault.must],
            may=[str(target) for may in fault.may for target in may.what],
        )
        for fault in faults().values()
    ]


def rule_rows() -> list[RuleRow]:
    """Every rule that `--break` takes: those of the server, then those of the client."""
    from conformance.reference.rules import Side, rules_of

    sides: tuple[Side, ...] = ("server", "client")
    return [
        RuleRow(rule.id, side, rule.promise, rule.breaks, list(rule.requirement))
        for side in sides
        for rule in rules_of(side).values()
    ]


def client_rows() -> list[NamedRow]:
    """Every client that `--client` takes."""
    from conformance.clients.registry import CLIENTS

    return [NamedRow(name, CLIENTS[name].summary) for name in CLIENTS.names()]


def stack_rows() -> list[NamedRow]:
    """Every stack that `--stack` takes."""
    from conformance.stacks.registry import STACKS

    return [NamedRow(name, STACKS[name].summary) for name in STACKS.names()]


def profile_rows() -> list[ProfileRow]:
    """The profiles that a run can be judged by, then those that derive keys."""
    from conformance.catalogue import catalogue
    from conformance.keys.profiles import PROFILES

    judging = [
        ProfileRow(one.key, "requirements", one.text, requirements=len(one.ids))
        for one in catalogue().profiles
    ]
    deriving = [
        ProfileRow(
            id=one.id,
            sort="derivation",
            text=one.description,
            role=one.role,
            bits=one.bits,
            session_bound=one.session_bound,
        )
        for one in PROFILES.values()
    ]
    return [*judging, *deriving]


def disturbance_rows() -> list[DisturbanceRow]:
    """Every disturbance that `--disturb` takes."""
    from conformance.bench.disturbances import DISTURBANCES

    return [
        DisturbanceRow(name, kind.what, kind.own_network) for name, kind in DISTURBANCES.items()
    ]


def cell(value: object) -> str:
    """A field's value as a table shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)
