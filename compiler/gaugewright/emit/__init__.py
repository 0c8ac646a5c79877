"""From the model to `{path: bytes}`: one module a target, one line here each. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from gaugewright.diagnostics import Diagnostic
    from gaugewright.model.model import Model

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Target:
    """A family of outputs. `paths` are the files and folders (ending in `/`) that are its own,
    `{service}` standing for the service's name; `module` has `emit(model) -> Files`.

    `asked`: built only where it is asked for (`--only`), and then kept. Such a one may not be able to say
    all that a spec says, so its module also has `limits(model) -> list[Diagnostic]`."""

    name: str
    module: str
    paths: tuple[str, ...]
    asked: bool = False

    def emit(self, model: Model) -> Files:
        function = cast("Callable[[Model], Files]", import_module(self.module).emit)
        return function(model)

    def limits(self, model: Model) -> list[Diagnostic]:
        """What of the spec this target cannot say. With an error among it there is no output."""
        if not self.asked:
            return []
        function = cast("Callable[[Model], list[Diagnostic]]", import_module(self.module).limits)
        return function(model)


TARGETS: tuple[Target, ...] = (
    Target("prometheus", "gaugewright.emit.prometheus", ("prometheus/prometheus.yml", "prometheus/rules/")),
    Target("unit-tests", "gaugewright.emit.unit_tests", ("prometheus/tests/",)),
    Target("alertmanager", "gaugewright.emit.alertmanager", ("alertmanager/",)),
    Target("grafana", "gaugewright.emit.grafana", ("grafana/",)),
    Target("python", "gaugewright.emit.python", ("python/",)),
    Target("openapi", "gaugewright.emit.openapi", ("openapi/",)),
    Target("docs", "gaugewright.emit.docs", ("docs/",)),
    Target("prometheus-operator", "gaugewright.emit.prometheus_operator", ("prometheus-operator/",), asked=True),
    Target("mimir", "gaugewright.emit.mimir", ("mimir/",), asked=True),
    Target("victoriametrics", "gaugewright.emit.victoriametrics", ("victoriametrics/",), asked=True),
)


def chosen(only: Collection[str] = ()) -> tuple[Target, ...]:
    """The targets named in `only`; without any, those that need not be asked for."""
    return tuple(target for target in TARGETS if (target.name in only if only else not target.asked))


def emit(model: Model, only: Collection[str] = ()) -> Files:
    """The outputs of the chosen targets, by path below `out/<service>/`."""
    files: Files = {}
    for target in chosen(only):
        files.update(target.emit(model))
    return files
