"""What a commit writes, keeps, removes and refuses."""

from __future__ import annotations

import inspect
import os
import stat
import sys
from pathlib import Path

import pytest
from gaugewright.output import exchange
from gaugewright.output.commit import commit
from gaugewright.output.errors import OutputError
from gaugewright.output.intact import is_intact
from gaugewright.output.manifest import read
from hypothesis import given
from hypothesis import strategies as st

from tests.output.builds import (
    ALL_NEW,
    ALL_OLD,
    FIRST,
    NEW,
    OLD,
    SECOND,
    SERVICE,
    add_users_files,
    at_each_step,
    in_child,
    litter,
    outputs,
    users_state,
    write_new,
    write_old,
)


def test_a_first_build_writes_all_files_and_a_manifest_that_lists_them(tmp_path: Path) -> None:
    report = write_old(tmp_path / "deep/er/out")
    assert outputs(tmp_path / "deep/er/out" / SERVICE) == ALL_OLD
    assert set(report.written) == set(ALL_OLD)
    assert report.removed == ()


def test_a_second_build_replaces_removes_and_leaves_the_users_files_alone(out: Path) -> None:
    add_users_files(out / SERVICE)
    mine = users_state(out / SERVICE)
    report = write_new(out)
    assert outputs(out / SERVICE) == ALL_NEW
    assert users_state(out / SERVICE) == mine
    assert report.removed == ("grafana/dashboards/gone.json",)
    assert "prometheus/prometheus.yml" not in report.written
    assert report.warnings == ()
    assert litter(out) == []


def test_an_unchanged_output_stays_the_same_file(out: Path) -> None:
    before = os.stat(out / SERVICE / "prometheus/prometheus.yml")
    write_new(out)
    after = os.stat(out / SERVICE / "prometheus/prometheus.yml")
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_build_with_nothing_to_do_changes_nothing_on_disk(out: Path) -> None:
    steps: list[int] = []
    before = {path: os.lstat(path) for path in [out, *out.rglob("*")]}
    with at_each_step(steps.append):
        report = write_old(out)
    after = {path: os.lstat(path) for path in [out, *out.rglob("*")]}
    assert report.written == report.removed == ()
    assert {p: (s.st_ino, s.st_mtime_ns, s.st_ctime_ns) for p, s in after.items()} == {
        p: (s.st_ino, s.st_mtime_ns, s.st_ctime_ns) for p, s in before.items()
    }


def test_a_folder_goes_with_its_last_output_and_stays_where_a_user_has_something_in_it(out: Path) -> None:
    write_new(out)
    assert not (out / SERVICE / "grafana").exists()
    write_old(out)
    (out / SERVICE / "grafana/dashboards/mine").mkdir()
    write_new(out)
    assert (out / SERVICE / "grafana/dashboards/mine").is_dir()


def test_new_files_are_0644_less_the_umask_and_old_ones_keep_their_mode(out: Path) -> None:
    (out / SERVICE / "docs/METRICS.md").chmod(0o400)
    (out / SERVICE / "prometheus/rules").chmod(0o750)
    before = os.umask(0o027)
    try:
        write_new(out)
    finally:
        os.umask(before)
    mode = {path: stat.S_IMODE(os.stat(out / SERVICE / path).st_mode) for path in (*NEW, "prometheus/rules")}
    assert mode["docs/METRICS.md"] == 0o400
    assert mode["python/shop_metrics.py"] == 0o640
    assert mode["prometheus/rules"] == 0o750


@pytest.mark.parametrize("path", ["prometheus/rules/alerts.yml", "grafana/dashboards/gone.json"])
def test_an_output_edited_by_hand_is_refused_and_named_and_force_overwrites_it(out: Path, path: str) -> None:
    (out / SERVICE / path).write_text("by hand")
    with pytest.raises(OutputError, match=path) as refusal:
        write_new(out)
    assert refusal.value.paths == (path,)
    assert outputs(out / SERVICE) == ALL_OLD | {path: b"by hand"}
    write_new(out, force=True)
    assert outputs(out / SERVICE) == ALL_NEW
    assert litter(out) == []


