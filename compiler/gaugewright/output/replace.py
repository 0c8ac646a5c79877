"""Replace a service's folder by a new one in a single step, then clear the old one away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gaugewright.output import exchange
from gaugewright.output.journal import NEW, OLD, Plan, open_workshop, sync_folder
from gaugewright.output.recovery import clear
from gaugewright.output.scan import Entry, Identity, scan
from gaugewright.output.tree import build, new_folders


def replace(
    folder: Path, written: Mapping[str, bytes], fresh: frozenset[str], ours: Mapping[str, Identity]
) -> tuple[str, ...]:
    """Give `folder` the files `written`, the `fresh` ones that it has, and all that is not `ours`.

    `ours` are the outputs in it, with the identity they had when they were compared. A folder that would
    be left empty goes. Raises OSError, and then nothing happened; what could not be cleaned up after
    the step is returned, in words.
    """
    entries = scan(folder) if os.path.lexists(folder) else []
    plan = _plan(folder, written, fresh, ours, entries)
    stays = bool(plan.made) or bool(new_folders(plan, entries))
    workshop = open_workshop(folder.parent, plan, "new" if stays else "old")
    try:
        if stays:
            build(workshop / NEW, folder, plan, written, entries)
            _swap(workshop, folder)
        else:
            os.rename(folder, workshop / OLD)
    except BaseException:
        with suppress(OSError):
            clear(workshop)
        raise
    try:
        sync_folder(folder.parent)
        clear(workshop)
    except OSError as error:
        return (f"{workshop} could not be removed: {error.strerror}",)
    return ()


def _plan(
    folder: Path,
    written: Mapping[str, bytes],
    fresh: frozenset[str],
    ours: Mapping[str, Identity],
    entries: list[Entry],
) -> Plan:
    carried = {
        entry.path: entry.identity
        for entry in entries
        if not entry.is_folder and entry.path not in ours and entry.path not in written
    }
    return Plan(
        service=folder.name,
        was=os.lstat(folder).st_ino if os.path.lexists(folder) else None,
        ours=ours,
        carried=carried,
        folders=frozenset(entry.path for entry in entries if entry.is_folder),
        made=frozenset(written) | fresh | frozenset(carried),
    )


def _swap(workshop: Path, folder: Path) -> None:
    """The one step. Without an exchange it is two; between them the journal is the recovery marker."""
    new, old = workshop / NEW, workshop / OLD
    if not os.path.lexists(folder):
        os.rename(new, folder)
        return
    if exchange.exchange(new, folder):
        return
    os.rename(folder, old)
    try:
        os.rename(new, folder)
    except BaseException:
        os.rename(old, folder)
        raise
