"""Exports in the test's own process: what is asked for, what is stored, and the run with everything that it said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from gaugewright.export.errors import ExportError
from gaugewright.export.job import Progress, Settings, Watcher, request_export, resume_export
from gaugewright.export.record import Checkpoint, Record
from gaugewright.export.request import Request
from gaugewright.export.server import Server
from gaugewright.export.store import Store

from tests.export.fake import Series

START = 1_767_225_600_000  # 2026-01-01
HOUR = 3_600_000
VALUES = ("1", "2.5", "-0.125", "1e+21", "NaN", "+Inf", "-Inf", "-0", "5e-324", "1700000000")


def asked(folder: Path, **changed: Any) -> Request:
    """Four hours of two metrics with the labels `instance` and `route`."""
    fields: dict[str, Any] = {
        "name": "day",
        "spec": "shop.yaml",
        "requested_by": "somebody",
        "metric_names": ("shop_level", "shop_requests_total"),
        "series": ("shop_level", "shop_requests_total"),
        "labels": ("instance", "route"),
        "filters": (),
        "start_ms": START,
        "end_ms": START + 4 * HOUR,
        "format": "csv",
        "output_path": str(folder / "day.csv"),
    }
    return Request(**fields | changed)


def stored(hours: int = 4, every_ms: int = 60_000, routes: int = 3) -> list[Series]:
    """Two metrics, two instances, a series without a route, and one with a label that has no column."""
    ways = [{"route": f"r{number}"} for number in range(routes)] + [{}, {"zone": "a,b"}]
    found = []
    for number, name in enumerate(("shop_level", "shop_requests_total")):
        for instance in ("a:1", "b:1"):
            for way in ways:
                shift = len(found) * 37
                times = range(START + shift, START + hours * HOUR, every_ms)
                samples = tuple(
                    (time, VALUES[(index + shift) % len(VALUES)] if number == 0 else str(index))
                    for index, time in enumerate(times)
                )
                found.append(Series({"__name__": name, "instance": instance, **way}, samples))
    return found


@dataclass(slots=True)
class Exporting:
    """A folder with its record of exports. `said` is what a user was told."""

    folder: Path
    server: Server
    retry_for: float = 120.0
    said: list[str] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)

    def run(self, request: Request | None = None, block_rows: int = 100) -> Record:
        with_store = Store(self.state)
        try:
            wanted = request or asked(self.folder)
            return request_export(with_store, wanted, self.server, self._watcher(), self._settings(block_rows))
        finally:
            with_store.close()

    def resume(self, server: Server | None = None, block_rows: int = 100, overwrite: bool = False) -> Record:
        """The only export there is."""
        with_store = Store(self.state)
        try:
            [record] = with_store.all()
            settings = self._settings(block_rows)
            who, watcher = "another", self._watcher()
            return resume_export(with_store, record.export_id, who, server, watcher, settings, overwrite)
        finally:
            with_store.close()

    def failure(self, request: Request | None = None) -> str:
        try:
            self.run(request)
        except ExportError as error:
            return str(error)
        raise AssertionError("the export did not fail")

    @property
    def state(self) -> str:
        return str(self.folder / "exports.db")

    @property
    def file(self) -> bytes:
        return (self.folder / "day.csv").read_bytes()

    @property
    def record(self) -> Record:
        store = Store(self.state)
        try:
            return store.all()[0]
        finally:
            store.close()

    def everything_recorded(self) -> str:
        """All that the record's database holds, as SQL."""
        connection = sqlite3.connect(self.state)
        try:
            return "\n".join(connection.iterdump())
        finally:
            connection.close()

    def _settings(self, block_rows: int) -> Settings:
        return Settings(self.retry_for, checkpoint_every=0, block_rows=block_rows)

    def _watcher(self) -> Watcher:
        def started(record: Record, checkpoint: Checkpoint) -> None:
            self.said.append(f"started {record.export_id}")

        return Watcher(started, self.progress.append, self.said.append)


def folders(folder: Path) -> Iterator[Path]:
    """New folders in this one."""
    for number in count():
        inner = folder / str(number)
        inner.mkdir()
        yield inner
