"""Computes the plot of pictures seen over time; the template of the page draws it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.reports.model import Key, Series

WIDTH: Final = 520
HEIGHT: Final = 250
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 38

KEY_WORDS: Final[dict[Key, str]] = {"right": "right key", "wrong": "wrong key", "none": "no key"}

_ZERO_SHIFT: Final[dict[Key, float]] = {"right": 0.0, "wrong": 0.0, "none": -4.0}
"""The vertical shift, in SVG units, of lines at zero, so that they do not hide each other."""

_MOST_POINTS: Final = 160


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: its coordinate and its label."""

    at: float
    label: str


@dataclass
class Line:
    """One line: SVG path data, the key that it is about, viewer, sender and total."""

    key: Key
    path: str
    viewer: str
    sender: str
    total: int

    @property
    def words(self) -> str:
        """The line as text: "alice sees bob"."""
        return f"{self.viewer} sees {self.sender}"


@dataclass
class Legend:
    """All lines of one key as text, for readers who cannot see the plot."""

    key: Key
    name: str
    entries: list[str] = field(default_factory=list)


@dataclass
class Plot:
    """The plot of one room."""

    room: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    legend: list[Legend]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def key_of(series: Series) -> Key:
    """The key that a line is about: the key that is not right, if one of the two is not."""
    return series.viewer_key if series.viewer_key != "right" else series.sender_key


def plots(series: Iterable[Series]) -> list[Plot]:
    """One plot for each room, in the order of the series."""
    rooms: dict[str, list[Series]] = {}
    for one in series:
        rooms.setdefault(one.room, []).append(one)
    return [_plot(room, group) for room, group in rooms.items()]


def _plot(room: str, group: Sequence[Series]) -> Plot:
    seconds = max((t for s in group for t, _ in s.points), default=1.0) or 1.0
    most = max((n for s in group for _, n in s.points), default=1) or 1
    x_step, y_step = _nice_step(seconds), max(1.0, _nice_step(most))
    x_end, y_end = seconds, math.ceil(most / y_step) * y_step

    def x(value: float) -> float:
        return round(LEFT + value / x_end * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / y_end * (HEIGHT - TOP - BOTTOM), 1)

    lines = []
    for one in sorted(group, key=lambda s: key_of(s) == "right", reverse=True):
        key = key_of(one)
        if one.points:
            points = [(x(t), y(n)) for t, n in _thinned(one.points)]
        else:
            level = y(0) + _ZERO_SHIFT[key]
            points = [(x(0), level), (x(x_end), level)]
        path = "M" + "L".join(f"{px} {py}" for px, py in points)
        lines.append(Line(key, path, one.viewer, one.sender, one.total))
    return Plot(
        room=room,
        lines=lines,
        x_ticks=[Tick(x(v), _number(v)) for v in _steps(x_step, x_end)],
        y_ticks=[Tick(y(v), _number(v)) for v in _steps(y_step, y_end)],
        legend=_legend(lines),
    )


def _legend(lines: Sequence[Line]) -> list[Legend]:
    legends: dict[Key, Legend] = {}
    for key in KEY_WORDS:
        own = [line for line in lines if line.key == key]
        if own:
            legends[key] = Legend(key, KEY_WORDS[key], _entries(own))
    return list(legends.values())


def _entries(lines: Sequence[Line]) -> list[str]:
    """Counts as text: "alice sees bob: 120", "nemo sees nothing of alice, bob"."""
    blind: dict[str, list[str]] = {}
    entries = []
    for line in lines:
        if line.total:
            entries.append(f"{line.words}: {line.total}")
        else:
            blind.setdefault(line.viewer, []).append(line.sender)
    return entries + [f"{who} sees nothing of {', '.join(whom)}" for who, whom in blind.items()]


def _thinned(points: Sequence[tuple[float, int]]) -> Sequence[tuple[float, int]]:
    """The points, reduced to about `_MOST_POINTS`, with the first and the last."""
    if len(points) <= _MOST_POINTS:
        return points
    stride = math.ceil(len(points) / _MOST_POINTS)
    kept = list(points[::stride])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def _nice_step(end: float) -> float:
    """A step of 1, 2 or 5 times a power of ten, for about five marks on the axis."""
    raw = end / 5
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return float(next(m for m in (1, 2, 5, 10) if m * magnitude >= raw) * magnitude)


def _steps(step: float, end: float) -> list[float]:
    return [step * n for n in range(int(end / step + 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:g}"
