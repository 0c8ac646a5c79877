"""Build the folder that replaces a service's: complete, synced, and with everything that is not ours.

What did not change is hard-linked, so it stays the same file (inode, times, owner) and costs no
space; where the file system has no links, it is copied and `settle.py` puts the original back.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from gaugewright.output.journal import Plan, sync, sync_folder, write_new
from gaugewright.output.paths import ancestors
from gaugewright.output.scan import Entry

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
"""FAT, some FUSE; another user's file where the kernel protects hard links; ext4's 65,000 names a file."""


def build(tree: Path, folder: Path, plan: Plan, written: Mapping[str, bytes], entries: list[Entry]) -> None:
    """Make `tree` from `folder` (which `entries` lists) and `written`, new files 0644 less the umask.

    Raises OSError half-way.
    """
    linked = sorted(plan.made - set(written))
    folders = new_folders(plan, entries)
    os.mkdir(tree)
    for path in folders:
        os.mkdir(tree / path)
    for path in sorted(written):
        write_new(tree / path, written[path], 0o644)
    copied = [path for path in linked if not _link(folder / path, tree / path)]
    for path in [*written, *copied]:  # only now: the first sync takes most of the others along
        sync(tree / path)
    for path in written:
        _keep_mode(tree / path, folder / path)
    inmost_first = [*reversed(folders), ""]
    for path in inmost_first:
        if not path or path in plan.folders:
            _resemble(tree / path, folder / path)
    for path in inmost_first:
        sync_folder(tree / path)


def new_folders(plan: Plan, entries: Iterable[Entry]) -> list[str]:
    """The new tree's folders, outermost first: those that hold something, and those that are not ours.

    A folder is ours where it holds (or held) an output: with its last output it goes.
    """
    holding = {above for path in plan.made for above in ancestors(path)}
    own = {above for path in (*plan.ours, *plan.made) for above in ancestors(path)}
    theirs = {entry.path for entry in entries if entry.is_folder} - own
    return sorted(holding | theirs | {above for path in theirs for above in ancestors(path)})


def _keep_mode(path: Path, before: Path) -> None:
    """An output that was there keeps its mode, and its owner if it can."""
    try:
        status = os.lstat(before)
    except (FileNotFoundError, NotADirectoryError):
        return
    _keep_owner(path, status)
    os.chmod(path, status.st_mode & 0o777)


def _link(source: Path, target: Path) -> bool:
    """Whether it could be linked, so that there is no new content to sync."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return not _copy(source, target)
    return True


def _copy(source: Path, target: Path) -> bool:
    """Make a stand-in with the same content and times, and say whether it has content.

    Pipes and the like cannot be copied: they wait in the old folder.
    """
    import shutil

    is_link = source.is_symlink()
    if not is_link and not source.is_file():
        return False
    shutil.copy2(source, target, follow_symlinks=False)
    return not is_link


def _resemble(new: Path, old: Path) -> None:
    """Give a folder its predecessor's owner, mode and extended attributes (access lists among them).

    Its times too where the same names are in it: for whoever looks, nothing happened there.
    """
    try:
        status = os.lstat(old)
    except FileNotFoundError:
        return
    _keep_owner(new, status)
    _keep_attributes(new, old)
    same_names = sorted(os.listdir(new)) == sorted(os.listdir(old))
    os.chmod(new, status.st_mode & 0o7777)
    if same_names:
        os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))


def _keep_owner(path: Path, status: os.stat_result) -> None:
    if (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid()):
        return
    with suppress(PermissionError):
        os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)


def _keep_attributes(new: Path, old: Path) -> None:
    if not hasattr(os, "listxattr"):
        return
    try:
        for name in os.listxattr(old):
            os.setxattr(new, name, os.getxattr(old, name))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
