"""Links, folders and special files in the way of an output: named, never followed, never replaced."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from gaugewright.output.errors import OutputError

from tests.output.builds import SERVICE, litter, outputs, write_new


def block_with_link(path: Path) -> None:
    path.symlink_to(path.parent.parent.parent)


def block_with_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("mine")


def block_with_socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is at most 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (block_with_link, "a symbolic link"),
        (block_with_folder, "a folder"),
        (os.mkfifo, "a named pipe"),
        (block_with_socket, "a socket"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_what_stands_in_an_outputs_way_is_named_and_never_followed_or_replaced(
    out: Path, block: Callable[[Path], None], words: str, force: bool
) -> None:
    path = out / SERVICE / "docs/METRICS.md"
    path.unlink()
    block(path)
    before = os.lstat(path)
    with pytest.raises(OutputError, match=rf"docs/METRICS\.md is {words}") as refusal:
        write_new(out, force=force)
    assert refusal.value.paths == ("docs/METRICS.md",)
    assert os.lstat(path) == before
    assert litter(out) == []


@pytest.mark.parametrize("above", ["", "prometheus", "prometheus/rules"])
def test_a_symbolic_link_at_any_level_is_refused_and_nothing_is_written_through_it(
    out: Path, disk: Path, above: str
) -> None:
    elsewhere = disk / "elsewhere"
    (out / SERVICE / above).rename(elsewhere)
    (out / SERVICE / above).symlink_to(elsewhere)
    before = outputs(elsewhere)
    with pytest.raises(OutputError, match="is a symbolic link, not a folder"):
        write_new(out, force=True)
    assert outputs(elsewhere) == before
    assert os.path.islink(out / SERVICE / above)
