"""The way through an export's samples: windows of time as large as the server likes, in the order of the file.

A window covers whole chunks of one series name. Where a single chunk is too large for one answer it is taken in
parts, by the values of its labels in alphabetical order and then by time; since a chunk's series are written in the
order of these very values, the parts follow each other in the file and nothing has to be put together. Parts are
spans of values, so that a series which the server's lists of labels lack is in one of them, and in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gaugewright.export.answers import Run
from gaugewright.export.errors import ExportError, TooLarge
from gaugewright.export.request import MOST_POINTS, Request
from gaugewright.export.selectors import LONGEST_CUT, Span
from gaugewright.export.source import Region, Source

TARGET = 60_000
"""Samples in one answer. Smaller answers cost round trips, larger ones memory and the processor's cache."""
_FIRST = 1
"""Chunks in the first question about a series name: nobody knows yet how many series there are."""
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
        count = min(pace.chunks, request.chunks - chunk)
        while count:
            region = _region(request, section, chunk, count)
            # The next question goes out before this answer is looked at, so its size follows from those before.
            planned = min(pace.chunks, request.chunks - chunk - count) if pace.is_known else 0
            then = _region(request, section, chunk + count, planned) if planned else None
            if chunk + count == request.chunks and section + 1 < len(request.series):
                then = _region(request, section + 1, 0, min(_FIRST, request.chunks))
            try:
                runs = source.samples(region, then=then)
            except TooLarge as reason:
                planned = 0
                if count > 1:
                    pace.failed(count)
                    count = min(pace.chunks, request.chunks - chunk)
                    continue
                for part in _in_order(_parts(source, region, reason, request.step_ms or 1)):
                    yield Window(section, chunk, 1, part)
            else:
                pace.answered(count, sum(len(run.times) for run in runs))
                yield Window(section, chunk, count, runs)
            chunk += count
            count = planned or min(pace.chunks, request.chunks - chunk)


def _region(request: Request, section: int, chunk: int, count: int) -> Region:
    return Region(request.series[section], request.chunk_start(chunk), request.chunk_start(chunk + count))


class _Pace:
    """How many chunks to ask for. Grows with sparse answers, and slowly again after the server's complaints.

    It `is_known` once there was an answer that was no complaint.
    """

    def __init__(self, request: Request) -> None:
        self.chunks = _FIRST
        self.is_known = False
        step = request.step_ms
        self._most = request.chunks if step is None else max(1, MOST_POINTS * step // request.chunk_ms)
        self._ceiling = self._most

    def answered(self, chunks: int, samples: int) -> None:
        fitting = TARGET * chunks // samples if samples else self._most
        self.chunks = max(1, min(fitting, 4 * chunks, self._ceiling))
        self.is_known = True
        self._ceiling = min(self._most, self._ceiling + max(1, self._ceiling // 8))

    def failed(self, chunks: int) -> None:
        self.chunks = self._ceiling = max(1, chunks // 2)
        self.is_known = False


def _in_order(parts: Iterable[list[Run]]) -> Iterator[list[Run]]:
    """The parts, as long as their series follow each other. Raises ExportError for one whose place is behind us."""
    last: Run | None = None
    for part in parts:
        if part and last is not None and not _follows(last, part[0]):
            raise _unlisted(part[0].name)
        last = part[-1] if part else last
        yield part


def _follows(one: Run, other: Run) -> bool:
    """In the file. A series follows itself."""
    names = sorted(one.labels.keys() | other.labels.keys())
    return [one.labels.get(name, "") for name in names] <= [other.labels.get(name, "") for name in names]


def _unlisted(series: str) -> ExportError:
    return ExportError(f"{series} has series that the server's lists of labels lack")


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
                raise _unlisted(region.series)
            labels = run.labels
        yield runs


def _by_label(source: Source, region: Region, reason: TooLarge) -> list[Region]:
    """Two halves by the first label, in alphabetical order, that has several values; none for a single series."""
    spans = {span.label: span for span in region.spans}
    try:
        for label in sorted({*source.label_names(region), *spans}):
            span = spans.get(label) or Span(label, tuple(source.label_values(region, label)))
            if len(span.values) > 1:
                halves = span.halves()
                if halves is None:
                    alike = f"the values of `{label}` are alike in their first {LONGEST_CUT} characters"
                    raise ExportError(f"{region.series} cannot be had in parts, since {alike}: {reason}")
                others = tuple(other for other in region.spans if other.label != label)
                return [replace(region, spans=(*others, half)) for half in halves]
    except TooLarge:
        raise ExportError(f"{region.series} cannot be had in parts: {reason}") from None
    return []


def _by_time(source: Source, region: Region, reason: TooLarge, step: int) -> Iterator[list[Run]]:
    """One series, in shorter and shorter spans of whole steps."""
    if not _is_divisible(region, step):
        raise ExportError(f"{region.series}: the server refuses even the smallest query: {reason}")
    length = region.end_ms - region.start_ms
    middle = region.start_ms + max(step, length // 2 // step * step)
    for half in (replace(region, end_ms=middle), replace(region, start_ms=middle)):
        try:
            runs = source.samples(half, smallest=not _is_divisible(half, step))
        except TooLarge as still:
            yield from _by_time(source, half, still, step)
        else:
            yield runs


def _is_divisible(region: Region, step: int) -> bool:
    return region.end_ms - region.start_ms > max(_SHORTEST, step)
