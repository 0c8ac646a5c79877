"""A full disk at any moment: an error in words, no half of a file, and a resumption to the same bytes."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path

import pytest
from gaugewright.export.errors import ExportError
from gaugewright.export.formats import encoder
from gaugewright.export.server import Server
from gaugewright.export.store import Store
from gaugewright.export.target import in_words

from tests.export.exporting import HOUR, START, Exporting, asked, folders, stored
from tests.export.fake import fake
from tests.output.builds import at_each_step, in_child

SERIES = stored(hours=1, routes=1)
STEPS = frozenset({"pwrite", "fsync", "ftruncate"})


def run(folder: Path, url: str) -> Exporting:
    exporting = Exporting(folder, Server(url))
    exporting.run(asked(folder, end_ms=START + HOUR))
    return exporting


def run_or_resume(folder: Path, url: str) -> Exporting:
    exporting = Exporting(folder, Server(url))
    with closing(Store(exporting.state)) as store:
        records = store.all()
    if not records:
        return run(folder, url)
    if records[0].status != "completed":
        exporting.resume()
    return exporting


@pytest.mark.parametrize(
    ("error", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EIO, "the disk reports an input/output error")]
)
def test_an_error_of_the_disk_at_any_step_is_told_and_the_export_resumed(
    error: int, words: str, tmp_path: Path
) -> None:
    inner = folders(tmp_path)
    failures = 0
    with fake(SERIES) as there:
        whole = run(next(inner), there.url).file
        for step, folder in zip(count(1), inner, strict=False):
            reached = False

            def fail(number: int, step: int = step) -> None:
                nonlocal reached
                if number == step:
                    reached = True
                    raise OSError(error, os.strerror(error))

            message = ""
            try:
                with at_each_step(fail, STEPS):
                    run(folder, there.url)
            except ExportError as failure:
                message = str(failure)
            if not reached:
                break
            if message:
                failures += 1
                assert words in message
                assert "Errno" not in message
                assert not list(folder.glob(".*.lock"))
            assert run_or_resume(folder, there.url).file == whole
    assert failures > 10


def test_a_file_larger_than_the_system_allows_is_an_error_in_words(tmp_path: Path) -> None:
    small, whole = islice(folders(tmp_path), 2)
    with fake(stored()) as there:
        Exporting(whole, Server(there.url)).run()

        def limited() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            limit = 190_000
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            with pytest.raises(ExportError, match="larger than the system allows"):
                Exporting(small, Server(there.url)).run(block_rows=1000)

        assert in_child(limited) == 0
        exporting = Exporting(small, Server(there.url))
        assert not (small / "day.csv").exists()
        assert exporting.record.status == "failed"
        exporting.resume()
    assert exporting.file == (whole / "day.csv").read_bytes()


@pytest.fixture
def everyones() -> Iterator[Path]:
    """A folder that a user without rights, who is no one of pytest's, can enter and write to."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("where", ["closed/day.csv", "file/day.csv", "folder"])
def test_a_place_that_cannot_be_written_is_refused_before_it_is_recorded(where: str, everyones: Path) -> None:
    (everyones / "file").write_text("a file")
    (everyones / "folder").mkdir()
    (everyones / "closed").mkdir(mode=0o555)
    encoder(asked(everyones))  # imports what the user without rights may not read

    def as_nobody() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        with pytest.raises(ExportError):
            exporting.run(asked(everyones, output_path=str(everyones / where)))
        assert exporting.said == []

    exporting = Exporting(everyones, Server("http://127.0.0.1:1"))
    assert in_child(as_nobody) == 0
    assert "INSERT" not in exporting.everything_recorded()


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EXDEV, errno.EBUSY, errno.ENOSPC, errno.EACCES])
def test_what_the_system_says_is_told_in_words_about_exports(number: int, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as told, in_words(str(tmp_path / "day.csv")):
        raise OSError(number, os.strerror(number))
    assert str(told.value).startswith(f"cannot write {tmp_path}/day.csv: ")
    assert "build" not in str(told.value)
    assert "folder above" not in str(told.value)
