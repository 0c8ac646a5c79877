"""What a person sees while an export runs: a bar on a terminal, a line now and then elsewhere; on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gaugewright.export.job import Progress, Watcher
from gaugewright.export.record import Checkpoint, Record

LINE_EVERY = 30.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def watching(note_id: Callable[[str], None]) -> Iterator[Watcher]:
    """`note_id` is told the export's id as soon as it is recorded."""
    with _bar(note_id) if sys.stderr.isatty() else _lines(note_id) as watcher:
        yield watcher


def _greeting(record: Record, checkpoint: Checkpoint) -> str:
    behind = f", after {checkpoint.rows:,} samples" if checkpoint.rows else ""
    return f"export {record.export_id}: {record.server.url} to {record.request.output_path}{behind}"


@contextmanager
def _lines(note_id: Callable[[str], None]) -> Iterator[Watcher]:
    begun = last = time.monotonic()
    rows_before = 0

    def started(record: Record, checkpoint: Checkpoint) -> None:
        nonlocal rows_before
        rows_before = checkpoint.rows
        note_id(record.export_id)
        _say(_greeting(record, checkpoint))

    def moved(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY:
            last = now
            rate = (progress.rows - rows_before) / (now - begun)
            _say(f"{progress.done:.1%}, {progress.rows:,} samples, {rate:,.0f} a second")

    yield Watcher(started, moved, _say)


@contextmanager
def _bar(note_id: Callable[[str], None]) -> Iterator[Watcher]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, highlight=False)
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("export", total=1.0, told="")
        begun = time.monotonic()
        rows_before = 0

        def started(record: Record, checkpoint: Checkpoint) -> None:
            nonlocal rows_before
            rows_before = checkpoint.rows
            note_id(record.export_id)
            console.print(_greeting(record, checkpoint), markup=False, soft_wrap=True)

        def moved(progress: Progress) -> None:
            rate = (progress.rows - rows_before) / max(time.monotonic() - begun, 0.001)
            told = f"{progress.rows:,} samples, {rate:,.0f}/s, {progress.size / 1e6:,.0f} MB"
            bar.update(task, completed=progress.done, told=told)

        def said(text: str) -> None:
            console.print(text, markup=False, soft_wrap=True)

        yield Watcher(started, moved, said)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
