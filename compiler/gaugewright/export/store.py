"""The record of all exports: an SQLite file, of which each change is one transaction.

Statuses go as the data model says, and from failed back to in progress by `resume`; an export whose process was
killed stays in progress until it is resumed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gaugewright.export.errors import ExportError, Misuse
from gaugewright.export.formats import Note
from gaugewright.export.record import Checkpoint, Record, Status, Transition
from gaugewright.export.request import Request, rfc3339
from gaugewright.export.server import Server
from gaugewright.export.windows import Position

PENDING_LIMIT = timedelta(hours=1)
"""An export that was not started until then has failed."""

_PATIENCE = 30.0
"""Seconds that another process may hold the file."""
_LOOK = 0.01
_VERSION = 2
_SCHEMA = """
CREATE TABLE exports (
    export_id TEXT PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, requested_at TEXT NOT NULL,
    requested_by TEXT NOT NULL, metric_names TEXT NOT NULL, start_time TEXT NOT NULL, end_time TEXT NOT NULL,
    format TEXT NOT NULL, filters TEXT NOT NULL, output_path TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'in_progress', 'completed', 'failed')),
    completed_at TEXT, error_message TEXT, file_size_bytes INTEGER, sha256 TEXT, rows INTEGER,
    request TEXT NOT NULL, server TEXT NOT NULL);
CREATE TABLE transitions (
    export_id TEXT NOT NULL REFERENCES exports, at TEXT NOT NULL, who TEXT NOT NULL, before TEXT, after TEXT NOT NULL,
    note TEXT NOT NULL, rows INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT);
CREATE TABLE checkpoints (
    export_id TEXT PRIMARY KEY REFERENCES exports, section INTEGER NOT NULL, chunk INTEGER NOT NULL,
    skip INTEGER NOT NULL, blocks INTEGER NOT NULL, rows INTEGER NOT NULL, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL, finished INTEGER NOT NULL, layout TEXT NOT NULL);
CREATE TABLE notes (
    export_id TEXT NOT NULL REFERENCES exports, number INTEGER NOT NULL, offset INTEGER NOT NULL, note BLOB NOT NULL,
    PRIMARY KEY (export_id, number));
