"""The way through an export's samples: windows of time as large as the server likes, in the order of the file.

A window covers whole chunks of one series name. Where a single chunk is too large for one answer it is taken in
parts, by the values of its labels in alphabetical order and then by time; since a chunk's series are written in the
order of these very values, the parts follow each other in the file and nothing has to be put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gaugewright.export.answers import Run
from gaugewright.export.errors import ExportError, TooLarge
from gaugewright.export.request import MOST_POINTS, Request
from gaugewright.export.source import Region, Source

TARGET = 200_000
"""Samples in one answer. Smaller answers cost round trips, larger ones memory."""
_SHORTEST = 1000
"""Milliseconds below which a single series is not divided any more."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the file's order: a series name, a chunk of time, and rows of that chunk before it."""

    section: int = 0
    chunk: int = 0
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """The samples of `chunks` chunks from `chunk` on; a part of one chunk has the same numbers as its next."""

    section: int
    chunk: int
    chunks: int
    runs: list[Run]


def windows(request: Request, source: Source, start: Position) -> Iterator[Window]:
    """From the chunk of `start` on, to the end. Raises ExportError."""
    for section in range(start.section, len(request.series)):
        pace = _Pace(request)
        chunk = start.chunk if section == start.section else 0
        while chunk < request.chunks:
            count = min(pace.chunks, request.chunks - chunk)
            region = Region(request.series[section], request.chunk_start(chunk), request.chunk_start(chunk + count))
            try:
                runs = source.samples(region)
            except TooLarge as reason:
                if count > 1:
                    pace.failed(count)
                    continue
                for part in _parts(source, region, reason, request.step_ms or 1):
                    yield Window(section, chunk, 1, part)
            else:
                pace.answered(count, sum(len(run.seconds) for run in runs))
                yield Window(section, chunk, count, runs)
            chunk += count


class _Pace:
    """How many chunks to ask for. Grows with sparse answers, and slowly again after the server's complaints."""

    def __init__(self, request: Request) -> None:
        self.chunks = 1
        step = request.step_ms
        self._most = request.chunks if step is None else max(1, MOST_POINTS * step // request.chunk_ms)
        self._ceiling = self._most

    def answered(self, chunks: int, samples: int) -> None:
        fitting = TARGET * chunks // samples if samples else self._most
        self.chunks = max(1, min(fitting, 4 * chunks, self._ceiling))
        self._ceiling = min(self._most, self._ceiling + max(1, self._ceiling // 8))

    def failed(self, chunks: int) -> None:
        self.chunks = self._ceiling = max(1, chunks // 2)


def _parts(source: Source, region: Region, reason: TooLarge, step: int) -> Iterator[list[Run]]:
    """The region's runs, part by part in their order."""
    halves = _by_label(source, region, reason)
    if halves:
        for half in halves:
            try:
                runs = source.samples(half)
            except TooLarge as still:
                yield from _parts(source, half, still, step)
            else:
                yield runs
        return
    labels = None
    for runs in _by_time(source, region, reason, step):
        for run in runs:
            if len(runs) > 1 or (labels is not None and labels != run.labels):
                raise ExportError(f"{region.series} has series that the server's lists of labels lack")
            labels = run.labels
        yield runs


def _by_label(source: Source, region: Region, reason: TooLarge) -> list[Region]:
    """Two halves by the first label, in alphabetical order, that has several values; none for a single series."""
    taken = dict(region.matchers)
    try:
        for label in sorted({*source.label_names(region), *taken}):
            values = taken.get(label) or tuple(source.label_values(region, label))
            if len(values) > 1:
                others = tuple(matcher for matcher in region.matchers if matcher[0] != label)
                half = len(values) // 2
                return [replace(region, matchers=(*others, (label, some))) for some in (values[:half], values[half:])]
    except TooLarge:
        raise ExportError(f"{region.series} cannot be had in parts: {reason}") from None
    return []


def _by_time(source: Source, region: Region, reason: TooLarge, step: int) -> Iterator[list[Run]]:
    """One series, in shorter and shorter spans of whole steps."""
    length = region.end_ms - region.start_ms
    if length <= max(_SHORTEST, step):
        raise ExportError(f"{region.series}: the server refuses even the smallest query: {reason}")
    middle = region.start_ms + max(step, length // 2 // step * step)
    for half in (replace(region, end_ms=middle), replace(region, start_ms=middle)):
        try:
            runs = source.samples(half)
        except TooLarge as still:
            yield from _by_time(source, half, still, step)
        else:
            yield runs
