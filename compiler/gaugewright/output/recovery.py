"""Finish or undo what a killed run left, by its journal. Called under the lock, so no run is alive."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from gaugewright.output.journal import JOURNAL, NEW, OLD, Plan, close_workshop, read_plan, workshops
from gaugewright.output.paths import ancestors
from gaugewright.output.settle import Known, settle


def recover(out_dir: Path) -> tuple[str, ...]:
    """Deal with every workshop in `out`; gives those that must stay for now, and why.

    Raises OSError only where a service's folder is missing and cannot be put in its place.
    """
    left: list[str] = []
    for workshop in workshops(out_dir):
        if not stat.S_ISDIR(os.lstat(workshop).st_mode):
            continue
        put_in_place(workshop)
        try:
            clear(workshop)
        except OSError as error:
            left.append(f"{workshop} could not be removed: {error.strerror}")
    return tuple(left)


def clear(workshop: Path) -> None:
    """Remove a workshop, whichever way its swap went. Raises OSError; can be called again."""
    put_in_place(workshop)
    plan = read_plan(workshop)
    if plan is None:
        if set(os.listdir(workshop)) <= {JOURNAL}:
            close_workshop(workshop)
        return
    folder = workshop.parent / plan.service
    new, old = workshop / NEW, workshop / OLD
    if os.path.lexists(new) and os.path.lexists(old):
        # Two renames were cut off, and somebody made the folder anew since: the old one holds the truth.
        settle(new, old, _unused(plan))
        settle(old, folder, Known(plan.ours, {}, _holding(plan.ours)))
    elif os.path.lexists(old):
        settle(old, folder, swapped_out(plan))
    elif os.path.lexists(new):
        was_swapped = os.lstat(new).st_ino == plan.was
        settle(new, folder, swapped_out(plan) if was_swapped else _unused(plan))
    close_workshop(workshop)


def swapped_out(plan: Plan) -> Known:
    """The old folder, after the swap."""
    return Known(plan.ours, plan.carried, plan.folders)


def _unused(plan: Plan) -> Known:
    """The new folder of a build that never swapped: all it holds was written, linked or copied by it."""
    return Known(dict.fromkeys(plan.made), {}, plan.folders | _holding(plan.made))


def _holding(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(above for path in paths for above in ancestors(path))


def put_in_place(workshop: Path) -> None:
    """Where there is no exchange, a kill between two renames leaves no folder: do the second one."""
    plan = read_plan(workshop)
    if plan is None or not os.path.lexists(workshop / OLD) or not os.path.lexists(workshop / NEW):
        return
    folder = workshop.parent / plan.service
    if not os.path.lexists(folder):
        os.rename(workshop / NEW, folder)
