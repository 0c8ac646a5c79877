"""What lies in a service's folder against what should: the state of every path. Nothing is written.

The manifest tells who wrote a file that differs: where its SHA-256 is the listed one, the last build
did (`STALE`); where not, somebody edited it (`EDITED`) or made it (`FOREIGN`), and it is theirs.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from gaugewright.output.errors import ManifestError, OutputError
from gaugewright.output.manifest import Manifest, Origin, is_ours, parse, read_bytes, render
from gaugewright.output.obstacles import Obstacles
from gaugewright.output.paths import MANIFEST, ancestors, is_name, is_safe
from gaugewright.output.plain import NotPlainError, open_plain
from gaugewright.output.scan import Identity, identity


class State(Enum):
    """How a path stands; the value is the word that people read."""

    FRESH = "fresh"
    MISSING = "missing"
    STALE = "stale"
    EDITED = "edited by hand"
    FOREIGN = "not written by gaugewright"
    LEFT_OVER = "left over"
    EDITED_LEFT_OVER = "left over, and edited by hand"
    BLOCKED = "blocked"


SOMEBODYS = frozenset({State.EDITED, State.FOREIGN, State.EDITED_LEFT_OVER})
"""States in which writing would destroy somebody's work."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One path. `wanted` is None for a left-over; `seen` is the file's identity, None without a file.

    `obstacle` says what blocks it: "prometheus is a symbolic link".
    """

    path: str
    state: State
    wanted: bytes | None
    seen: Identity | None = None
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All standings, by path.

    `damage` says why the old manifest could not be used, "" where it could or there is none.
    """

    folder: Path
    standings: tuple[Standing, ...]
    damage: str

    @property
    def is_fresh(self) -> bool:
        """Whether a build would write nothing."""
        return all(standing.state is State.FRESH for standing in self.standings)

    def paths(self, *states: State) -> tuple[str, ...]:
        """The paths in one of these states."""
        return tuple(standing.path for standing in self.standings if standing.state in states)


def keep_none(path: str) -> bool:
    """A build of all targets keeps nothing of the earlier one's."""
    return False


def compare(
    out_dir: Path,
    service: str,
    files: Mapping[str, bytes],
    origin: Origin,
    *,
    keep: Callable[[str], bool] = keep_none,
) -> Comparison:
    """Compare `out_dir/service` with `files` (without the manifest, which is made here).

    `keep` says which outputs of the last build, not built this time (`--only`), stay as they are and
    stay listed. Raises OutputError where a file cannot be read.
    """
    _refuse_unfit(service, files)
    folder = out_dir / service
    text, record, damage = _last_record(folder)
    kept = {path: digest for path, digest in record.items() if path not in files and keep(path)}
    outputs = kept | {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    manifest = render(Manifest(origin, outputs))
    removable = {path: digest for path, digest in record.items() if path not in outputs}
    obstacles = Obstacles(folder, frozenset(removable))
    standings = [_wanted(obstacles, path, files[path], record.get(path)) for path in files]
    standings.append(_manifest_standing(obstacles, manifest, text))
    standings += [found for path in removable if (found := _left_over(obstacles, path, removable[path]))]
    return Comparison(folder, tuple(sorted(standings, key=lambda standing: standing.path)), damage)


def compare_removal(out_dir: Path, service: str) -> Comparison:
    """As `compare`, for a build that wants nothing any more: every output is left over.

    Raises ManifestError where no manifest tells which files are ours.
    """
    _refuse_unfit(service, {})
    folder = out_dir / service
    text, record, damage = _last_record(folder)
    if text is None or damage:
        raise ManifestError(damage or f"{folder} has no {MANIFEST}: nothing in it is known to be ours", folder)
    removable = {**record, MANIFEST: hashlib.sha256(text).hexdigest()}
    obstacles = Obstacles(folder, frozenset(removable))
    standings = [found for path in sorted(removable) if (found := _left_over(obstacles, path, removable[path]))]
    return Comparison(folder, tuple(standings), damage)


def _refuse_unfit(service: str, files: Mapping[str, bytes]) -> None:
    """A compiler that asks for a path outside its folder has a fault; better no output than that one."""
    if not is_name(service):
        raise OutputError(f"{service!r:.80} cannot be the name of an output folder", service)
    for path in files:
        if not is_safe(path) or path == MANIFEST or any(above in files for above in ancestors(path)):
            raise OutputError(f"{path!r:.80} cannot be the path of an output", path)


def _last_record(folder: Path) -> tuple[bytes | None, Mapping[str, str], str]:
    """The old manifest's text, what it lists, and why that is nothing."""
    if not _is_real_folder(folder):
        return None, {}, ""
    text = None
    try:
        text = read_bytes(folder / MANIFEST)
        return text, {} if text is None else parse(text, folder / MANIFEST).outputs, ""
    except ManifestError as error:
        return text, {}, error.message


def _is_real_folder(folder: Path) -> bool:
    """A symbolic link in the folder's place is an obstacle: what it leads to is not ours to read."""
    try:
        return stat.S_ISDIR(os.lstat(folder).st_mode)
    except OSError:
        return False


def _wanted(obstacles: Obstacles, path: str, content: bytes, listed: str | None) -> Standing:
    if obstacle := obstacles.before(path):
        return Standing(path, State.BLOCKED, content, obstacle=obstacle)
    found = _digest(obstacles.folder / path)
    if found is None:
        return Standing(path, State.MISSING, content)
    digest, seen = found
    if digest == hashlib.sha256(content).hexdigest():
        return Standing(path, State.FRESH, content, seen)
    if listed is None:
        return Standing(path, State.FOREIGN, content, seen)
    return Standing(path, State.STALE if digest == listed else State.EDITED, content, seen)


def _manifest_standing(obstacles: Obstacles, wanted: bytes, text: bytes | None) -> Standing:
    """The manifest lists all but itself: ours is known by its notice, even where a merge damaged it."""
    ours = text is not None and is_ours(text)
    standing = _wanted(obstacles, MANIFEST, wanted, None)
    if standing.state is State.FOREIGN and ours:
        return Standing(MANIFEST, State.STALE, wanted, standing.seen)
    return standing


def _left_over(obstacles: Obstacles, path: str, listed: str) -> Standing | None:
    """None where no plain file is there any more: what stands in its place is the user's."""
    if obstacles.before(path):
        return None
    found = _digest(obstacles.folder / path)
    if found is None:
        return None
    digest, seen = found
    return Standing(path, State.LEFT_OVER if digest == listed else State.EDITED_LEFT_OVER, None, seen)


def _digest(path: Path) -> tuple[str, Identity] | None:
    """A plain file's SHA-256 and identity (taken before reading); None where there is no such file."""
    try:
        with open_plain(path) as file:
            seen = identity(os.fstat(file.fileno()))
            return hashlib.file_digest(file, "sha256").hexdigest(), seen
    except (FileNotFoundError, NotADirectoryError, NotPlainError):
        return None
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror}", path) from error
