"""Write a service's outputs: all of them or none, at any instant, whoever else builds or edits there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gaugewright.output.compare import SOMEBODYS, Comparison, State, compare, keep_none
from gaugewright.output.errors import OutputError, in_words
from gaugewright.output.locking import locked
from gaugewright.output.manifest import Origin
from gaugewright.output.recovery import recover
from gaugewright.output.replace import replace

_LISTED = 10
"""So many paths a message names; `OutputError.paths` has them all."""


@dataclass(frozen=True, slots=True)
class Report:
    """What changed, as paths below the service's folder. `warnings`: done, but something could not be
    cleaned up, and the next build will try again."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def commit(
    out_dir: Path,
    service: str,
    files: Mapping[str, bytes],
    origin: Origin,
    *,
    keep: Callable[[str], bool] = keep_none,
    force: bool = False,
    waiting: Callable[[], None] | None = None,
) -> Report:
    """Make `out_dir/service` hold `files` and their manifest, beside every file that is not ours.

    Unchanged files stay the same files; if all are, nothing is written. `keep` as for `compare`;
    `force` overwrites what was edited by hand or not written by us; `waiting` is called where another
    build must be awaited. Raises OutputError, and then the old outputs stand.
    """
    with in_words(out_dir / service), locked(out_dir, waiting) as held:
        warnings = recover(out_dir) if held else ()
        comparison = compare(out_dir, service, files, origin, keep=keep)
        if comparison.is_fresh:
            return Report((), (), warnings)
        refuse(comparison, force)
        return apply(comparison, warnings)


def apply(comparison: Comparison, warnings: tuple[str, ...]) -> Report:
    """Carry out what a comparison found, under the lock. Raises OSError."""
    standings = comparison.standings
    written = {
        standing.path: standing.wanted
        for standing in standings
        if standing.wanted is not None and standing.state is not State.FRESH
    }
    ours = {standing.path: standing.seen for standing in standings if standing.seen is not None}
    fresh = frozenset(comparison.paths(State.FRESH))
    warnings += replace(comparison.folder, written, fresh, ours)
    return Report(tuple(written), comparison.paths(State.LEFT_OVER, State.EDITED_LEFT_OVER), warnings)


def refuse(comparison: Comparison, force: bool) -> None:
    """Raise OutputError where a build would have to go through something, or over somebody's work."""
    folder = comparison.folder
    if blocked := comparison.paths(State.BLOCKED):
        obstacles = dict.fromkeys(s.obstacle for s in comparison.standings if s.state is State.BLOCKED)
        raise OutputError(f"cannot write {folder}: {_listed(obstacles)}; move it out of the way", folder, blocked)
    if (theirs := comparison.paths(*SOMEBODYS)) and not force:
        states = [f"{s.path} ({s.state.value})" for s in comparison.standings if s.path in theirs]
        because = f" ({comparison.damage})" if comparison.damage else ""
        raise OutputError(
            f"{folder} holds work that a build would destroy: {_listed(states)}{because}; "
            "move it elsewhere, or overwrite it with --force",
            folder,
            theirs,
        )
    _refuse_read_only(comparison)


def _listed(names: Mapping[str, object] | list[str]) -> str:
    shown = list(names)[:_LISTED]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _refuse_read_only(comparison: Comparison) -> None:
    """A swap would go around a read-only folder's mode; whoever set it meant that nothing changes there."""
    changed = (s.path for s in comparison.standings if s.state is not State.FRESH)
    for parent in dict.fromkeys((comparison.folder / path).parent for path in changed):
        if os.path.isdir(parent) and not os.access(parent, os.W_OK | os.X_OK):
            raise OutputError(f"cannot write {parent}: permission denied, the folder is read-only", parent)
