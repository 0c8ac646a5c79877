"""One build at a time in an `out` folder: a lock on the folder itself, so no lock file is left.

`flock` belongs to the open folder, not to the process, and dies with it: a killed build blocks nobody.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NO_LOCKS = {errno.EBADF, errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems say that cannot lock a folder; NFS wants it open for writing, which no folder can be."""


@contextmanager
def locked(folder: Path, waiting: Callable[[], None] | None = None) -> Iterator[bool]:
    """Hold the folder's lock, making the folder first; gives False where the file system has no locks.

    `waiting` is called once if another build holds it, before this one waits. Raises OSError.
    """
    descriptor, held = _acquire(folder, waiting)
    try:
        yield held
    finally:
        with suppress(OSError):  # the work is done, and the lock gone, whatever a network says to this
            os.close(descriptor)


def _acquire(folder: Path, waiting: Callable[[], None] | None) -> tuple[int, bool]:
    while True:
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            held = _lock(descriptor, waiting)
            if _is_still(folder, descriptor):
                return descriptor, held
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, waiting: Callable[[], None] | None) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if waiting is not None:
            waiting()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return False
        raise
    return True


def _is_still(folder: Path, descriptor: int) -> bool:
    """Whether the folder was not removed or replaced while we waited: the lock would guard nothing."""
    try:
        return os.path.samestat(os.stat(folder), os.fstat(descriptor))
    except FileNotFoundError:
        return False
