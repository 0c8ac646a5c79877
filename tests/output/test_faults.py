"""A full disk, a read-only folder, a file in the way: one error in words, and the old outputs."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from gaugewright.output import exchange
from gaugewright.output.commit import Report, commit
from gaugewright.output.errors import OutputError, explained

from tests.output.builds import (
    ALL_NEW,
    ALL_OLD,
    FIRST,
    NEW,
    OLD,
    SECOND,
    SERVICE,
    STEPS,
    at_each_step,
    in_child,
    litter,
    outputs,
    users_state,
    write_new,
    write_old,
)


def failing_at(step: int, error: int, work: Callable[[], Report]) -> tuple[bool, Report | OutputError]:
    """Whether the system's call at that step failed with `error` (it was not made), and what came of it."""
    reached = False

    def fail(number: int) -> None:
        nonlocal reached
        if number == step:
            reached = True
            raise OSError(error, os.strerror(error))

    try:
        with at_each_step(fail, STEPS - {"close"}, ("call",)):  # a close that fails has closed all the same
            came: Report | OutputError = work()
    except OutputError as failure:
        came = failure
    return reached, came


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
def test_an_error_at_any_step_is_reported_in_words_and_leaves_old_or_new(shared: Path, error: int) -> None:
    mine = users_state(shared / SERVICE)
    failures = 0
    for step in count(1):
        reached, came = failing_at(step, error, lambda: write_new(shared))
        if not reached:
            break
        if isinstance(came, OutputError):
            failures += 1
            assert str(shared) in came.message
            assert "Errno" not in came.message
            assert outputs(shared / SERVICE) == ALL_OLD
        else:
            assert outputs(shared / SERVICE) == ALL_NEW
        assert users_state(shared / SERVICE) == mine
        write_old(shared)
        assert outputs(shared / SERVICE) == ALL_OLD
        assert litter(shared) == []
    assert failures > 30


@pytest.mark.parametrize("spare", range(0, 24, 3))
@pytest.mark.parametrize("call", ["write", "mkdir", "link", "fsync"])
def test_a_disk_that_stays_full_leaves_the_old_outputs_and_no_litter(
    shared: Path, monkeypatch: pytest.MonkeyPatch, call: str, spare: int
) -> None:
    calls = count()
    real = getattr(os, call)

    def full(*arguments: object, **options: object) -> object:
        if next(calls) >= spare:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    mine = users_state(shared / SERVICE)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        try:
            came: Report | OutputError = write_new(shared)
        except OutputError as failure:
            came = failure
    assert users_state(shared / SERVICE) == mine
    if isinstance(came, OutputError):
        assert came.message.endswith("the disk is full")
        assert outputs(shared / SERVICE) == ALL_OLD
        assert litter(shared) == []
    else:
        assert outputs(shared / SERVICE) == ALL_NEW
        assert bool(came.warnings) == (next(calls) > spare), "full only after the swap"
        assert bool(came.warnings) == bool(litter(shared))


def test_a_short_write_is_continued(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, content[:1000]))
    write_new(out)
    assert outputs(out / SERVICE) == ALL_NEW


def test_a_file_larger_than_the_system_allows_is_an_error_in_words(out: Path) -> None:
    def build() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        with pytest.raises(OutputError, match="larger than the system allows"):
            write_new(out)

    assert in_child(build) == 0
    assert outputs(out / SERVICE) == ALL_OLD
    assert litter(out) == []


