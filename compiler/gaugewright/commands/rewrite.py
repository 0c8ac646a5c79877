"""A user's own file, written anew: the old content or the new, at any instant."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress


class NotWritten(Exception):
    """The file stands as it stood; `reason` is a person's words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} is not changed: {reason}")
        self.path = path
        self.reason = reason


def rewrite(path: str, before: bytes, after: bytes) -> None:
    """Replaces the file's content, if it still is `before`. A symbolic link stays one: what it leads to is
    replaced. Mode and, where the system lets us, owner stay. Raises NotWritten."""
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
        if not status.st_mode & 0o222 or not os.access(real, os.W_OK):
            raise NotWritten(path, "it is read-only")
        _replace(path, real, status, before, after)
    except OSError as error:
        raise NotWritten(path, error.strerror or str(error)) from None


def _replace(path: str, real: str, status: os.stat_result, before: bytes, after: bytes) -> None:
    folder = os.path.dirname(real)
    handle, beside = tempfile.mkstemp(prefix=".gaugewright-", dir=folder)
    try:
        with open(handle, "wb") as file:
            if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                with suppress(PermissionError):
                    os.fchown(handle, status.st_uid, status.st_gid)
            os.fchmod(handle, stat.S_IMODE(status.st_mode))
            file.write(after)
            file.flush()
            os.fsync(handle)
        with open(real, "rb") as file:
            if file.read() != before:
                raise NotWritten(path, "somebody else changed it meanwhile; run it again")
        os.replace(beside, real)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    _sync(folder)


def _sync(folder: str) -> None:
    """So that the rename outlives a power cut. Where a folder cannot be synced, nothing better is known."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
