"""A build that is killed leaves the old outputs or the new ones, and never loses a user's file."""

from __future__ import annotations

import errno
import os
import random
import select
import signal
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from gaugewright.output import exchange
from gaugewright.output.commit import commit

from tests.output.builds import (
    ALL_NEW,
    ALL_OLD,
    FIRST,
    SERVICE,
    USERS,
    in_child,
    killed_at,
    litter,
    outputs,
    users_state,
    write_new,
    write_old,
)


def kill_everywhere(out: Path, check: Callable[[int], None], stride: int = 1) -> int:
    """Kill the second build at its first step, its second, and so on; after each kill check, and build again.

    Gives the last step.
    """
    for step in count(1, stride):
        if not killed_at(step, lambda: write_new(out)):
            return step - 1
        check(step)
        if step // stride % 2:
            write_new(out)
            assert outputs(out / SERVICE) == ALL_NEW
            assert litter(out) == []
        write_old(out)
        assert outputs(out / SERVICE) == ALL_OLD
        assert litter(out) == []
    raise AssertionError


def test_a_kill_at_any_step_leaves_the_old_outputs_or_the_new_and_the_next_build_cleans_up(
    shared: Path,
) -> None:
    mine = users_state(shared / SERVICE)
    seen = set()

    def check(step: int) -> None:
        found = outputs(shared / SERVICE)
        assert found in (ALL_OLD, ALL_NEW)
        assert users_state(shared / SERVICE) == mine
        seen.add(found == ALL_NEW)

    kills = kill_everywhere(shared, check)
    assert kills >= 100
    assert seen == {False, True}
    assert users_state(shared / SERVICE) == mine


def test_a_kill_while_a_killed_build_is_cleaned_up_loses_nothing_either(shared: Path) -> None:
    mine = users_state(shared / SERVICE)
    kills = 0
    for first in count(1, 9):
        if not killed_at(first, lambda: write_new(shared)):
            break
        for second in count(1 + first % 3, 8):
            if not killed_at(second, lambda: write_old(shared)):
                break
            kills += 1
            assert outputs(shared / SERVICE) in (ALL_OLD, ALL_NEW)
            assert users_state(shared / SERVICE) == mine
        write_old(shared)
        assert litter(shared) == []
    assert kills >= 60


def test_a_first_build_that_is_killed_leaves_nothing_or_all(disk: Path) -> None:
    for step in count(1):
        out = disk / str(step)
        if not killed_at(step, partial(write_new, out)):
            break
        assert not (out / SERVICE).exists() or outputs(out / SERVICE) == ALL_NEW
        write_new(out)
        assert outputs(out / SERVICE) == ALL_NEW
        assert litter(out) == []
    assert step > 30


def test_kills_at_random_moments_leave_old_or_new(shared: Path) -> None:
    mine = users_state(shared / SERVICE)
    chance = random.Random(7)

    def forever(started: int) -> None:
        os.write(started, b".")
        while True:
            write_new(shared)
            write_old(shared)

    for _ in range(60):
        began, started = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                forever(started)
            finally:
                os._exit(1)
        os.read(began, 1)
        select.select([], [], [], chance.uniform(0, 0.03))  # the moment is the test's input, nothing to await
        os.kill(process, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
        os.close(began)
        os.close(started)
        assert outputs(shared / SERVICE) in (ALL_OLD, ALL_NEW)
        assert users_state(shared / SERVICE) == mine
    write_old(shared)
    assert outputs(shared / SERVICE) == ALL_OLD
    assert litter(shared) == []


def test_without_an_exchange_only_one_step_lacks_the_folder_and_the_next_build_completes_it(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_call", lambda first, second: errno.EINVAL)
    mine = users_state(shared / SERVICE)
    missing = []

    def check(step: int) -> None:
        if not (shared / SERVICE).exists():
            missing.append(step)
            assert in_child(lambda: write_new(shared)) == 0
        assert outputs(shared / SERVICE) in (ALL_OLD, ALL_NEW)
        assert users_state(shared / SERVICE) == mine

    assert kill_everywhere(shared, check) >= 100
    assert len(missing) == 1


def kill_between_two_renames(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def die_before_the_second(source: Path, target: Path) -> None:
        if source.name == "new":
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(exchange, "_call", lambda first, second: errno.EINVAL)
        patch.setattr(os, "rename", die_before_the_second)
        assert in_child(lambda: write_new(out)) == -signal.SIGKILL
    assert not (out / SERVICE).exists()


def test_after_a_kill_between_two_renames_a_build_of_another_service_completes_this_one(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = users_state(shared / SERVICE)
    kill_between_two_renames(shared, monkeypatch)
    commit(shared, "another", {"x": b""}, FIRST)
    assert outputs(shared / SERVICE) == ALL_NEW
    assert users_state(shared / SERVICE) == mine
    assert litter(shared) == ["another"]


def test_a_folder_made_anew_after_a_kill_between_two_renames_gets_the_users_files_back(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = users_state(shared / SERVICE)
    kill_between_two_renames(shared, monkeypatch)
    (shared / SERVICE).mkdir()
    (shared / SERVICE / "since.txt").write_text("made after the kill")
    write_new(shared)
    assert (shared / SERVICE / "since.txt").read_text() == "made after the kill"
    (shared / SERVICE / "since.txt").unlink()
    assert outputs(shared / SERVICE) == ALL_NEW
    assert users_state(shared / SERVICE) == mine
    assert litter(shared) == []


def test_without_hard_links_a_kill_at_any_step_still_loses_nothing(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    mine = files_only(users_state(shared / SERVICE))
    looks = {path: state[1:] for path, state in mine.items() if path != "kept/pipe"}

    def check(step: int) -> None:
        assert outputs(shared / SERVICE) in (ALL_OLD, ALL_NEW)
        found = files_only(users_state(shared / SERVICE, missing=("kept/pipe",)))
        assert {path: state[1:] for path, state in found.items() if path in looks} == looks

    assert kill_everywhere(shared, check, stride=4) >= 100
    assert files_only(users_state(shared / SERVICE)) == mine


def files_only(state: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    """Without links the originals are renamed into their folders, whose times that changes."""
    return {path: known for path, known in state.items() if path in USERS}
