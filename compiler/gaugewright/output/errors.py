"""The one exception of this room, and the system's errors in a person's words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType


class OutputError(Exception):
    """Nothing was written and the old outputs stand.

    `path` is what it is about; `paths` lists the outputs concerned where there are several (edited
    by hand, blocked), relative to the service's folder.
    """

    def __init__(self, message: str, path: str | os.PathLike[str], paths: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = os.fspath(path)
        self.paths = paths


class ManifestError(OutputError):
    """`manifest.json` exists and says nothing that can be trusted."""


_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than the system allows",
    errno.EACCES: "permission denied",
    errno.EPERM: "the system does not permit it",
    errno.EROFS: "the file system is read-only",
    errno.EXDEV: "it cannot be renamed, because it is a mount point or a lower layer of an overlay "
    "(copy the folder, delete the original, and build again)",
    errno.EBUSY: "it is in use, or a mount point; mount the folder above it instead",
    errno.ELOOP: "a symbolic link leads to itself",
    errno.ENAMETOOLONG: "the name or the path is too long",
    errno.ENOTDIR: "a file is in the way where a folder must be",
    errno.EEXIST: "something else is in the way",
    errno.EISDIR: "a folder is in the way where a file must be",
    errno.ENOTEMPTY: "somebody is writing into the folder; build again",
    errno.ENOENT: "it vanished while it was read; build again",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.EIO: "the disk reports an input/output error",
    errno.EINTR: "interrupted",
}


def explained(
    error: OSError, path: str | os.PathLike[str], words: Mapping[int, str] = MappingProxyType({})
) -> OutputError:
    """The error as a sentence about `path`, in a build's words or, where they differ, in `words`."""
    reason = {**_WORDS, **words}.get(error.errno or 0) or error.strerror or str(error)
    return OutputError(f"cannot write {os.fspath(path)}: {reason}", path)


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """Turn what the system says into an `OutputError` about a file of `folder`, or about `folder`."""
    try:
        yield
    except OSError as error:
        raise explained(error, _concerned(error, folder)) from error


def _concerned(error: OSError, folder: Path) -> Path:
    """The file that the user knows: a path inside a workshop stands for the one in the service's folder."""
    if not isinstance(error.filename, str):
        return folder
    try:
        parts = Path(error.filename).relative_to(folder.parent).parts
    except ValueError:
        return Path(error.filename)
    if not parts or not parts[0].startswith("."):
        return Path(error.filename)
    return folder.joinpath(*parts[2:])
