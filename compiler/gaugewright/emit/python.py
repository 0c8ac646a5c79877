"""`python/`: the instrumentation module, and the settings that it can follow while the service runs."""

from __future__ import annotations

from gaugewright.emit import metrics_json, python_module
from gaugewright.model.model import Model


def emit(model: Model) -> dict[str, bytes]:
    return {**python_module.emit(model), **metrics_json.emit(model)}
