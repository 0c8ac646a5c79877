"""Whole services that are left over: their spec was renamed or removed, or compiles to another name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gaugewright.output.commit import Report, apply, refuse
from gaugewright.output.compare import compare_removal
from gaugewright.output.errors import ManifestError, OutputError, in_words
from gaugewright.output.locking import locked
from gaugewright.output.manifest import Origin, read
from gaugewright.output.paths import is_name, is_safe
from gaugewright.output.recovery import recover


@dataclass(frozen=True, slots=True)
class LeftoverService:
    """A folder in `out` that no spec makes any more; `reason` is a sentence about it."""

    service: str
    spec_file: str
    reason: str


def leftover_services(out_dir: Path, compiled: Iterable[tuple[Origin, str]]) -> tuple[LeftoverService, ...]:
    """The services in `out` that surely are left over, by name.

    `compiled` says which service each spec of this run compiles to. Only what is proven counts: a spec
    that lies outside `out`'s parent folder cannot be looked for, and a damaged manifest names none.
    """
    now = {origin.spec_file: service for origin, service in compiled if not origin.outside}
    try:
        names = sorted(name for name in os.listdir(out_dir) if is_name(name))
    except OSError:
        return ()
    return tuple(left for name in names if (left := _leftover(out_dir, name, now)))


def remove_service(
    out_dir: Path, service: str, *, force: bool = False, waiting: Callable[[], None] | None = None
) -> Report:
    """Remove the outputs that the service's manifest lists, the manifest, and the folders left empty.

    Files that are not listed stay. Raises OutputError, with nothing removed, where an output was edited
    by hand (unless `force`) or no manifest says what is ours.
    """
    folder = out_dir / service
    if not is_name(service) or not os.path.isdir(folder):
        raise OutputError(f"{folder} is not a service's folder", folder)
    with in_words(folder), locked(out_dir, waiting) as held:
        warnings = recover(out_dir) if held else ()
        comparison = compare_removal(out_dir, service)
        refuse(comparison, force)
        return apply(comparison, warnings)


def _leftover(out_dir: Path, name: str, now: dict[str, str]) -> LeftoverService | None:
    folder = out_dir / name
    try:
        manifest = None if folder.is_symlink() else read(folder)
    except ManifestError:
        return None
    if manifest is None or manifest.origin.outside or not is_safe(manifest.origin.spec_file):
        return None
    spec = manifest.origin.spec_file
    if spec in now:
        if now[spec] == name:
            return None
        return LeftoverService(name, spec, f"{spec} now compiles to {now[spec]}")
    if _is_gone(Path(os.path.abspath(out_dir)).parent / spec):
        return LeftoverService(name, spec, f"{spec} no longer exists")
    return None


def _is_gone(path: Path) -> bool:
    """Whether the path surely does not exist; a folder that cannot be read proves nothing."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
