"""The rows of an export, in the order of its file, cut into blocks of a fixed size.

A block is what is encoded, written and remembered at once. Its size is a number of rows, so where blocks begin
depends on the samples alone, and a resumed export cuts as an undisturbed one does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gaugewright.export.answers import Run
from gaugewright.export.request import Request
from gaugewright.export.windows import Position, Window

ROWS = 122_880
"""Rows of a block, and of a row group in Parquet. As many as DuckDB writes."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The samples `begin` to `end` (exclusive) of a run."""

    run: Run
    begin: int
    end: int

    def lines(self) -> bytes:
        return self.run.lines(self.begin, self.end)


@dataclass(frozen=True, slots=True)
class Block:
    """`number` counts from 0; `after` is the position of the first row behind it."""

    number: int
    slices: list[Slice]
    rows: int
    after: Position


def blocks(
    request: Request,
    found: Iterable[Window],
    start: Position,
    number: int = 0,
    size: int = ROWS,
    reached: Callable[[Window], None] = lambda window: None,
) -> Iterator[Block]:
    """Blocks of `size` rows, the last one shorter, of the rows from `start` on; `number` is that of the first.

    `reached` is told about each window when all of its rows were taken.
    """
    slices: list[Slice] = []
    rows = 0
    at = start  # the position of the next row; `skip` rows of its chunk were written before
    left = start.skip
    for window in found:
        for chunk in range(window.chunk, window.chunk + window.chunks):
            if (window.section, chunk) != (at.section, at.chunk):
                at, left = Position(window.section, chunk), 0
            for piece in _slices(request, window, chunk):
                passed = min(left, piece.end - piece.begin)
                left -= passed
                begin = piece.begin + passed
                while begin < piece.end:
                    taken = min(size - rows, piece.end - begin)
                    slices.append(Slice(piece.run, begin, begin + taken))
                    rows += taken
                    begin += taken
                    at = Position(at.section, at.chunk, at.skip + taken)
                    if rows == size:
                        yield Block(number, slices, rows, at)
                        slices, rows, number = [], 0, number + 1
        reached(window)
    if rows:
        yield Block(number, slices, rows, at)


def _slices(request: Request, window: Window, chunk: int) -> Iterator[Slice]:
    """Each run's samples in the chunk."""
    if window.chunks == 1:
        for run in window.runs:
            yield Slice(run, 0, len(run.times))
        return
    first, end = request.chunk_start(chunk), request.chunk_start(chunk + 1)
    for run in window.runs:
        begin = bisect_left(run.times, first)
        if begin < len(run.times) and run.times[begin] < end:
            yield Slice(run, begin, bisect_left(run.times, end, begin))
