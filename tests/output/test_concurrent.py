"""Two builds at once: the second waits, and then sees the first one's work."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from gaugewright.output import exchange
from gaugewright.output.commit import commit
from gaugewright.output.locking import locked

from tests.output.builds import (
    ALL_NEW,
    ALL_OLD,
    NEW,
    SECOND,
    SERVICE,
    litter,
    outputs,
    users_state,
    write_new,
    write_old,
)


def start(work: Callable[[], object]) -> int:
    """Run in a forked process, and give its id."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return process


def says(pipe: int) -> None:
    os.write(pipe, b".")


def heard(pipe: int) -> bool:
    """Await the other process's word; False where it never comes, so that the test fails and not hangs."""
    return bool(select.select([pipe], [], [], 30)[0])


def ended_well(process: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def test_the_second_build_waits_for_the_first_and_then_has_nothing_to_do(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_is_at_the_swap, at_the_swap = os.pipe()
    may_go_on, go_on = os.pipe()
    second_waits, waits = os.pipe()
    swap = exchange._call

    def held(first: bytes, second: bytes) -> int:
        says(at_the_swap)
        os.read(may_go_on, 1)
        return swap(first, second)

    def build_first() -> None:
        monkeypatch.setattr(exchange, "_call", held)
        write_new(out)

    def build_second() -> None:
        report = commit(out, SERVICE, NEW, SECOND, waiting=lambda: says(waits))
        assert report.written == ()

    first = start(build_first)
    try:
        assert heard(first_is_at_the_swap)
        second = start(build_second)
        assert heard(second_waits)
        assert outputs(out / SERVICE) == ALL_OLD
    finally:
        says(go_on)
    assert ended_well(first)
    assert ended_well(second)
    assert outputs(out / SERVICE) == ALL_NEW


def test_many_builds_at_once_end_in_one_of_their_results_without_litter(shared: Path) -> None:
    mine = users_state(shared / SERVICE)

    def build(write: Callable[[Path], object]) -> None:
        for _ in range(8):
            write(shared)

    processes = [start(partial(build, write)) for write in (write_old, write_new) * 3]
    ended = [ended_well(process) for process in processes]
    assert all(ended)
    assert outputs(shared / SERVICE) in (ALL_OLD, ALL_NEW)
    assert users_state(shared / SERVICE) == mine
    assert litter(shared) == []


def test_a_waiting_build_notices_that_out_was_removed_meanwhile(disk: Path) -> None:
    out = disk / "out"
    is_locked, locks = os.pipe()
    may_end, end = os.pipe()
    second_waits, waits = os.pipe()

    def hold() -> None:
        with locked(out):
            says(locks)
            os.read(may_end, 1)

    first = start(hold)
    try:
        assert heard(is_locked)
        second = start(lambda: commit(out, SERVICE, NEW, SECOND, waiting=lambda: says(waits)))
        assert heard(second_waits)
        out.rename(disk / "gone")
    finally:
        says(end)
    assert ended_well(first)
    assert ended_well(second)
    assert outputs(out / SERVICE) == ALL_NEW
    assert not (disk / "gone" / SERVICE).exists()


def test_a_lock_leaves_no_file(disk: Path) -> None:
    with locked(disk / "out") as held:
        assert held
        assert os.listdir(disk / "out") == []
