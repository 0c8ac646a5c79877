"""Where these tests write: in memory if they can, since no kill of a process tests what a disk forgets."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.output.builds import SERVICE, add_users_files, write_old


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder of its own that every user can enter, on which waiting for the disk costs nothing."""
    memory = "/dev/shm"
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def out(disk: Path) -> Path:
    """The first build's outputs."""
    write_old(disk / "out")
    return disk / "out"


@pytest.fixture
def shared(out: Path) -> Path:
    """The first build's outputs, and a user's files between them."""
    add_users_files(out / SERVICE)
    return out
