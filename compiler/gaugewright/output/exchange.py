"""Swap two folders, or rename without destroying what is there, in one step of the file system.

Linux: `renameat2` with `RENAME_EXCHANGE` or `RENAME_NOREPLACE` (rename(2), since 3.15). macOS: `renamex_np` with
`RENAME_SWAP` or `RENAME_EXCL`. Python offers neither, so they are called through ctypes, loaded only here.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_EXCHANGE = 2
"""RENAME_EXCHANGE, and RENAME_SWAP."""
_KEEP = 4 if sys.platform == "darwin" else 1
"""RENAME_EXCL, and RENAME_NOREPLACE."""
_NONE_HERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}
"""The kernel, the file system or a sandbox has no such rename (a true EPERM shows again at the plain rename)."""

_SYSCALL = {
    "x86_64": 316,
    "aarch64": 276,
    "riscv64": 276,
    "loongarch64": 276,
    "armv7l": 382,
    "i686": 353,
    "ppc64le": 357,
    "s390x": 347,
}
"""Numbers of renameat2 in the kernel's tables, for C libraries that lack the function."""


def exchange(first: Path, second: Path) -> bool:
    """Swap the two; False where that cannot be done here and nothing happened. Raises OSError."""
    return _is_done(_call(os.fsencode(first), os.fsencode(second)), second)


def rename_new(old: Path, new: Path) -> bool:
    """Rename; False where it cannot be done here without destroying what is there, and nothing happened.

    Raises OSError, FileExistsError where something is there.
    """
    return _is_done(_call(os.fsencode(old), os.fsencode(new), _KEEP), new)


def _is_done(code: int, path: Path) -> bool:
    if code and code not in _NONE_HERE:
        raise OSError(code, os.strerror(code), str(path))
    return code == 0


def _call(first: bytes, second: bytes, flag: int = _EXCHANGE) -> int:
    """0, or the error number."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        result = library.renamex_np(first, second, flag)
    elif hasattr(library, "renameat2"):
        result = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, flag)
    elif os.uname().machine in _SYSCALL:
        number = ctypes.c_long(_SYSCALL[os.uname().machine])
        result = library.syscall(number, _AT_FDCWD, first, _AT_FDCWD, second, flag)
    else:
        return errno.ENOSYS
    return 0 if result == 0 else ctypes.get_errno()
