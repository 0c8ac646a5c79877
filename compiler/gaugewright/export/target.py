"""Where an export's file goes, who may write it, and the half-made file beside it.

The half-made file is `.<name>.<export id>.part` in the target's folder, readable by its owner alone from its first
byte on, so that one rename makes the whole file visible. While an export runs it holds a lock on `.<name>.lock`,
which the system takes back when its process ends, however it ends.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gaugewright.export.errors import Busy, ExportError, Misuse
from gaugewright.output.errors import explained
from gaugewright.output.exchange import rename_new
from gaugewright.output.journal import sync_folder
from gaugewright.output.plain import open_plain

_PIECE = 2**20
"""Bytes read or written at once. Some systems take ten times as long for several at once."""
_LOOK = 0.01
"""Seconds until the next attempt to lock a file at which somebody looks."""

_WORDS = {
    errno.ENOENT: "its folder is gone, or takes no files",
    errno.EXDEV: "it is a mount point",
    errno.EBUSY: "it is in use, or a mount point",
}


def target_path(output_path: str, overwrite: bool) -> str:
    """The absolute path of the file. A relative one counts from the current folder, and must stay in it, links
    followed. Raises ExportError for what no file can be written to."""
    if not output_path or "\0" in output_path or output_path.endswith(("/", "/.", "/..")):
        raise Misuse(f"the output path {output_path!r} names no file")
    folder, name = os.path.split(os.path.abspath(output_path))
    if not os.path.isabs(output_path):
        here = os.path.realpath(os.curdir)
        if os.path.commonpath([here, os.path.realpath(folder)]) != here:
            raise ExportError(f"the output path {output_path} leads out of {here}; an absolute path may")
    path = os.path.join(folder, name)
    refuse_existing(path, overwrite)
    return path


def refuse_existing(path: str, overwrite: bool) -> None:
    """Raises ExportError for a file that is there and may not go, and for what is no plain file."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise ExportError(f"{path} is there and is no plain file")
    if not overwrite:
        raise _is_there(path)


def _is_there(path: str) -> ExportError:
    return ExportError(f"{path} is there already; move it away, or say --overwrite")


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock of the file at `path`, making its folder first. Raises Busy, and ExportError."""
    folder, name = os.path.split(path)
    lock = os.path.join(folder, f".{name}.lock")
    with in_words(path):
        os.makedirs(folder, exist_ok=True)
        descriptor = _acquire(lock, path)
    try:
        with in_words(path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        with suppress(OSError):
            os.unlink(lock)
        os.close(descriptor)


def _acquire(lock: str, path: str) -> int:
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            if _is_taken(descriptor, fcntl.LOCK_EX):
                if _is_taken(descriptor, fcntl.LOCK_SH):
                    who = os.pread(descriptor, 20, 0).decode("ascii", "replace")
                    raise Busy(f"another export is writing {path} (process {who or 'unknown'})")
                time.sleep(_LOOK)  # there are only some who look whether it is locked
            elif _is_still(lock, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_taken(descriptor: int, kind: int) -> bool:
    """Whether others' locks exclude ours of this kind; if not, we have it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _is_still(lock: str, descriptor: int) -> bool:
    """Whether the file was not removed, by one who had the lock before us, between our opening and our locking."""
    try:
        return os.path.samestat(os.stat(lock), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def is_locked(path: str) -> bool:
    """Whether an export is writing the file now."""
    folder, name = os.path.split(path)
    try:
        descriptor = os.open(os.path.join(folder, f".{name}.lock"), os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return _is_taken(descriptor, fcntl.LOCK_SH)
    except OSError:
        return False
    finally:
        os.close(descriptor)


class Part:
    """The half-made file. `size` and `sha256` are those of all that was appended."""

    def __init__(self, path: str, export_id: str) -> None:
        """Opens it, making it where it is not there. Raises ExportError."""
        folder, name = os.path.split(path)
        self.target = path
        self.path = os.path.join(folder, f".{name}.{export_id}.part")
        self.size = 0
        self._hash = hashlib.sha256()
        with in_words(path):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
            self._descriptor = os.open(self.path, flags, 0o600)
            status = os.fstat(self._descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                os.close(self._descriptor)
                raise ExportError(f"{self.path} is there and is not ours")
            os.fchmod(self._descriptor, 0o600)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def go_on(self, size: int, sha256: str) -> bool:
        """Keep the first `size` bytes if they still have this hash; otherwise begin anew. Says which."""
        found = hashlib.sha256()
        with in_words(self.target):
            read = 0
            while read < size and (piece := os.pread(self._descriptor, min(_PIECE, size - read), read)):
                found.update(piece)
                read += len(piece)
            kept = read == size and found.hexdigest() == sha256
            self.size, self._hash = (size, found) if kept else (0, hashlib.sha256())
            os.ftruncate(self._descriptor, self.size)
        return kept

    def append(self, content: bytes) -> None:
        with in_words(self.target):
            rest = memoryview(content)
            while rest:
                written = os.pwrite(self._descriptor, rest[:_PIECE], self.size + len(content) - len(rest))
                rest = rest[written:]
        self._hash.update(content)
        self.size += len(content)

    def sync(self) -> None:
        with in_words(self.target):
            os.fsync(self._descriptor)

    def publish(self, overwrite: bool) -> None:
        """Rename it to the target, and wait until the disk has the name. Raises ExportError, also for a file that is
        there and may not go."""
        refuse_existing(self.target, overwrite)
        with in_words(self.target):
            try:
                if overwrite or not rename_new(Path(self.path), Path(self.target)):
                    os.rename(self.path, self.target)
            except FileExistsError:
                raise _is_there(self.target) from None
            sync_folder(Path(os.path.dirname(self.target)))

    def remove(self) -> None:
        with suppress(OSError):
            os.unlink(self.path)

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)


def sweep(path: str) -> None:
    """Removes the target's half-made files in which nothing is yet, as one killed before it was recorded leaves it.

    For who holds the lock. An export that had made one makes another when it is resumed.
    """
    folder, name = os.path.split(path)
    of_target = re.compile(rf"\.{re.escape(name)}\.[0-9a-f-]{{36}}\.part")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if of_target.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_size == 0:
                os.unlink(entry.path)


def is_file_with(path: str, size: int, sha256: str) -> bool:
    """Whether a plain file is there with this content; one that cannot be read is not."""
    try:
        with open_plain(path) as file:
            if os.fstat(file.fileno()).st_size != size:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


@contextmanager
def in_words(path: str) -> Iterator[None]:
    """Turn what the system says about the file into an ExportError."""
    try:
        yield
    except OSError as error:
        raise ExportError(explained(error, path, _WORDS).message) from error
