"""Runs an export: from its record to its file, and on from wherever it was stopped.

The order of the last steps makes each of them safe to be the last one: the half-made file is on the disk; the record
says that it is finished, with its hash; the rename; the record says completed.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from gaugewright.export.blocks import ROWS, Block, blocks
from gaugewright.export.client import Client
from gaugewright.export.errors import ExportError, Interrupted
from gaugewright.export.formats import Encoded, Note, encoder
from gaugewright.export.prefetch import ahead
from gaugewright.export.record import Checkpoint, Record
from gaugewright.export.request import Request, require_name
from gaugewright.export.server import Server
from gaugewright.export.source import Source
from gaugewright.export.store import Store
from gaugewright.export.target import Part, is_file_with, locked, sweep, target_path
from gaugewright.export.windows import Window, windows


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` is the part of the whole span, over all series names, that is behind us: 0 to 1."""

    done: float
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told what happens."""

    started: Callable[[Record, Checkpoint], None] = lambda record, checkpoint: None
    moved: Callable[[Progress], None] = lambda progress: None
    said: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class Settings:
    """`retry_for`: seconds of failures on end that are borne. `checkpoint_every`: seconds between two records of how
    far the file is."""

    retry_for: float = 120.0
    checkpoint_every: float = 1.0
    block_rows: int = ROWS


def request_export(
    store: Store,
    request: Request,
    server: Server,
    watcher: Watcher | None = None,
    settings: Settings | None = None,
    export_id: str | None = None,
    requested_at: str | None = None,
) -> Record:
    """Records a new export and runs it. Raises ExportError: before anything was recorded where it is refused."""
    require_name(request.requested_by)
    encoder(request)
    client = Client(server)
    path = target_path(request.output_path, request.overwrite)
    request = replace(request, output_path=path)
    export_id = (export_id or str(uuid.uuid4())).lower()
    record = Record(export_id, requested_at or store.now(), request, server, "pending")
    with locked(path):
        sweep(path)
        part = Part(path, export_id)
        try:
            store.add(record)
        except BaseException:
            part.remove()
            raise
        finally:
            part.close()
        return _run(store, record, request.requested_by, client, watcher, settings)


def resume_export(
    store: Store,
    export_id: str,
    who: str,
    server: Server | None = None,
    watcher: Watcher | None = None,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> Record:
    """Goes on with an export that was stopped, has failed, or is pending; with its server, or with another that has
    the same samples. `overwrite` lets a file go that is in its place. Raises ExportError."""
    require_name(who)
    record = store.get(export_id)
    client = Client(server or record.server)
    with locked(record.request.output_path):
        record = store.get(record.export_id)  # it may have been completed while we waited for nothing
        if record.status == "completed":
            raise ExportError(f"the export {record.export_id} is complete; its file is {record.request.output_path}")
        request = replace(record.request, overwrite=overwrite or record.request.overwrite)
        record = replace(record, request=request, server=server or record.server)
        return _run(store, record, who, client, watcher, settings)


def _run(
    store: Store, record: Record, who: str, client: Client, watcher: Watcher | None, settings: Settings | None
) -> Record:
    part = Part(record.request.output_path, record.export_id)
    try:
        _Running(store, record, who, client, part, watcher or Watcher(), settings or Settings()).run()
    finally:
        part.close()
        client.close()
    return store.get(record.export_id)


class _Running:
    """`reached` is how far the half-made file is, in memory always, in the record now and then."""

    def __init__(
        self,
        store: Store,
        record: Record,
        who: str,
        client: Client,
        part: Part,
        watcher: Watcher,
        settings: Settings,
    ) -> None:
        self.store, self.record, self.who, self.client, self.part = store, record, who, client, part
        self.watcher, self.settings = watcher, settings
        self.request = record.request
        self.encoding = encoder(self.request)
        self.reached = store.checkpoint(record.export_id)
        self.notes: list[Note] = list(self.reached.notes)
        self.in_place = False

    def run(self) -> None:
        note = self._find_place()
        self.store.start(self.record, self.who, note, self.reached)
        try:
            self.watcher.started(self.record, self.reached)
            if not self.reached.finished:
                self._write()
            self._publish()
        except ExportError as error:
            self._fail(str(error))
            raise
        except KeyboardInterrupt:
            self._fail("it was interrupted")
            raise Interrupted("it was interrupted") from None
        except Exception as error:
            fault = f"a fault of gaugewright itself: {type(error).__name__}: {error}"
            message = self.client.shown(fault)
            self._fail(message)
            raise ExportError(message) from error

    def _find_place(self) -> str:
        """Compares the half-made file with the last checkpoint; says in words where the export goes on."""
        known = self.reached
        if known.finished and is_file_with(self.part.target, known.size, known.sha256):
            self.in_place = True
            return "resumed: the file was in its place already"
        goes_on = known.finished or known.layout == self.encoding.layout
        if self.part.go_on(known.size, known.sha256 if goes_on else "") and known.size:
            return f"resumed after {known.rows:,} rows"
        self.reached, self.notes = Checkpoint(), []
        return "started" if self.record.status == "pending" else "resumed from the beginning"

    def _write(self) -> None:
        if not self.reached.size:
            self.part.append(self.encoding.head())
        self._write_blocks()
        self.part.append(self.encoding.tail(self.reached.blocks, self.notes))
        self.part.sync()
        self._note_reached(replace(self.reached, finished=True))
        self._save()

    def _write_blocks(self) -> None:
        stop = threading.Event()
        source = Source(
            self.client, self.request, self.settings.retry_for, stop, self.watcher.said, self.encoding.decode
        )
        start = self.reached
        due = time.monotonic() + self.settings.checkpoint_every
        size = self.settings.block_rows
        with (
            ahead(windows(self.request, source, start.position), stop) as found,
            ahead(self._encoded(found, start, size), stop) as made,
        ):
            for block, encoded in made:
                offset = self.part.size
                self.part.append(encoded.content)
                if encoded.note:
                    self.notes.append(Note(offset, encoded.note))
                rows = self.reached.rows + block.rows
                self._note_reached(Checkpoint(block.after, block.number + 1, rows))
                if time.monotonic() >= due:
                    self._save()
                    due = time.monotonic() + self.settings.checkpoint_every

    def _encoded(self, found: Iterator[Window], start: Checkpoint, size: int) -> Iterator[tuple[Block, Encoded]]:
        for block in blocks(self.request, found, start.position, start.blocks, size, self._tell):
            yield block, self.encoding.block(block)

    def _note_reached(self, checkpoint: Checkpoint) -> None:
        part = self.part
        layout = self.encoding.layout
        self.reached = replace(checkpoint, size=part.size, sha256=part.sha256, layout=layout, notes=())

    def _save(self) -> None:
        """First the file's bytes on the disk, then the record that says so."""
        self.part.sync()
        self.store.save(self.record.export_id, self._with_notes())

    def _with_notes(self) -> Checkpoint:
        """An interruption can come between a block's note and its being counted."""
        return replace(self.reached, notes=tuple(self.notes[: self.reached.blocks]))

    def _tell(self, window: Window) -> None:
        within = (window.chunk + window.chunks) / self.request.chunks
        done = (window.section + within) / len(self.request.series)
        self.watcher.moved(Progress(done, self.reached.rows, self.part.size))

    def _publish(self) -> None:
        if self.in_place:
            self.part.remove()
        else:
            self.part.publish(self.request.overwrite)
        self.store.complete(self.record.export_id, self.who, self.reached)

    def _fail(self, message: str) -> None:
        """On a full disk this can fail too; then the record still says in progress, and `resume` works as well."""
        with suppress(ExportError):
            self.store.fail(self.record.export_id, self.who, message, self._with_notes())
