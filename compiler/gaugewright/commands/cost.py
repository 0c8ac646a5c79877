"""`cost`: what each metric adds to the cardinality."""

from __future__ import annotations

import json

from gaugewright.commands.show import as_text
from gaugewright.commands.specs import compile_file, is_unreadable
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Model


def cost(spec: str, format: str) -> tuple[str, int]:
    """A table, largest first, or JSON. Findings instead where the spec has errors."""
    compilation = compile_file(spec)
    if compilation.model is None:
        return as_text([compilation], compilation.diagnostics), 2 if is_unreadable(compilation) else 1
    model = compilation.model
    metrics = sorted(model.metrics, key=lambda metric: (-metric.combinations, metric.name))
    return (_as_json(model, metrics) if format == "json" else _as_text(model, metrics)), 0


def _as_json(model: Model, metrics: list[Metric]) -> str:
    listed = [
        {
            "name": metric.name,
            "combinations": metric.combinations,
            "series": metric.series_count,
            "labels": {label.name: label.size for label in metric.labels},
        }
        for metric in metrics
    ]
    total = {
        "combinations": model.combinations,
        "limit": model.config.label_cardinality_limit,
        "series": model.series_count,
    }
    return json.dumps({"metrics": listed, "total": total}, indent=2)


def _as_text(model: Model, metrics: list[Metric]) -> str:
    rows = [("metric", "combinations", "series", "labels")]
    rows += [
        (metric.name, f"{metric.combinations:,}", f"{metric.series_count:,}", _product(metric)) for metric in metrics
    ]
    limit = model.config.label_cardinality_limit
    share = f"{model.combinations / limit:.0%} of the limit of {limit:,}"
    rows.append(("total", f"{model.combinations:,}", f"{model.series_count:,}", share))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"{name:<{widths[0]}}  {combinations:>{widths[1]}}  {series:>{widths[2]}}  {labels}".rstrip()
        for name, combinations, series, labels in rows
    ]
    lines.insert(1, "-" * max(len(line) for line in lines))
    lines.insert(len(lines) - 1, lines[1])
    return "\n".join(lines)


def _product(metric: Metric) -> str:
    return " × ".join(f"{label.name} {label.size}{'' if label.closed else ' at most'}" for label in metric.labels)
