"""A small world of series, each a straight line, as promtool loads them from `start+slope x count`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

LOOKBACK = 300
"""Seconds that a sample counts for, Prometheus's default."""


class Unsolvable(Exception):
    """No witness on this way: says what stands in the way, for the comment in the test file."""


class Exhausted(Unsolvable):
    """The expression takes too long to compute, whatever its series."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series: `start` at time 0 and `slope` more each second. `labels` are sorted.

    From the time `turn` on, where there is one, it goes on as the line `then`."""

    name: str
    labels: tuple[tuple[str, str], ...]
    start: float
    slope: float
    turn: int | None = None
    then: Line | None = None

    def at(self, time: float) -> float:
        if self.turn is not None and self.then is not None and time >= self.turn:
            return self.then.at(time)
        return self.start + self.slope * time


class LinePoints(Sequence[tuple[float, float]]):
    """The points (time, value) of a line at some times. Most functions look at the ends alone, so that
    a point is worked out when it is asked for."""

    __slots__ = ("line", "times")

    def __init__(self, line: Line, times: range) -> None:
        self.line = line
        self.times = times

    def __len__(self) -> int:
        return len(self.times)

    @overload
    def __getitem__(self, index: int) -> tuple[float, float]: ...
    @overload
    def __getitem__(self, index: slice) -> LinePoints: ...
    def __getitem__(self, index: int | slice) -> tuple[float, float] | LinePoints:
        if isinstance(index, slice):
            return LinePoints(self.line, self.times[index])
        time = self.times[index]
        return float(time), self.line.at(time)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return ((float(time), self.line.at(time)) for time in self.times)


@dataclass(slots=True)
class World:
    """The lines by name and labels. Samples are `step` seconds apart, from 0 on."""

    step: int
    lines: dict[tuple[str, tuple[tuple[str, str], ...]], Line] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """A line more, or another in the place of that series' line."""
        self.lines[line.name, line.labels] = line

    def other(self, line: Line) -> Line | None:
        """The line that the series is already, where that is another one."""
        found = self.lines.get((line.name, line.labels), line)
        return None if found == line else found

    def named(self, name: str | None) -> Iterator[Line]:
        """The lines of a metric, or of all."""
        return (line for line in self.lines.values() if name is None or line.name == name)
