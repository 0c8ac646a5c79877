"""Killed as by `kill -9` before any of its steps, an export goes on to the same bytes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from itertools import count, islice
from pathlib import Path

import pytest
from gaugewright.export.server import Server
from gaugewright.export.store import Store

from tests.export.exporting import HOUR, START, Exporting, asked, folders, stored
from tests.export.fake import fake
from tests.output.builds import at_each_step, in_child

SERIES = stored(hours=1, routes=1)
FILE_STEPS = {"open", "pwrite", "fsync", "ftruncate", "fchmod", "lstat", "unlink", "flock"}
STEPS = frozenset(FILE_STEPS | {"execute", "executemany"})
"""The calls into the system and into SQLite; the rename is between an `lstat` and an `open`."""


def export(folder: Path, url: str, format: str) -> None:
    exporting = Exporting(folder, Server(url))
    exporting.run(asked(folder, format=format, end_ms=START + HOUR), block_rows=300)


def killed_at(step: int, work: Callable[[], None]) -> bool:
    """False where it ended before that step."""

    def stop(count: int) -> None:
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def stopped() -> None:
        with at_each_step(stop, STEPS):
            work()

    code = in_child(stopped)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def resume(folder: Path, url: str, format: str) -> None:
    """As a person would who finds a record, or none."""
    exporting = Exporting(folder, Server(url))
    with closing(Store(exporting.state)) as store:
        records = store.all()
    if not records:
        assert not (folder / "day.csv").exists()
        export(folder, url, format)
    elif records[0].status != "completed":
        exporting.resume(block_rows=300)
    assert exporting.record.file_size_bytes == len(exporting.file)


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_a_killed_export_goes_on_to_the_same_bytes(format: str, tmp_path: Path) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    inner = folders(tmp_path)
    whole = next(inner)
    states = set()
    with fake(SERIES) as there:
        export(whole, there.url, format)
        for step, folder in zip(count(1), inner, strict=False):
            if not killed_at(step, lambda folder=folder: export(folder, there.url, format)):
                break
            with closing(Store(str(folder / "exports.db"))) as store:
                states.add((store.all()[0].status if store.all() else "none", (folder / "day.csv").exists()))
            resume(folder, there.url, format)
            assert (folder / "day.csv").read_bytes() == (whole / "day.csv").read_bytes(), step
    assert {("none", False), ("in_progress", False), ("in_progress", True), ("completed", True)} <= states


def test_a_resumption_that_is_killed_is_resumed(tmp_path: Path) -> None:
    """Again and again, a step further each time."""
    whole, folder = islice(folders(tmp_path), 2)
    with fake(SERIES) as there:
        export(whole, there.url, "csv")
        assert killed_at(70, lambda: export(folder, there.url, "csv"))
        kills = 0
        while killed_at(15 + 9 * kills, lambda: resume(folder, there.url, "csv")):
            kills += 1
    assert kills > 3
    assert (folder / "day.csv").read_bytes() == (whole / "day.csv").read_bytes()
