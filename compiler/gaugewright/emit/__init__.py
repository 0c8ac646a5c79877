"""From the model to `{path: bytes}`: one module a target, one line here each. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from gaugewright.model.model import Model

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Target:
    """A family of outputs. `paths` are the files and folders (ending in `/`) that are its own,
    `{service}` standing for the service's name; `module` has `emit(model) -> Files`."""

    name: str
    module: str
    paths: tuple[str, ...]

    def emit(self, model: Model) -> Files:
        function = cast("Callable[[Model], Files]", import_module(self.module).emit)
        return function(model)


TARGETS: tuple[Target, ...] = (
    Target("prometheus", "gaugewright.emit.prometheus", ("prometheus/prometheus.yml", "prometheus/rules/")),
    Target("unit-tests", "gaugewright.emit.unit_tests", ("prometheus/tests/",)),
    Target("alertmanager", "gaugewright.emit.alertmanager", ("alertmanager/",)),
    Target("grafana", "gaugewright.emit.grafana", ("grafana/",)),
    Target("python", "gaugewright.emit.python_module", ("python/",)),
    Target("openapi", "gaugewright.emit.openapi", ("openapi/",)),
    Target("docs", "gaugewright.emit.docs", ("docs/",)),
)


def emit(model: Model, only: Collection[str] = ()) -> Files:
    """The outputs of all targets, or of those named in `only`, by path below `out/<service>/`."""
    files: Files = {}
    for target in TARGETS:
        if not only or target.name in only:
            files.update(target.emit(model))
    return files
