"""`conform explain ID`: how a requirement is judged, what a fault breaks, what a rule promises."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from conformance.cli.errors import fail
from conformance.cli.inventory.checks import CheckRow, NotCollected
from conformance.cli.inventory.listing import check_rows, console, print_json
from conformance.stacks.programs.tools import command_name

if TYPE_CHECKING:
    from conformance.catalogue import Requirement
    from conformance.selftest import Fault

_LEVELS = {
    "M": "M: the article says it (MUST)",
    "D": "D: documented, or it follows directly from the article (MUST in profile documented)",
    "S": "S: good practice, no source claims it (SHOULD)",
}


def explain(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="A requirement (KEY-4), a seeded fault or a rule.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Explain one requirement, one seeded fault or one rule of the reference programs.

    For a requirement: the article's sentence, what is demanded, how it is judged, its controls,
    what makes it fail, inconclusive or not applicable, the faults that it notices, and its checks.

    JSON is an object: schema_version, explain (requirement, fault or rule) and the fields that
    docs/commands.md names.

    Exit status: 0 explained, 2 no such id or the scenarios cannot be read.
    """
    from conformance.catalogue import catalogue
    from conformance.selftest import faults

    wanted = name.strip()
    requirement_id = wanted.upper().replace("_", "-")
    if requirement_id in catalogue():
        kind, found = "requirement", _requirement(catalogue()[requirement_id])
    elif wanted in faults():
        kind, found = "fault", _fault(faults()[wanted])
    elif (rule := _rule(wanted)) is not None:
        kind, found = "rule", rule
    else:
        fail(_unknown(wanted))
    if as_json:
        print_json({"explain": kind, **found})
        return
    _SHOW[kind](found)


def _unknown(wanted: str) -> str:
    from conformance.catalogue import catalogue, near_ids
    from conformance.selftest import faults

    names = [*faults(), *_rules()]
    near = [
        *filter(None, near_ids(wanted, catalogue().requirements).split(", ")),
        *difflib.get_close_matches(wanted.lower().replace("_", "-"), names, n=3, cutoff=0.6),
    ]
    hint = f"did you mean {', '.join(near)}?" if near else "`conform list` shows what there is"
    return f"no requirement, fault or rule has the id {wanted!r}: {hint}"


# -- what is said ------------------------------------------------------------------------------


def _requirement(found: Requirement) -> dict[str, Any]:
    from conformance.catalogue import catalogue

    checks = [row for row in _checks() if found.id in row.requirements]
    return {
        **found.model_dump(),
        "profiles": [p.key for p in catalogue().profiles if found.id in p.ids],
        "faults": _noticed(found),
        "checks": [asdict(row) for row in checks],
        "run": f"{command_name()} run --requirement {found.id}",
    }


def _noticed(requirement: Requirement) -> dict[str, list[dict[str, Any]]]:
    """The faults that this requirement has to notice, and those that it may notice, with why."""
    from conformance.selftest import faults

    must, may = [], []
    for fault in faults().values():
        about = {"id": fault.id, "breaks": fault.breaks, "verdict": fault.verdict.value}
        needed = [one for one in requirement.room_kinds if fault.needs(requirement.id, one)]
        if needed:
            must.append(about | {"room_kinds": needed})
        allowed = {
            one: why
            for one in requirement.room_kinds
            if one not in needed and (why := fault.may_because(requirement.id, one)) is not None
        }
        if allowed:
            why = "; ".join(dict.fromkeys(allowed.values()))
            may.append(about | {"room_kinds": list(allowed), "why": why})
    return {"must": must, "may": may}


def _fault(found: Fault) -> dict[str, Any]:
    checks = [
        row for row in _checks() if any(found.needs(r, row.room_kind) for r in row.requirements)
    ]
    return {
        "id": found.id,
        "breaks": found.breaks,
        "where": found.where,
        "verdict": found.verdict.value,
        "must": [str(target) for target in found.must],
        "may": [{"what": [str(t) for t in may.what], "why": may.why} for may in found.may],
        "rules": [rule for one in found.rule_ids if (rule := _rule(one, with_faults=False))],
        "checks": [asdict(row) for row in checks],
        "reported": [bug.model_dump() for bug in found.reported],
        "run": f"{command_name()} selftest --fault {found.id}",
    }


def _rules() -> dict[str, str]:
    """The side of each rule, by its id."""
    from conformance.reference.rules import rules_of

    return {
        **dict.fromkeys(rules_of("client"), "client"),
        **dict.fromkeys(rules_of("server"), "server"),
    }


