"""Figures of a run: times and resources, each with its aim."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

GIB: Final = 1024**3

AIM_STACK_START: Final = 2.0
"""Seconds until the stack is ready, with warm caches, on two cores."""

AIM_JOIN_P95: Final = 2.5
"""Seconds from opening the page to having joined the room, 95th percentile."""

AIM_FIRST_MARK: Final = 4.0
"""Seconds from opening the page to the first picture of somebody else, 95th percentile."""

AIM_RATIO: Final = 1.3
"""Wall time of the run divided by its floor; see `Figures`."""

AIM_MEMORY: Final = 3.0
"""Peak memory of all processes of the run, in GiB."""


class Sample(BaseModel):
    """Measurements of one quantity in seconds, with their median and 95th percentile."""

    model_config = ConfigDict(extra="forbid")

    values: list[float] = Field(default_factory=list)
    median: float | None = None
    p95: float | None = None

    @classmethod
    def of(cls, values: Sequence[float]) -> Sample:
        """The sample of these values, rounded to milliseconds."""
        return cls(
            values=[round(value, 3) for value in values], median=median(values), p95=p95(values)
        )


class Figures(BaseModel):
    """The figures of a run, in seconds except `peak_memory_bytes`; None if not measured.

    `floor_seconds` is the least time that the run could take: the start of the stack, filling the
    shared rooms, and the windows of its negative claims.
    """

    model_config = ConfigDict(extra="forbid")

    stack_start: Sample = Field(default_factory=Sample)
    join: Sample = Field(default_factory=Sample)
    first_mark: Sample = Field(default_factory=Sample)
    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    floor_seconds: float | None = None
    peak_memory_bytes: int | None = None
    services: dict[str, float] = Field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Wall time divided by the floor."""
        if not self.wall_seconds or not self.floor_seconds:
            return None
        return self.wall_seconds / self.floor_seconds


class FigureRow(BaseModel):
    """One row of the table of figures, as text; `met` is None if the figure has no aim."""

    name: str
    value: str
    aim: str = ""
    met: bool | None = None


def median(values: Sequence[float]) -> float | None:
    """The median, rounded to milliseconds; None without values."""
    return round(statistics.median(values), 3) if values else None


def p95(values: Sequence[float]) -> float | None:
    """The 95th percentile, interpolated within the values; None without values."""
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 3)
    return round(statistics.quantiles(values, n=20, method="inclusive")[-1], 3)


def rows(figures: Figures) -> list[FigureRow]:
    """The table of the measured figures, each with its aim."""
    table = [
        _sample_row("Stack start", figures.stack_start, AIM_STACK_START),
        _sample_row("Join, per person", figures.join, AIM_JOIN_P95),
        _sample_row("First picture of another", figures.first_mark, AIM_FIRST_MARK),
    ]
    if figures.wall_seconds is not None:
        table.append(FigureRow(name="Wall time of the run", value=f"{figures.wall_seconds:.1f} s"))
    if figures.floor_seconds is not None:
        table.append(FigureRow(name="Floor of the run", value=f"{figures.floor_seconds:.1f} s"))
    if figures.ratio is not None:
        table.append(
            FigureRow(
                name="Wall time over floor",
                value=f"{figures.ratio:.2f}",
                aim=f"at most {AIM_RATIO}",
                met=figures.ratio <= AIM_RATIO,
            )
        )
    if figures.cpu_seconds is not None:
        table.append(FigureRow(name="CPU time", value=f"{figures.cpu_seconds:.1f} s"))
    if figures.peak_memory_bytes is not None:
        gib = figures.peak_memory_bytes / GIB
        table.append(
            FigureRow(
                name="Peak memory",
                value=f"{gib:.2f} GiB",
                aim=f"at most {AIM_MEMORY:g} GiB",
                met=gib <= AIM_MEMORY,
            )
        )
    return [row for row in table if row.value]


def _sample_row(name: str, sample: Sample, aim: float) -> FigureRow:
    if sample.median is None or sample.p95 is None:
        return FigureRow(name=name, value="")
    count = len(sample.values)
    value = (
        f"{sample.median:.2f} s"
        if count == 1
        else f"median {sample.median:.2f} s, p95 {sample.p95:.2f} s, n = {count}"
    )
    return FigureRow(name=name, value=value, aim=f"at most {aim:g} s", met=sample.p95 <= aim)