@pytest.mark.parametrize("error", [errno.EXDEV, errno.EBUSY, errno.ENOSPC])
def test_a_swap_that_fails_leaves_the_old_outputs(out: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    monkeypatch.setattr(exchange, "_call", lambda first, second: error)
    with pytest.raises(OutputError, match="cannot write"):
        write_new(out)
    assert outputs(out / SERVICE) == ALL_OLD
    assert litter(out) == []


def test_without_an_exchange_a_second_rename_that_fails_takes_the_first_one_back(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_call", lambda first, second: errno.EINVAL)
    real = os.rename
    mine = users_state(shared / SERVICE)

    def rename(source: Path, target: Path) -> None:
        if source.name == "new":
            raise OSError(errno.EIO, "broken")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", rename)
        with pytest.raises(OutputError, match="input/output error"):
            write_new(shared)
    assert outputs(shared / SERVICE) == ALL_OLD
    assert users_state(shared / SERVICE) == mine
    assert litter(shared) == []


def as_nobody(work: Callable[[], object]) -> int:
    """Run in a child without root's rights, to which modes mean nothing."""

    def dropped() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        work()

    return in_child(dropped)


@pytest.fixture
def nobodys(disk: Path) -> Path:
    """The first build's outputs, made by the user that `as_nobody` is."""
    if os.geteuid() == 0:
        os.chown(disk, 65534, 65534)
    assert as_nobody(lambda: write_old(disk / "out")) == 0
    return disk / "out"


@pytest.mark.parametrize("read_only", [".", SERVICE, f"{SERVICE}/docs", f"{SERVICE}/prometheus/rules"])
def test_a_read_only_folder_is_an_error_in_words_and_the_old_outputs_stand(nobodys: Path, read_only: str) -> None:
    def build() -> None:
        with pytest.raises(OutputError, match="permission denied"):
            write_new(nobodys)

    (nobodys / read_only).chmod(0o555)
    try:
        assert as_nobody(build) == 0
        assert outputs(nobodys / SERVICE) == ALL_OLD
        assert litter(nobodys) == []
        assert as_nobody(lambda: write_old(nobodys)) == 0, "nothing to do needs no permission"
    finally:
        (nobodys / read_only).chmod(0o755)
    assert as_nobody(lambda: write_new(nobodys)) == 0
    assert outputs(nobodys / SERVICE) == ALL_NEW


def test_a_users_own_read_only_folder_hinders_nobody(nobodys: Path) -> None:
    theirs = nobodys / SERVICE / "theirs"

    def prepare() -> None:
        theirs.mkdir()
        (theirs / "file").write_text("mine")
        theirs.chmod(0o555)

    assert as_nobody(prepare) == 0
    assert as_nobody(lambda: write_new(nobodys)) == 0
    assert outputs(nobodys / SERVICE) == ALL_NEW | {"theirs/file": b"mine"}
    assert theirs.stat().st_mode & 0o777 == 0o555
    assert litter(nobodys) == []


def test_an_output_that_cannot_be_read_is_an_error_in_words(nobodys: Path) -> None:
    def build() -> None:
        with pytest.raises(OutputError, match=r"cannot read .*METRICS\.md: Permission denied"):
            write_new(nobodys)

    (nobodys / SERVICE / "docs/METRICS.md").chmod(0o000)
    assert as_nobody(build) == 0


def test_out_can_be_a_file_or_a_link_to_itself_or_too_long_and_the_message_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match="in the way"):
        write_old(tmp_path / "file")
    with pytest.raises(OutputError, match="a file is in the way where a folder must be"):
        write_old(tmp_path / "file/below")
    with pytest.raises(OutputError, match=r"in the way|leads to itself"):
        write_old(tmp_path / "loop")
    with pytest.raises(OutputError, match="too long"):
        write_old(tmp_path / ("x" * 300))
    assert sorted(os.listdir(tmp_path)) == ["file", "loop"]


def test_the_message_names_the_output_and_never_the_workshop(out: Path) -> None:
    long = {"docs/" + "x" * 300: b""}
    with pytest.raises(OutputError) as failure:
        commit(out, SERVICE, long, SECOND)
    assert failure.value.path.startswith(str(out / SERVICE / "docs/xxx"))
    assert ".new-" not in failure.value.message


def test_an_interrupted_build_cleans_up_after_itself(shared: Path) -> None:
    def interrupt(number: int) -> None:
        if number == reached:
            raise KeyboardInterrupt

    for step in count(1, 5):
        reached = step
        try:
            with at_each_step(interrupt):
                write_new(shared)
        except KeyboardInterrupt:
            assert outputs(shared / SERVICE) in (ALL_OLD, ALL_NEW)
        else:
            break
    write_old(shared)
    assert litter(shared) == []


def test_an_unknown_error_still_makes_a_sentence() -> None:
    assert explained(OSError(errno.EDOM, "odd"), "x").message == "cannot write x: odd"
    assert explained(OSError("no number"), "x").message == "cannot write x: no number"


def test_a_file_system_without_locks_builds_all_the_same(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def flock(*_: object) -> None:
        raise OSError(errno.EBADF, "not open for writing")

    monkeypatch.setattr(fcntl, "flock", flock)
    left = out / f".{SERVICE}.new-0123456789ab"
    left.mkdir()
    commit(out, SERVICE, NEW, SECOND)
    assert outputs(out / SERVICE) == ALL_NEW
    assert litter(out) == [left.name], "a workshop may be a living build's where nothing can be locked"
    monkeypatch.undo()
    commit(out, SERVICE, OLD, FIRST)
    assert litter(out) == []
