"""Everything that lies in a folder, at any depth, without following a link or opening a file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Identity = tuple[int, int, int]
"""inode, size in bytes, mtime in nanoseconds: the same three mean that nobody wrote to the file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of any kind, or a folder; `path` is relative to the scanned folder."""

    path: str
    is_folder: bool
    identity: Identity


def identity(status: os.stat_result) -> Identity:
    """What changes when somebody writes to the file, or puts another in its place."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def scan(folder: Path, before: Callable[[Path], None] | None = None) -> list[Entry]:
    """All entries, each folder before what it holds; `before` is called with each folder to be read.

    Raises OSError, also where a folder is a mount point. A loop, not a recursion: a user's tree may be
    deeper than Python's stack.
    """
    device = os.lstat(folder).st_dev
    entries: list[Entry] = []
    waiting = [""]
    while waiting:
        above = waiting.pop()
        if before is not None:
            before(folder / above)
        found = [(f"{above}/{name}" if above else name) for name in sorted(os.listdir(folder / above))]
        for path in found:
            status = os.lstat(folder / path)
            is_folder = stat.S_ISDIR(status.st_mode)
            if is_folder and status.st_dev != device:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(folder / path))
            entries.append(Entry(path, is_folder, identity(status)))
            if is_folder:
                waiting.append(path)
    return entries