def test_a_file_that_we_did_not_write_in_an_outputs_place_is_refused(out: Path) -> None:
    (out / SERVICE / "python").mkdir()
    (out / SERVICE / "python/shop_metrics.py").write_text("theirs")
    with pytest.raises(OutputError, match="not written by gaugewright"):
        write_new(out)
    assert (out / SERVICE / "python/shop_metrics.py").read_text() == "theirs"
    write_new(out, force=True)
    assert outputs(out / SERVICE) == ALL_NEW


def test_a_users_own_manifest_json_is_not_ours_to_replace(tmp_path: Path) -> None:
    (tmp_path / "out" / SERVICE).mkdir(parents=True)
    (tmp_path / "out" / SERVICE / "manifest.json").write_text('{"name": "a web app"}')
    with pytest.raises(OutputError, match=r"manifest\.json \(not written"):
        write_old(tmp_path / "out")
    assert outputs(tmp_path / "out" / SERVICE) == {"manifest.json": b'{"name": "a web app"}'}


def test_a_manifest_with_conflict_markers_is_mended_where_all_else_is_as_wanted(out: Path) -> None:
    manifest = out / SERVICE / "manifest.json"
    manifest.write_bytes(b"<<<<<<< HEAD\n" + manifest.read_bytes() + b"=======\n>>>>>>> theirs\n")
    assert write_old(out).written == ("manifest.json",)
    assert outputs(out / SERVICE) == ALL_OLD


def test_with_a_damaged_manifest_a_differing_file_is_taken_for_somebodys_and_the_reason_said(
    out: Path,
) -> None:
    manifest = out / SERVICE / "manifest.json"
    manifest.write_bytes(b"<<<<<<< HEAD\n" + manifest.read_bytes())
    with pytest.raises(OutputError, match="merge conflict markers"):
        write_new(out)


def test_out_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    write_old(tmp_path / "out")
    assert outputs(tmp_path / "real" / SERVICE) == ALL_OLD


def test_an_output_can_become_a_folder_and_a_folder_an_output(tmp_path: Path) -> None:
    out = tmp_path / "out"
    commit(out, SERVICE, {"a": b"file", "b/c/d": b"deep"}, FIRST)
    commit(out, SERVICE, {"a/x": b"deep", "b": b"file"}, FIRST)
    found = outputs(out / SERVICE)
    found.pop("manifest.json")
    assert found == {"a/x": b"deep", "b": b"file"}


@pytest.mark.parametrize("path", ["../x", "/x", "a/../x", "", "a//b", "a/", "a\0b", "manifest.json", "\ud800"])
def test_a_path_that_leaves_the_folder_is_never_written(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutputError, match="cannot be the path"):
        commit(tmp_path / "out", SERVICE, {path: b""}, FIRST)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("service", ["..", "a/b", ".hidden", "", "a\0"])
def test_a_service_is_one_folder_of_out(tmp_path: Path, service: str) -> None:
    with pytest.raises(OutputError, match="cannot be the name"):
        commit(tmp_path / "out", service, OLD, FIRST)


def test_outputs_of_targets_not_built_this_time_stay_on_disk_and_listed(out: Path) -> None:
    only_docs = {"docs/METRICS.md": b"two\n"}
    commit(out, SERVICE, only_docs, SECOND, keep=lambda path: not path.startswith("docs/"))
    found = outputs(out / SERVICE)
    manifest = read(out / SERVICE)
    assert manifest is not None
    assert set(manifest.outputs) == set(OLD)
    assert {path: found[path] for path in OLD} == OLD | only_docs
    assert is_intact(out / SERVICE)
    write_new(out)
    assert outputs(out / SERVICE) == ALL_NEW


