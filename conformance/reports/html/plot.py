"""The plot of pictures seen over time, as coordinates; the page's template draws them."""

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
"""Lines of people who never saw anything would hide each other; this many units apart."""

_MOST_POINTS: Final = 160


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and its label."""

    at: float
    label: str


@dataclass
class Line:
    """One line: SVG path data, the key that it stands for, and its words."""

    key: Key
    path: str
    viewer: str
    sender: str
    total: int

    @property
    def words(self) -> str:
        """What the line says: "alice sees bob"."""
        return f"{self.viewer} sees {self.sender}"


@dataclass
class Legend:
    """All that one key's lines say, in words: the plot for those who do not see it."""

    key: Key
    name: str
    entries: list[str] = field(default_factory=list)


@dataclass
class Plot:
    """One room's plot."""

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
    """The key that a line is about: that of the outsider, if one of the two is."""
    return series.viewer_key if series.viewer_key != "right" else series.sender_key


def plots(series: Iterable[Series]) -> list[Plot]:
    """One plot for each room, in the order in which rooms appear."""
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
    """Counts in words: "alice sees bob: 120", "nemo sees nothing of alice, bob"."""
    blind: dict[str, list[str]] = {}
    entries = []
    for line in lines:
        if line.total:
            entries.append(f"{line.words}: {line.total}")
        else:
            blind.setdefault(line.viewer, []).append(line.sender)
    return entries + [f"{who} sees nothing of {', '.join(whom)}" for who, whom in blind.items()]


def _thinned(points: Sequence[tuple[float, int]]) -> Sequence[tuple[float, int]]:
    """At most some hundred points, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return points
    stride = math.ceil(len(points) / _MOST_POINTS)
    kept = list(points[::stride])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def _nice_step(end: float) -> float:
    """1, 2 or 5 times a power of ten, so that the axis has about five marks."""
    raw = end / 5
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return float(next(m for m in (1, 2, 5, 10) if m * magnitude >= raw) * magnitude)


def _steps(step: float, end: float) -> list[float]:
    return [step * n for n in range(int(end / step + 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:g}"
