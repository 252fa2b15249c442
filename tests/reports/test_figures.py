"""Figures show the median, the 95th percentile, and whether an aim was met."""

from __future__ import annotations

import pytest

from conformance.reports.figures import GIB, Figures, Sample, median, p95, rows


@pytest.mark.parametrize(
    ("values", "middle", "high"),
    [
        ([], None, None),
        ([2.0], 2.0, 2.0),
        ([1.0, 3.0], 2.0, 2.9),
        ([float(n) for n in range(1, 101)], 50.5, 95.05),
        ([3.0, 1.0, 2.0], 2.0, 2.9),
    ],
)
def test_median_and_95th_percentile(
    values: list[float], middle: float | None, high: float | None
) -> None:
    assert (median(values), p95(values)) == (middle, high)


def test_unmeasured_values_are_not_shown() -> None:
    assert rows(Figures()) == []


@pytest.mark.parametrize(("join", "met"), [([2.5, 2.5], True), ([2.0, 3.0], False)])
def test_a_row_says_whether_its_aim_was_met(join: list[float], met: bool) -> None:
    [row] = rows(Figures(join=Sample.of(join)))
    assert (row.aim, row.met) == ("at most 2.5 s", met)


def test_wall_time_is_compared_with_its_floor() -> None:
    table = {r.name: r for r in rows(Figures(wall_seconds=60, floor_seconds=40))}
    assert (table["Wall time over floor"].value, table["Wall time over floor"].met) == (
        "1.50",
        False,
    )
    assert rows(Figures(peak_memory_bytes=2 * GIB))[0].value == "2.00 GiB"
