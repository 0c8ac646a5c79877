"""One export at a time writes a file, none destroys what is there, and each failure is in the record."""

from __future__ import annotations

import fcntl
import functools
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gaugewright.export import job
from gaugewright.export.errors import Busy, ExportError, Misuse
from gaugewright.export.job import request_export
from gaugewright.export.record import Checkpoint, Record
from gaugewright.export.server import Server
from gaugewright.export.store import PENDING_LIMIT, Store
from gaugewright.export.target import Part, is_locked, locked, target_path

from tests.export.exporting import Exporting, asked, stored
from tests.export.fake import Answer, Question, fake


def test_looking_whether_a_file_is_being_written_stops_no_one(tmp_path: Path) -> None:
    """Those who look hold the lock for an instant; a writer waits for them, and for them alone."""
    path = str(tmp_path / "day.csv")
    lock = tmp_path / ".day.csv.lock"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    entered = threading.Event()

    def write() -> None:
        with locked(path):
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert not entered.wait(0.1)
        os.close(descriptor)
        writing.result(timeout=30)
    assert entered.is_set()


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    path = str(tmp_path / "day.csv")
    with locked(path):
        assert is_locked(path)
        with pytest.raises(Busy, match=rf"another export is writing {path} \(process {os.getpid()}\)"), locked(path):
            pass
    assert not is_locked(path)


def test_of_two_runs_at_once_one_wins_and_the_other_says_so(tmp_path: Path) -> None:
    """Both have the same file, and begin while the other's server keeps its answer back."""
    go = threading.Event()
    with fake(stored(), lambda question, answer: replace(answer, waits=go)) as there:
        exporting = [Exporting(tmp_path, Server(there.url)) for _ in range(2)]
        done: list[Record | ExportError] = []

        def run(one: Exporting) -> None:
            try:
                done.append(one.run())
            except ExportError as error:
                done.append(error)
                go.set()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(run, exporting))
    loser, winner = done
    assert isinstance(loser, Busy)
    assert isinstance(winner, Record)
    assert winner.status == "completed"
    assert len(exporting[0].file) == winner.file_size_bytes


def test_two_resumptions_at_once_go_the_same_way(tmp_path: Path) -> None:
    go = threading.Event()
    with fake(stored(), lambda question, answer: Answer(400, b"")) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.failure()
        there.script = lambda question, answer: replace(answer, waits=go)
        done: list[Record | ExportError] = []

        def resume(number: int) -> None:
            try:
                done.append(exporting.resume())
            except ExportError as error:
                done.append(error)
                go.set()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(resume, range(2)))
    assert [type(one) for one in done] == [Busy, Record]


def test_a_file_that_appears_while_an_export_runs_is_not_destroyed(tmp_path: Path) -> None:
    """It comes between the last look and the rename."""
    file = tmp_path / "day.csv"
    part = Part(str(file), "id")
    part.append(b"exported")
    file.write_bytes(b"somebody's")
    with pytest.raises(ExportError, match="is there already"):
        part.publish(overwrite=False)
    assert file.read_bytes() == b"somebody's"
    part.publish(overwrite=True)
    assert file.read_bytes() == b"exported"
    part.close()


def test_where_the_kernel_cannot_rename_so_it_is_looked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaugewright.output.exchange._call", lambda *arguments: 38)  # ENOSYS
    test_a_file_that_appears_while_an_export_runs_is_not_destroyed(tmp_path)
    (tmp_path / "day.csv").unlink()
    with fake(stored()) as there:
        assert Exporting(tmp_path, Server(there.url)).run().status == "completed"


def test_a_failed_export_whose_file_is_in_the_way_is_resumed_with_overwrite(tmp_path: Path) -> None:
    with fake(stored()) as there:
        exporting = Exporting(tmp_path, Server(there.url))

        def script(question: Question, answer: Answer) -> Answer:
            (tmp_path / "day.csv").write_bytes(b"somebody's")
            return answer

        there.script = script
        assert "is there already; move it away, or say --overwrite" in exporting.failure()
        there.script = lambda question, answer: answer
        with pytest.raises(ExportError, match="is there already"):
            exporting.resume()
        record = exporting.resume(overwrite=True)
    assert len(exporting.file) == record.file_size_bytes
    assert record.file_size_bytes > 1000


@pytest.mark.parametrize("path", ["", "a/", "a/..", ".", "a\0b"])
def test_a_path_that_names_no_file_is_wrong_usage(path: str, tmp_path: Path) -> None:
    os.chdir(tmp_path)
    with pytest.raises(ExportError):
        target_path(path, overwrite=False)


def test_a_fault_of_our_own_is_a_failure_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("division by s3cret-of-nobody")

    secret = tmp_path / "secret"
    secret.write_text("s3cret-of-nobody", "utf-8")
    monkeypatch.setattr(job, "blocks", broken)
    with fake(stored()) as there:
        exporting = Exporting(tmp_path, Server(there.url, token_file=str(secret)))
        message = exporting.failure()
        assert message == "a fault of gaugewright itself: ZeroDivisionError: division by ***"
        assert exporting.record.status == "failed"
        assert exporting.record.error_message == message
        monkeypatch.undo()
        assert exporting.resume().status == "completed"


def test_a_watcher_that_breaks_ends_the_export_cleanly(tmp_path: Path) -> None:
    class Closed(list[str]):
        def append(self, text: str) -> None:
            raise BrokenPipeError(32, "Broken pipe")

    with fake(stored()) as there:
        exporting = Exporting(tmp_path, Server(there.url), said=Closed())
        assert "Broken pipe" in exporting.failure()
    assert exporting.record.status == "failed"


