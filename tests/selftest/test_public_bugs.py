"""Public bug reports and the faults of their kind."""

from __future__ import annotations

from conformance.selftest import faults
from conformance.selftest.public_bugs import FILE, table


def test_the_page_is_what_the_faults_say() -> None:
    again = "write it anew: python -m conformance.selftest.public_bugs"
    assert FILE.read_text("utf-8") == table(faults().values()), again


def test_one_source_has_one_address() -> None:
    addresses: dict[str, set[str]] = {}
    for fault in faults().values():
        for bug in fault.reported:
            addresses.setdefault(bug.source, set()).add(bug.url)
    assert {source: urls for source, urls in addresses.items() if len(urls) > 1} == {}


def test_many_faults_come_from_reports() -> None:
    assert len([one for one in faults().values() if one.reported]) >= 60