def _rule(rule_id: str, *, with_faults: bool = True) -> dict[str, Any] | None:
    from conformance.reference.rules import rules_of
    from conformance.selftest import faults

    side = _rules().get(rule_id)
    if side is None:
        return None
    rule = rules_of("server" if side == "server" else "client")[rule_id]
    said: dict[str, Any] = {
        "id": rule.id,
        "side": side,
        "promise": rule.promise,
        "breaks": rule.breaks,
        "requirements": list(rule.requirement),
        "in_one_room": rule.in_one_room,
        "code": _code_of(rule_id) if side == "server" else CLIENT_FAULTS,
    }
    if with_faults:
        said["faults"] = [fault.id for fault in faults().values() if rule_id in fault.rule_ids]
        said["run"] = f"{command_name()} run --break {rule_id}"
    return said


CLIENT_FAULTS: Final = "conformance/reference/client/src/faults/registry.ts"


def _code_of(rule_id: str) -> str:
    """The file and the class of the fault that breaks this rule of the reference server."""
    from conformance.reference.server.faults.active import FAMILIES  # noqa: F401 - registers all
    from conformance.reference.server.faults.registry import FAULTS

    cls = FAULTS[rule_id]
    return f"{cls.__module__.replace('.', '/')}.py: {cls.__name__}"


def _checks() -> list[CheckRow]:
    try:
        return check_rows()
    except NotCollected as error:
        fail(str(error))


# -- how it is shown ---------------------------------------------------------------------------


def _show_requirement(said: dict[str, Any]) -> None:
    faults = said["faults"]
    must = [
        f"{one['id']}{_in(one, said)}: {one['breaks']}"
        + (" (inconclusive)" if one["verdict"] == "inconclusive" else "")
        for one in faults["must"]
    ]
    _print(
        said["id"],
        {
            "demanded": said["text"],
            "article": f"“{said['sentence']}”" if said["sentence"] else "says nothing of it",
            "source": said["source"],
            "level": _LEVELS[said["level"]],
            "judges": f"the {said['subject']}"
            + (", both sides" if said["subject"] == "stack" else ""),
            "rooms": ", ".join(said["kinds"]) or "the kind of room does not matter",
            "profiles": ", ".join(said["profiles"]) or "none",
            "how it is judged": said["judged"] or f"not yet: {said['not_yet']}",
            "controls": said["controls"],
            "fails when": said["fails"],
            "inconclusive when": said["inconclusive"],
            "not applicable when": said["not_applicable"],
            "must notice": must or "no seeded fault",
            "may notice": [f"{one['id']}{_in(one, said)}: {one['why']}" for one in faults["may"]],
            "checks": _checks_shown(said["checks"]),
            "run it": said["run"],
        },
    )


def _in(noticed: dict[str, Any], said: dict[str, Any]) -> str:
    """In which kinds of room, where it is not in all of them."""
    kinds = noticed["room_kinds"]
    return "" if len(kinds) == max(1, len(said["kinds"])) else f" ({', '.join(kinds)})"


def _show_fault(said: dict[str, Any]) -> None:
    _print(
        said["id"],
        {
            "breaks": said["breaks"],
            "where": said["where"],
            "rules": [
                f"{rule['id']} ({rule['side']}): {rule['promise']}" for rule in said["rules"]
            ],
            "code": [rule["code"] for rule in said["rules"]],
            "must notice": f"{', '.join(said['must'])}, with the verdict {said['verdict']}",
            "may notice": [f"{', '.join(may['what'])}: {may['why']}" for may in said["may"]],
            "checks": _checks_shown(said["checks"]),
            "reported as": [f"{bug['source']}: {bug['bug']}" for bug in said["reported"]],
            "try it": said["run"],
        },
    )


def _show_rule(said: dict[str, Any]) -> None:
    _print(
        said["id"],
        {
            "promise": said["promise"],
            "broken": said["breaks"],
            "side": f"the reference {said['side']}",
            "requirements": ", ".join(said["requirements"]),
            "in one room": "it can be broken in one room alone" if said["in_one_room"] else "",
            "code": said["code"],
            "faults": ", ".join(said["faults"]) or "none breaks it",
            "break it": said["run"],
        },
    )


def _checks_shown(checks: Iterable[dict[str, Any]]) -> list[str]:
    """Each scenario once, with its place, what it says, and the node id of each of its checks."""
    shown: list[str] = []
    before = ""
    for check in checks:
        place = f"{check['file']}:{check['line']} {check['function']}"
        if place != before:
            shown.append(f"{place}: {check['text']}")
        shown.append(f"    {check['id']}")
        before = place
    return shown


_SHOW = {"requirement": _show_requirement, "fault": _show_fault, "rule": _show_rule}


def _print(title: str, said: dict[str, str | list[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(overflow="fold")
    for name, value in said.items():
        lines = [value] if isinstance(value, str) else value
        for number, line in enumerate(line for line in lines if line):
            table.add_row("" if number else name, Text(line))
    out = console()
    out.print(Text(title, style="bold"))
    out.print(table)
