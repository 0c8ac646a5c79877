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
    here, skip = (start.section, start.chunk), start.skip  # the next row's chunk, and rows of it before that row
    left = start.skip  # of these, rows that are still to come and were written before
    for window in found:
        for chunk, pieces in _chunks(request, window):
            if (window.section, chunk) != here:
                here, skip, left = (window.section, chunk), 0, 0
            for run, begin, end in pieces:
                passed = min(left, end - begin)
                left -= passed
                begin += passed
                while rows + end - begin >= size:
                    taken = size - rows
                    skip += taken
                    _add(slices, run, begin, begin + taken)
                    yield Block(number, slices, size, Position(*here, skip))
                    slices, rows, number = [], 0, number + 1
                    begin += taken
                if begin < end:
                    _add(slices, run, begin, end)
                    rows += end - begin
                    skip += end - begin
        reached(window)
    if rows:
        yield Block(number, slices, rows, Position(*here, skip))


def _add(slices: list[Slice], run: Run, begin: int, end: int) -> None:
    """Of two slices of a run after each other, the second one goes on where the first one ends."""
    if slices and slices[-1].run is run:
        begin = slices.pop().begin
    slices.append(Slice(run, begin, end))


def _chunks(request: Request, window: Window) -> Iterator[tuple[int, list[tuple[Run, int, int]]]]:
    """Each chunk, and each run's samples in it, from one (inclusive) to another."""
    begins = [0] * len(window.runs)
    for chunk in range(window.chunk, window.chunk + window.chunks):
        next_ms = request.chunk_start(chunk + 1)
        ends = [bisect_left(run.times, next_ms, begin) for run, begin in zip(window.runs, begins, strict=True)]
        yield chunk, list(zip(window.runs, begins, ends, strict=True))
        begins = ends
