"""Writes waivers for the failures of a run: what they name is exactly what failed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from conformance.reports.model import Results
from conformance.verdicts import Finding, Verdict
from conformance.waived_claims import PATTERN, hashed, steady


def waivers_of(results: Results, expiry: date, *, hashed: bool = False) -> str:
    """One waiver for each requirement and kind of room with a failure, as TOML.

    A failure that a waiver covers already is left out. `hashed`: the weakness is not public, so the
    claims are written as hashes and there is no reason.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in results.findings:
        if finding.verdict is Verdict.FAIL:
            groups.setdefault((finding.requirement, finding.room_kind), []).append(finding)
    return "\n".join(
        _waiver(requirement, room_kind, found, expiry, without_details=hashed)
        for (requirement, room_kind), found in groups.items()
    )


def _waiver(
    requirement: str,
    room_kind: str,
    found: list[Finding],
    expiry: date,
    *,
    without_details: bool,
) -> str:
    checks = dict.fromkeys(finding.check.rpartition("::")[2] for finding in found)
    said = dict.fromkeys(
        steady(claim) for finding in found for claim in finding.claims or [finding.reason]
    )
    claims = [hashed(claim) if without_details else _text(claim) for claim in said]
    lines = ["[[waiver]]", f"id = {_quoted(requirement)}", f"room_kind = {_quoted(room_kind)}"]
    if without_details:
        lines += ['status = "undisclosed"']
    lines += [_list("checks", checks), _list("claims", claims)]
    if not without_details:
        lines += ['reason = ""  # why it fails, and why that is accepted', 'source = ""']
    return "\n".join([*lines, f"expiry = {expiry.isoformat()}", ""])


def _text(claim: str) -> str:
    """The claim as a text; one that would be read as a pattern is written as a hash."""
    return hashed(claim) if PATTERN.match(claim) or claim.startswith("sha256:") else claim


def _list(name: str, values: Iterable[str]) -> str:
    return "\n".join([f"{name} = [", *(f"  {_quoted(value)}," for value in values), "]"])


def _quoted(text: str) -> str:
    """A string of TOML, which has the escapes of JSON."""
    return json.dumps(text, ensure_ascii=False)
