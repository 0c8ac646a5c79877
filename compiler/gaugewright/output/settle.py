"""Empty a folder that was swapped out, losing nothing that is not known to live in the new one."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gaugewright.output.scan import Entry, Identity, identity, scan

_ROUNDS = 8
"""Somebody may add a file while the folder is emptied; removing it then fails, and it is read again."""


@dataclass(frozen=True, slots=True)
class Known:
    """What may be unlinked in the old folder.

    `ours`: outputs, as long as they have this identity (None: any). `carried`: files that the new
    folder got too. `folders`: those that were there when the new folder was planned.
    """

    ours: Mapping[str, Identity | None]
    carried: Mapping[str, Identity]
    folders: frozenset[str]


def settle(old: Path, new: Path, known: Known) -> None:
    """Remove `old`. What is in it and not `known` is moved to `new`, under a free name if need be.

    Raises OSError, leaving the rest for another try.
    """
    for attempt in range(_ROUNDS):
        try:
            _empty(old, new, known)
            os.rmdir(old)
        except OSError as error:
            if attempt == _ROUNDS - 1 or not _may_pass(error):
                raise
        else:
            return


def _may_pass(error: OSError) -> bool:
    """Somebody else's work in the folder: a name came, or went, since it was read."""
    return error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}


def _empty(old: Path, new: Path, known: Known) -> None:
    planned = {old, *(old / path for path in known.folders)}
    entries = scan(old, before=lambda folder: _unlock(folder) if folder in planned else None)
    moved = _move_added_folders(old, new, entries, known)
    for entry in reversed(entries):
        if any(entry.path == top or entry.path.startswith(top + "/") for top in moved):
            continue
        if entry.is_folder:
            os.rmdir(old / entry.path)
        else:
            _settle_file(entry.path, old, new, known)


def _unlock(folder: Path) -> None:
    """Make a read-only folder ours to empty: it was swapped out, and its stand-in has the mode."""
    mode = os.lstat(folder).st_mode
    if stat.S_ISDIR(mode) and mode & 0o700 != 0o700:
        os.chmod(folder, 0o700)


def _move_added_folders(old: Path, new: Path, entries: list[Entry], known: Known) -> list[str]:
    """Folders made since the plan go over whole, and keep their modes and times."""
    moved: list[str] = []
    for entry in entries:
        added = entry.is_folder and entry.path not in known.folders
        if not added or any(entry.path.startswith(top + "/") for top in moved):
            continue
        if not os.path.lexists(new / entry.path):
            os.makedirs((new / entry.path).parent, exist_ok=True)
            _rename_folder(old / entry.path, new / entry.path)
            moved.append(entry.path)
    return moved


def _rename_folder(source: Path, target: Path) -> None:
    """A folder must be writable to change its parent, since it holds the name `..`."""
    mode = os.lstat(source).st_mode
    _unlock(source)
    os.rename(source, target)
    os.chmod(target, mode & 0o7777)


def _settle_file(path: str, old: Path, new: Path, known: Known) -> None:
    source, target = old / path, new / path
    here, there = os.lstat(source), _lstat(target)
    is_linked = there is not None and os.path.samestat(here, there)
    if is_linked or (path in known.ours and known.ours[path] in (None, identity(here))):
        os.unlink(source)
    elif path in known.carried:
        _settle_carried(source, target, identity(here), there, known.carried[path])
    else:
        _move(source, target)


def _settle_carried(
    source: Path, target: Path, here: Identity, there: os.stat_result | None, carried: Identity
) -> None:
    """A user's file of which the new folder has no link any more, or only a copy."""
    if there is not None and identity(there)[1:] == carried[1:]:
        os.replace(source, target)  # the copy gives way to the original, or to what was saved since the plan
    elif here == carried and _could_be_carried(source):
        os.unlink(source)  # it went over; since then it was replaced or removed there
    else:
        _move(source, target)


def _could_be_carried(path: Path) -> bool:
    """Pipes, sockets and devices cannot be copied where links are impossible: they come now."""
    mode = os.lstat(path).st_mode
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _move(source: Path, target: Path) -> None:
    """Put somebody's file where it belongs, or beside what stands there."""
    os.makedirs(target.parent, exist_ok=True)
    free, number = target, 1
    while os.path.lexists(free):
        free = target.with_name(f"{target.name}.kept{'' if number == 1 else f'-{number}'}")
        number += 1
    os.rename(source, free)


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