def test_a_new_record_is_opened_by_many_at_once(tmp_path: Path) -> None:
    for number in range(20):
        path = str(tmp_path / f"{number}.db")
        barrier = threading.Barrier(8)

        def open_store(path: str = path, barrier: threading.Barrier = barrier) -> str:
            barrier.wait()
            with closing(Store(path)) as store:
                return str(store.all())

        with ThreadPoolExecutor(8) as pool:
            assert [task.result() for task in [pool.submit(open_store) for _ in range(8)]] == ["[]"] * 8
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("pragma journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(("code", "refusals"), [(sqlite3.SQLITE_BUSY, 2), (sqlite3.SQLITE_READONLY, 1)])
def test_the_journal_is_tried_again_where_another_makes_it(
    code: int, refusals: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who make it at once seldom meet, so SQLite's refusal is put in its mouth; any other refusal stands."""
    tried = []

    class Refusing(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            if "journal_mode" in sql:
                tried.append(sql)
                if len(tried) <= refusals:
                    error = sqlite3.OperationalError("refused")
                    error.sqlite_errorcode = code
                    raise error
            return super().execute(sql, *arguments)

    monkeypatch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Refusing))
    if code == sqlite3.SQLITE_BUSY:
        with closing(Store(str(tmp_path / "exports.db"))) as store:
            assert store.all() == []
        assert len(tried) == 3
    else:
        with pytest.raises(ExportError, match="cannot be used: refused"):
            Store(str(tmp_path / "exports.db"))
        assert len(tried) == 1


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def test_a_pending_export_that_is_not_started_in_time_has_failed_and_can_be_resumed(tmp_path: Path) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    state = str(tmp_path / "exports.db")
    with fake(stored()) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        with closing(Store(state, at(begun))) as store:
            store.add(Record("0123", store.now(), asked(tmp_path), exporting.server, "pending"))
        with closing(Store(state, at(begun + PENDING_LIMIT - timedelta(seconds=1)))) as store:
            assert store.get("0123").status == "pending"
        with closing(Store(state, at(begun + PENDING_LIMIT + timedelta(seconds=1)))) as store:
            failed = store.get("0123")
            last = store.transitions("0123")[-1]
        assert (failed.status, failed.error_message) == ("failed", "it was not started within 60 minutes")
        assert (last.before, last.after, last.who) == ("pending", "failed", "gaugewright")
        assert exporting.resume().status == "completed"


def test_the_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    """Under a umask that would let everyone in: the half-made file, the record and its journal."""
    modes: dict[str, int] = {}

    def script(question: Question, answer: Answer) -> Answer:
        for path in tmp_path.iterdir():
            modes[path.name.rpartition(".")[2]] = stat.S_IMODE(path.stat().st_mode)
        return answer

    before = os.umask(0)
    try:
        with fake(stored(), script) as there:
            Exporting(tmp_path, Server(there.url)).run()
    finally:
        os.umask(before)
    assert {"part", "lock", "db", "db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "day.csv").stat().st_mode) == 0o600


def test_a_name_that_was_taken_is_refused_before_it_is_recorded(tmp_path: Path) -> None:
    with fake(stored()) as there, closing(Store(str(tmp_path / "exports.db"))) as store:
        server = Server(there.url)
        request_export(store, asked(tmp_path), server, export_id="0123")
        other = asked(tmp_path, output_path=str(tmp_path / "other.csv"))
        with pytest.raises(Misuse, match="the export 0123 exists already"):
            request_export(store, other, server, export_id="0123")
        assert len(store.all()) == 1
        assert store.checkpoint("0123") == Checkpoint()
    assert {path.name for path in tmp_path.glob("*.csv")} == {"day.csv"}
    assert not list(tmp_path.glob(".*.part"))


def test_an_empty_half_made_file_is_swept_away_and_no_other(tmp_path: Path) -> None:
    """That of an export which was killed before its record was there has nobody else to remove it."""
    ids = ("0" * 36, "1" * 36)
    empty, begun = (tmp_path / f".day.csv.{name}.part" for name in ids)
    others = [tmp_path / f".day.csv.old.{ids[0]}.part", tmp_path / ".day.csv.mine.part"]
    for path in (empty, *others):
        path.touch()
    begun.write_text("rows")
    with fake(stored()) as there:
        Exporting(tmp_path, Server(there.url)).run()
    assert [path.name for path in (empty, begun, *others) if path.exists()] == [path.name for path in (begun, *others)]


def test_what_an_older_version_half_made_is_begun_anew(tmp_path: Path) -> None:
    """Its columns may be others, and its record lacks the layout."""
    asked_for = 0

    def script(question: Question, answer: Answer) -> Answer:
        nonlocal asked_for
        asked_for += 1
        return answer if asked_for < 4 else Answer(400, b"")

    with fake(stored(), script) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.failure()
        there.script = lambda question, answer: answer
        [part] = tmp_path.glob(".day.csv.*.part")
        assert part.stat().st_size
        with closing(sqlite3.connect(exporting.state)) as database:
            database.execute("ALTER TABLE checkpoints DROP COLUMN layout")
            database.execute("PRAGMA user_version = 1")
        exporting.resume()
        with closing(Store(exporting.state)) as store:
            notes = [step.note for step in store.transitions(exporting.record.export_id)]
        resumed = exporting.file
        (tmp_path / "day.csv").unlink()
        exporting.run()
    assert notes[-2:] == ["resumed from the beginning", "the file is complete"]
    assert resumed == exporting.file


def test_the_record_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    exporting = Exporting(tmp_path, Server("http://localhost:1"))
    with closing(sqlite3.connect(exporting.state)) as database:
        database.execute("PRAGMA user_version = 1000")
    assert "newer version" in exporting.failure()
