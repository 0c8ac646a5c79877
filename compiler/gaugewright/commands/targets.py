"""Which targets a build is about, what they cannot say, and whose outputs it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from gaugewright.compile import Compilation
from gaugewright.emit import TARGETS, chosen
from gaugewright.output.errors import ManifestError
from gaugewright.output.manifest import read


def wanted_targets(compilation: Compilation, out: str, only: tuple[str, ...]) -> tuple[str, ...]:
    """The targets of this build. Without `only` also those that were asked for earlier and have an output in
    the folder still, so that nothing there goes stale."""
    model = compilation.model
    if only or model is None:
        return only
    paths = _written(Path(out, model.service.name))
    kept = (target for target in TARGETS if target.asked and any(path.startswith(target.paths) for path in paths))
    return tuple(target.name for target in (*chosen(), *kept))


def _written(folder: Path) -> list[str]:
    """The outputs that the last build lists and that are there; none where its manifest cannot be used."""
    try:
        manifest = read(folder)
    except ManifestError:
        return []
    return [path for path in manifest.outputs if (folder / path).is_file()] if manifest else []


def limited(compilation: Compilation, only: Collection[str]) -> Compilation:
    """With what these targets cannot say among its findings."""
    model = compilation.model
    found = [item for target in chosen(only) for item in target.limits(model)] if model else []
    return replace(compilation, diagnostics=(*compilation.diagnostics, *found)) if found else compilation


def keeper(only: Collection[str]) -> Callable[[str], bool]:
    """Which outputs of an earlier build stay: those of targets that are not built this time."""
    built = tuple(prefix for target in chosen(only) for prefix in target.paths)
    return lambda path: bool(only) and not path.startswith(built)
