"""A spec that is renamed or removed leaves a service behind, which is found and taken away."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest
from gaugewright.output.commit import commit
from gaugewright.output.errors import OutputError
from gaugewright.output.manifest import Origin, origin
from gaugewright.output.services import LeftoverService, leftover_services, remove_service

from tests.output.builds import (
    ALL_OLD,
    FIRST,
    OLD,
    SERVICE,
    killed_at,
    litter,
    outputs,
    users_state,
    write_old,
)


@pytest.fixture
def spec(out: Path) -> Path:
    """The spec that the outputs in `out` name."""
    (out.parent / "specs").mkdir()
    path = out.parent / FIRST.spec_file
    path.write_text("service: {name: shop}\n")
    return path


def test_a_service_whose_spec_is_there_is_not_left_over(out: Path, spec: Path) -> None:
    assert leftover_services(out, []) == ()
    assert leftover_services(out, [(FIRST, SERVICE)]) == ()


def test_a_removed_spec_and_one_that_compiles_to_another_name_leave_their_service(out: Path, spec: Path) -> None:
    assert leftover_services(out, [(FIRST, "store")]) == (
        LeftoverService("shop", "specs/shop.yaml", "specs/shop.yaml now compiles to store"),
    )
    spec.rename(spec.with_name("renamed.yaml"))
    assert leftover_services(out, []) == (
        LeftoverService("shop", "specs/shop.yaml", "specs/shop.yaml no longer exists"),
    )


def test_the_renamed_spec_takes_its_service_over(out: Path, spec: Path) -> None:
    renamed = spec.rename(spec.with_name("renamed.yaml"))
    commit(out, SERVICE, OLD, origin("0.1.0", renamed, renamed.read_bytes(), out))
    assert leftover_services(out, []) == ()


def test_a_spec_outside_the_folder_that_holds_out_proves_nothing(disk: Path) -> None:
    made = Origin("0.1.0", "shop.yaml", "a" * 64, outside=True)
    commit(disk / "out", SERVICE, OLD, made)
    assert leftover_services(disk / "out", []) == ()
    assert leftover_services(disk / "out", [(made, "another")]) == ()


def test_a_spec_outside_is_not_taken_for_one_of_the_same_name_inside(disk: Path) -> None:
    (disk / "shop.yaml").write_text("")
    commit(disk / "out", SERVICE, OLD, Origin("0.1.0", "shop.yaml", "a" * 64))
    elsewhere = Origin("0.1.0", "shop.yaml", "b" * 64, outside=True)
    assert leftover_services(disk / "out", [(elsewhere, "another")]) == ()


def test_what_is_not_known_to_be_a_service_is_left_alone(out: Path, spec: Path) -> None:
    spec.unlink()
    (out / SERVICE / "manifest.json").write_text("<<<<<<< HEAD")
    (out / "theirs").mkdir()
    (out / "file").write_text("")
    (out / "link").symlink_to(SERVICE)
    assert leftover_services(out, []) == ()
    assert leftover_services(out / "missing", []) == ()


def test_removing_a_service_takes_its_outputs_and_folders_and_nothing_else(out: Path) -> None:
    report = remove_service(out, SERVICE)
    assert sorted(report.removed) == sorted(ALL_OLD)
    assert os.listdir(out) == []


def test_a_users_files_stay_where_they_are_when_the_service_is_removed(shared: Path) -> None:
    mine = users_state(shared / SERVICE)
    remove_service(shared, SERVICE)
    assert outputs(shared / SERVICE) == {}
    after = users_state(shared / SERVICE)
    assert {path: after[path] for path in mine} == mine
    assert not (shared / SERVICE / "docs").exists()
    assert litter(shared) == []


def test_an_output_edited_by_hand_keeps_its_service_unless_forced(out: Path) -> None:
    (out / SERVICE / "docs/METRICS.md").write_text("by hand")
    with pytest.raises(OutputError, match=r"docs/METRICS\.md \(left over, and edited by hand\)"):
        remove_service(out, SERVICE)
    assert outputs(out / SERVICE) == ALL_OLD | {"docs/METRICS.md": b"by hand"}
    remove_service(out, SERVICE, force=True)
    assert os.listdir(out) == []


@pytest.mark.parametrize("service", ["missing", "..", "", "a/b", "mine", "damaged"])
def test_only_a_folder_with_a_readable_manifest_can_be_removed(out: Path, service: str) -> None:
    (out / "mine").mkdir()
    (out / "mine/file").write_text("mine")
    commit(out, "damaged", OLD, FIRST)
    (out / "damaged/manifest.json").write_text("{")
    with pytest.raises(OutputError):
        remove_service(out, service, force=True)
    assert (out / "mine/file").exists()
    assert (out / "damaged/docs/METRICS.md").exists()


@pytest.mark.parametrize("users", [False, True])
def test_a_kill_while_a_service_is_removed_leaves_all_or_none_of_it(
    out: Path, request: pytest.FixtureRequest, users: bool
) -> None:
    if users:
        request.getfixturevalue("shared")
    folder = out / SERVICE
    mine = users_state(folder) if users else None
    for step in count(1):
        if not killed_at(step, lambda: remove_service(out, SERVICE)):
            break
        gone = not folder.exists() or outputs(folder) == {}
        assert gone or outputs(folder) == ALL_OLD
        assert mine is None or users_state(folder) == mine
        if not users:
            assert folder.exists() or gone
        write_old(out)
        assert outputs(folder) == ALL_OLD
        assert litter(out) == []
    assert step > 20