def test_what_somebody_does_during_the_swap_is_not_lost(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = out / SERVICE
    add_users_files(folder)
    inside = os.open(folder / "prometheus", os.O_RDONLY)
    swap = exchange._call

    def meanwhile(first: bytes, second: bytes) -> int:
        (folder / "added.txt").write_text("added")
        (folder / "added/deep").mkdir(parents=True)
        (folder / "added/deep/file").write_text("deep")
        (folder / "added/deep").chmod(0o500)
        (folder / "new.tmp").write_text("saved in one step")
        os.replace(folder / "new.tmp", folder / "notes.txt")
        (folder / "prometheus/rules/mine.yml").write_text("edited in place")
        (folder / "docs/METRICS.md").write_text("an output edited while it was replaced")
        (folder / "grafana/dashboards/more.json").write_text("beside a left-over")
        result = swap(first, second)
        os.close(os.open("late.txt", os.O_WRONLY | os.O_CREAT, dir_fd=inside))  # who stands in the old folder
        (folder / "kept/deep/data.bin").unlink()
        return result

    monkeypatch.setattr(exchange, "_call", meanwhile)
    report = write_new(out)
    os.close(inside)
    assert report.warnings == ()
    assert {path: content for path, content in outputs(folder).items() if path in ALL_NEW} == ALL_NEW
    text = {path: (folder / path).read_text() for path in ("added.txt", "added/deep/file", "notes.txt")}
    assert text == {"added.txt": "added", "added/deep/file": "deep", "notes.txt": "saved in one step"}
    assert stat.S_IMODE(os.stat(folder / "added/deep").st_mode) == 0o500
    assert (folder / "prometheus/rules/mine.yml").read_text() == "edited in place"
    assert (folder / "docs/METRICS.md.kept").read_text() == "an output edited while it was replaced"
    assert (folder / "grafana/dashboards/more.json").read_text() == "beside a left-over"
    assert (folder / "prometheus/late.txt").exists()
    assert not (folder / "kept/deep/data.bin").exists()
    assert litter(out) == []


def test_a_hidden_folder_that_only_looks_like_a_killed_builds_is_left_alone(out: Path) -> None:
    lookalike = out / f".{SERVICE}.new-0123456789ab"
    lookalike.mkdir()
    (lookalike / "precious").write_text("mine")
    (lookalike / "journal.json").write_text("not a journal")
    write_new(out)
    assert (lookalike / "precious").read_text() == "mine"
    assert outputs(out / SERVICE) == ALL_NEW


def test_a_users_tree_deeper_than_pythons_stack_survives(out: Path) -> None:
    depth = 300
    limit = sys.getrecursionlimit()
    here = os.getcwd()
    os.chdir(out / SERVICE)
    try:
        for _ in range(depth):
            os.mkdir("d")
            os.chdir("d")
        Path("leaf").write_text("mine")
    finally:
        os.chdir(here)
    sys.setrecursionlimit(len(inspect.stack(0)) + depth - 100)
    try:
        write_new(out)
    finally:
        sys.setrecursionlimit(limit)
    folders = [out / SERVICE / "/".join(["d"] * level) for level in range(depth, 0, -1)]
    assert (folders[0] / "leaf").read_text() == "mine"
    (folders[0] / "leaf").unlink()
    for folder in folders:  # what clears temporary folders recurses
        folder.rmdir()


def test_a_service_with_the_longest_name_a_file_system_takes_can_be_built_and_recovered(
    tmp_path: Path,
) -> None:
    name = "s" * 255
    commit(tmp_path / "out", name, OLD, FIRST)
    commit(tmp_path / "out", name, NEW, SECOND)
    assert outputs(tmp_path / "out" / name) == ALL_NEW
    with pytest.raises(OutputError, match="too long"):
        commit(tmp_path / "out", "s" * 256, OLD, FIRST)


NAMES = st.sampled_from(["a", "b", "c/d", "c/e", "f/g/h", "f/g/i"])
BUILD = st.dictionaries(NAMES, st.binary(max_size=3), max_size=5)
MINE = st.dictionaries(st.sampled_from(["c/mine", "f/g/mine", "mine/x", "z"]), st.binary(max_size=3))


@given(first=BUILD, second=BUILD, mine=MINE)
def test_after_a_build_the_folder_holds_its_outputs_and_the_users_files_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[str, bytes],
    second: dict[str, bytes],
    mine: dict[str, bytes],
) -> None:
    out = tmp_path_factory.mktemp("built") / "out"
    commit(out, SERVICE, first, FIRST)
    for path, content in mine.items():
        (out / SERVICE / path).parent.mkdir(parents=True, exist_ok=True)
        (out / SERVICE / path).write_bytes(content)
    commit(out, SERVICE, second, FIRST)
    found = outputs(out / SERVICE)
    manifest = found.pop("manifest.json")
    assert found == second | mine
    assert is_intact(out / SERVICE)
    assert commit(out, SERVICE, second, FIRST).written == ()
    assert (out / SERVICE / "manifest.json").read_bytes() == manifest


def test_a_child_of_the_tests_reports_failure() -> None:
    def fail() -> None:
        raise SystemExit(3)

    assert in_child(fail) == 1
