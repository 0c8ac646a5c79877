"""Generated modules for the tests: compiled from a spec's text, imported under a name of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import module_from_spec, spec_from_loader
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from gaugewright.compile import compile_text
from gaugewright.emit import python_module
from gaugewright.model.model import Model

HERE = Path(__file__).parent
EXAMPLE = Path(__file__).parents[3] / "specs" / "proxywhirl.yaml"
AWKWARD = HERE / "awkward.yaml"


@cache
def model_of(path: Path) -> Model:
    compilation = compile_text(path.read_bytes(), path.name)
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


def source_of(model: Model) -> str:
    (content,) = python_module.emit(model).values()
    return content.decode()


_numbers = count()


@contextmanager
def imported(source: str) -> Iterator[ModuleType]:
    """The module, known to `sys.modules` meanwhile, as dataclasses want it."""
    name = f"generated_metrics_{next(_numbers)}"
    spec = spec_from_loader(name, loader=None)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(compile(source, f"{name}.py", "exec"), module.__dict__)
        yield module
    finally:
        del sys.modules[name]


def samples(metrics: Any) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What the registry exposes: name and sorted labels to value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
    }


def value(metrics: Any, name: str, **labels: str) -> float | None:
    return samples(metrics).get((name, tuple(sorted(labels.items()))))


def rejected(metrics: Any, metric: str, reason: str) -> float:
    """How often the module refused something of this metric for this reason."""
    (name,) = (one for one, _ in _rejections(metrics))
    return value(metrics, name, metric=metric, reason=reason) or 0.0


def _rejections(metrics: Any) -> set[tuple[str, None]]:
    names = {name for name, _ in samples(metrics) if name.endswith("_metrics_rejected_total")}
    return {(name, None) for name in names} or {("none", None)}
