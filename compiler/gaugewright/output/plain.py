"""Open a file only if it is a plain one: a link may lead out of the folder, a pipe blocks, a device acts."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class NotPlainError(OSError):
    """Something other than a plain file is there."""


def open_plain(path: str | os.PathLike[str], folder: int | None = None) -> BufferedReader:
    """Open for reading; `folder` is the descriptor that a relative path starts from.

    Raises OSError: NotPlainError for what is there and no plain file.
    """
    try:
        descriptor = os.open(path, _FLAGS, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a symbolic link, a socket
            raise NotPlainError(error.errno, error.strerror, os.fspath(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotPlainError(errno.EINVAL, "not a plain file", os.fspath(path))
    return open(descriptor, "rb")