"""
_MIGRATIONS = {1: "ALTER TABLE checkpoints ADD COLUMN layout TEXT NOT NULL DEFAULT ''"}
"""From each older version to the next."""
_FIELDS = "export_id, requested_at, request, server, status, completed_at, error_message, file_size_bytes, sha256, rows"


def default_path() -> str:
    """`$XDG_STATE_HOME/gaugewright/exports.sqlite3`, by default under `~/.local/state`."""
    base = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "gaugewright", "exports.sqlite3")


class Store:
    """One connection. Every method raises ExportError where the file cannot be read or written."""

    def __init__(self, path: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = path
        self._clock = clock
        with self._in_words():
            os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            self._write_ahead()
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
            elif version > _VERSION:
                raise ExportError(f"{path} was written by a newer version of gaugewright")
            for older in range(version or _VERSION, _VERSION):
                self._db.execute(_MIGRATIONS[older])
            if version != _VERSION:
                self._db.execute(f"PRAGMA user_version = {_VERSION}")
        self._expire()

    def close(self) -> None:
        self._db.close()

    def _write_ahead(self) -> None:
        """Where several processes make the journal of a new file, SQLite refuses at once instead of waiting."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(_LOOK)

    # What is read

    def get(self, export_id: str) -> Record:
        """By its id or the beginning of it. Raises ExportError where there is none, or several."""
        if not export_id or not export_id.replace("-", "").isalnum():
            raise Misuse(f"{export_id!r} is no export's id")
        with self._in_words():
            rows = self._db.execute(
                f"SELECT {_FIELDS} FROM exports WHERE export_id LIKE ? || '%' LIMIT 2", (export_id.lower(),)
            ).fetchall()
        if len(rows) == 1:
            return _record(rows[0])
        raise Misuse(f"{'several exports begin with' if rows else 'there is no export'} {export_id}")

    def all(self) -> list[Record]:
        """The newest first."""
        with self._in_words():
            return [_record(row) for row in self._db.execute(f"SELECT {_FIELDS} FROM exports ORDER BY rowid DESC")]

    def transitions(self, export_id: str) -> list[Transition]:
        with self._in_words():
            found = self._db.execute(
                "SELECT at, who, before, after, note, rows, size, sha256 FROM transitions WHERE export_id = ? "
                "ORDER BY rowid", (export_id,)
            )  # fmt: skip
            return [Transition(*row) for row in found]

    def checkpoint(self, export_id: str) -> Checkpoint:
        """The last one; one of an empty file where there is none."""
        with self._in_words():
            row = self._db.execute(
                "SELECT section, chunk, skip, blocks, rows, size, sha256, finished, layout FROM checkpoints "
                "WHERE export_id = ?", (export_id,)
            ).fetchone()  # fmt: skip
            notes = self._db.execute("SELECT offset, note FROM notes WHERE export_id = ? ORDER BY number", (export_id,))
            kept = tuple(Note(*note) for note in notes)
        if row is None:
            return Checkpoint()
        return Checkpoint(Position(*row[:3]), row[3], row[4], row[5], row[6], bool(row[7]), row[8], kept)

    # What is written

    def add(self, record: Record) -> None:
        """A new export, pending."""
        request = record.request
        fields = {
            "export_id": record.export_id,
            "name": request.name,
            "spec": request.spec,
            "requested_at": record.requested_at,
            "requested_by": request.requested_by,
            "metric_names": _json(request.metric_names),
            "start_time": rfc3339(request.start_ms),
            "end_time": rfc3339(request.end_ms),
            "format": request.format,
            "filters": _json(dict(request.filters)),
            "output_path": request.output_path,
            "status": "pending",
            "request": _json(request),
            "server": _json(record.server),
        }
        with self._transaction():
            if self._db.execute("SELECT 1 FROM exports WHERE export_id = ?", (record.export_id,)).fetchone():
                raise Misuse(f"the export {record.export_id} exists already; resume it, or choose another export_id")
            self._db.execute(
                f"INSERT INTO exports ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})",
                tuple(fields.values()),
            )
            self._move(record.export_id, None, "pending", request.requested_by, "requested", Checkpoint())

    def start(self, record: Record, who: str, note: str, checkpoint: Checkpoint) -> None:
        with self._transaction():
            self._db.execute("UPDATE exports SET error_message = NULL WHERE export_id = ?", (record.export_id,))
            self._move(record.export_id, record.status, "in_progress", who, note, checkpoint)
            self._put(record.export_id, checkpoint)

    def save(self, export_id: str, checkpoint: Checkpoint) -> None:
        with self._transaction():
            self._put(export_id, checkpoint)

    def fail(self, export_id: str, who: str, message: str, checkpoint: Checkpoint) -> None:
        with self._transaction():
            self._db.execute("UPDATE exports SET error_message = ? WHERE export_id = ?", (message, export_id))
            self._move(export_id, "in_progress", "failed", who, message, checkpoint)
            self._put(export_id, checkpoint)

    def complete(self, export_id: str, who: str, done: Checkpoint) -> None:
        """The file is in its place."""
        with self._transaction():
            self._db.execute(
                "UPDATE exports SET completed_at = ?, file_size_bytes = ?, sha256 = ?, rows = ?, error_message = NULL "
                "WHERE export_id = ?", (self.now(), done.size, done.sha256, done.rows, export_id)
            )  # fmt: skip
            self._move(export_id, "in_progress", "completed", who, "the file is complete", done)
            for table in ("checkpoints", "notes"):
                self._db.execute(f"DELETE FROM {table} WHERE export_id = ?", (export_id,))

    def now(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _put(self, export_id: str, checkpoint: Checkpoint) -> None:
        position = checkpoint.position
        self._db.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (export_id, position.section, position.chunk, position.skip, checkpoint.blocks, checkpoint.rows,
             checkpoint.size, checkpoint.sha256, checkpoint.finished, checkpoint.layout),
        )  # fmt: skip
        known = self._db.execute("SELECT count(*) FROM notes WHERE export_id = ?", (export_id,)).fetchone()[0]
        if known > len(checkpoint.notes):
            self._db.execute(
                "DELETE FROM notes WHERE export_id = ? AND number >= ?", (export_id, len(checkpoint.notes))
            )
        self._db.executemany(
            "INSERT INTO notes VALUES (?, ?, ?, ?)",
            [(export_id, number, note.offset, note.note) for number, note in enumerate(checkpoint.notes)][known:],
        )

    def _move(
        self, export_id: str, before: Status | None, after: Status, who: str, note: str, checkpoint: Checkpoint
    ) -> None:
        self._db.execute("UPDATE exports SET status = ? WHERE export_id = ?", (after, export_id))
        self._db.execute(
            "INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (export_id, self.now(), who, before, after, note, checkpoint.rows, checkpoint.size,
             checkpoint.sha256 or None),
        )  # fmt: skip

    def _expire(self) -> None:
        """The data model: [Pending] --[Timeout]--> [Failed]."""
        since = (self._clock() - PENDING_LIMIT).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        message = f"it was not started within {PENDING_LIMIT.total_seconds() / 60:g} minutes"
        with self._transaction():
            late = (
                "SELECT export_id FROM exports JOIN transitions USING (export_id) "
                "WHERE status = 'pending' AND before IS NULL AND at < ?"
            )
            for (export_id,) in self._db.execute(late, (since,)).fetchall():
                self._db.execute("UPDATE exports SET error_message = ? WHERE export_id = ?", (message, export_id))
                self._move(export_id, "pending", "failed", "gaugewright", message, Checkpoint())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._in_words():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ExportError(f"the record of exports, {self.path}, cannot be used: {reason}") from error


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _record(row: tuple[Any, ...]) -> Record:
    request = msgspec.json.decode(row[2], type=Request)
    server = msgspec.json.decode(row[3], type=Server)
    return Record(row[0], row[1], request, server, *row[4:])
