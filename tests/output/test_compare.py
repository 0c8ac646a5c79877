"""The state of every path, and its difference as people read it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from gaugewright.output.compare import Comparison, Standing, State, compare
from gaugewright.output.diff import LARGEST, WINDOW, unified
from hypothesis import given
from hypothesis import strategies as st

from tests.output.builds import FIRST, NEW, OLD, SECOND, SERVICE, Files


def compared(out: Path, files: Files = NEW) -> Comparison:
    return compare(out, SERVICE, files, SECOND if files is NEW else FIRST)


def states(comparison: Comparison) -> dict[str, State]:
    return {standing.path: standing.state for standing in comparison.standings}


def test_a_folder_that_a_build_just_wrote_is_fresh(out: Path) -> None:
    assert compared(out, OLD).is_fresh


def test_without_a_folder_everything_is_missing(tmp_path: Path) -> None:
    assert set(states(compared(tmp_path / "out")).values()) == {State.MISSING}
    assert os.listdir(tmp_path) == []


def test_every_state_is_told_from_the_others(out: Path) -> None:
    files = NEW | {"foreign": b"wanted", "adopted": b"same", "blocked": b"", "below/blocked": b""}
    folder = out / SERVICE
    (folder / "foreign").write_text("theirs")
    (folder / "adopted").write_text("same")
    (folder / "docs/METRICS.md").write_text("by hand")
    (folder / "blocked").symlink_to("adopted")
    (folder / "below").write_text("a file")
    found = states(compare(out, SERVICE, files, SECOND))
    assert found == {
        "adopted": State.FRESH,
        "below/blocked": State.BLOCKED,
        "blocked": State.BLOCKED,
        "docs/METRICS.md": State.EDITED,
        "foreign": State.FOREIGN,
        "grafana/dashboards/gone.json": State.LEFT_OVER,
        "manifest.json": State.STALE,
        "prometheus/prometheus.yml": State.FRESH,
        "prometheus/rules/alerts.yml": State.STALE,
        "python/shop_metrics.py": State.MISSING,
    }
    (folder / "grafana/dashboards/gone.json").write_text("by hand")
    assert states(compare(out, SERVICE, files, SECOND))["grafana/dashboards/gone.json"] is State.EDITED_LEFT_OVER


def test_an_edit_that_makes_the_file_what_is_wanted_is_fresh(out: Path) -> None:
    (out / SERVICE / "docs/METRICS.md").write_bytes(NEW["docs/METRICS.md"])
    assert states(compared(out))["docs/METRICS.md"] is State.FRESH


def test_a_left_over_whose_place_somebody_took_is_theirs(out: Path) -> None:
    gone = out / SERVICE / "grafana/dashboards/gone.json"
    gone.unlink()
    assert "grafana/dashboards/gone.json" not in states(compared(out))
    gone.symlink_to("/nonexistent")
    assert "grafana/dashboards/gone.json" not in states(compared(out))


def test_a_pipe_and_a_device_in_the_way_are_not_opened(out: Path) -> None:
    (out / SERVICE / "docs/METRICS.md").unlink()
    os.mkfifo(out / SERVICE / "docs/METRICS.md")
    standing = next(s for s in compared(out).standings if s.path == "docs/METRICS.md")
    assert (standing.state, standing.obstacle) == (State.BLOCKED, "docs/METRICS.md is a named pipe")


@pytest.mark.parametrize("mine", ["file", "empty folder", "link"])
def test_a_folder_of_left_overs_gives_way_to_a_file_only_while_nothing_of_a_users_is_in_it(
    out: Path, mine: str
) -> None:
    files = {"docs": b"a file now"}
    assert states(compared(out, files))["docs"] is State.MISSING
    place = out / SERVICE / "docs/mine"
    if mine == "file":
        place.write_text("")
    elif mine == "link":
        place.symlink_to("/nonexistent")
    else:
        place.mkdir()
    assert states(compared(out, files))["docs"] is State.BLOCKED


def patched(was: str, difference: str) -> str:
    """Apply a unified diff, checking each line that it says it found; the same as `patch` does."""
    lines, result, position = was.split("\n"), [], 0
    ends_with_newline, last = True, ""
    for line in difference.split("\n")[2:-1]:
        if hunk := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
            start = int(hunk[1]) - (hunk[2] != "0")
            result += lines[position:start]
            position = start
        elif line.startswith("\\"):
            ends_with_newline = last == "-"
        else:
            last = line[0]
            if last in " -":
                assert lines[position] == line[1:]
                position += 1
            if last in " +":
                result.append(line[1:])
    rest = lines[position:]
    if not ends_with_newline or rest:
        return "\n".join(result + rest)
    return "\n".join(result)


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=40).map(lambda lines: "".join(f"{x}\n" for x in lines))


@given(was=LINES, now=LINES)
def test_a_difference_leads_from_the_one_text_to_the_other(
    tmp_path_factory: pytest.TempPathFactory, was: str, now: str
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    (folder / "x").write_text(was)
    difference = unified(Standing("x", State.STALE, now.encode(), (0, 0, 0)), folder)
    assert patched(was, difference) == now


def shown(folder: Path, was: bytes | None, now: bytes | None, limit: int = 200) -> str:
    if was is not None:
        (folder / "x").write_bytes(was)
    return unified(Standing("x", State.STALE, now, None if was is None else (0, 0, 0)), folder, limit)


def test_missing_and_left_over_files_differ_from_nothing(tmp_path: Path) -> None:
    assert shown(tmp_path, None, b"a\n") == "--- /dev/null\n+++ x\n@@ -0,0 +1 @@\n+a\n"
    assert shown(tmp_path, b"a\n", None) == "--- x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"


def test_a_missing_last_newline_is_shown(tmp_path: Path) -> None:
    assert shown(tmp_path, b"a", b"a\n") == "--- x\n+++ x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"


def test_line_numbers_count_from_the_start_of_the_file(tmp_path: Path) -> None:
    was = "".join(f"{n}\n" for n in range(5000))
    difference = shown(tmp_path, was.encode(), was.replace("4000\n", "x\n").encode())
    assert "@@ -3998,7 +3998,7 @@\n 3997\n 3998\n 3999\n-4000\n+x\n" in difference


def test_a_difference_is_bounded_and_says_that_there_is_more(tmp_path: Path) -> None:
    was, now = b"a\n" * 10 * WINDOW, b"b\n" * 10 * WINDOW
    difference = shown(tmp_path, was, now, limit=50)
    assert len(difference.splitlines()) == 2 + 50 + 1
    assert difference.endswith("... more differs\n")
    assert len(shown(tmp_path, b"x" * 10**6, b"y" * 10**6)) < 2000


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b", b"x" * (LARGEST + 1)])
def test_what_is_no_text_is_only_said_to_differ(tmp_path: Path, content: bytes) -> None:
    assert shown(tmp_path, content, b"text") == "x: binary or too large to show; 4 bytes wanted\n"


def test_what_a_terminal_would_obey_is_shown_instead(tmp_path: Path) -> None:
    difference = shown(tmp_path, "\x1b[2J\r\u202e\n".encode(), b"")
    assert "-\\x1b[2J\\r\\u202e\n" in difference


def test_a_blocked_path_says_what_is_in_the_way(tmp_path: Path) -> None:
    assert unified(Standing("x", State.BLOCKED, b"", obstacle="x is a socket"), tmp_path) == "x: x is a socket\n"
