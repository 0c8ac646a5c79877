"""Swap two folders in one step of the file system.

Linux: `renameat2` with `RENAME_EXCHANGE` (rename(2), since 3.15). macOS: `renamex_np` with
`RENAME_SWAP`. Python offers neither, so they are called through ctypes, loaded only here.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2
_NONE_HERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}
"""The kernel, the file system or a sandbox has no exchange (a true EPERM shows again at the plain rename)."""

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
    code = _call(os.fsencode(first), os.fsencode(second))
    if code == 0:
        return True
    if code in _NONE_HERE:
        return False
    raise OSError(code, os.strerror(code), str(second))


def _call(first: bytes, second: bytes) -> int:
    """0, or the error number."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        result = library.renamex_np(first, second, _RENAME_SWAP)
    elif hasattr(library, "renameat2"):
        result = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    elif os.uname().machine in _SYSCALL:
        number = ctypes.c_long(_SYSCALL[os.uname().machine])
        result = library.syscall(number, _AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    else:
        return errno.ENOSYS
    return 0 if result == 0 else ctypes.get_errno()
