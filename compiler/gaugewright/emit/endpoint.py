"""The exposition endpoint as those who scrape it see it: its address and a sample of its answer."""

from __future__ import annotations

from collections.abc import Iterator

from gaugewright.model.go_numbers import number
from gaugewright.model.metrics import Metric
from gaugewright.model.service import Config

_ANY_ADDRESS = {"0.0.0.0": "localhost", "::": "localhost"}
"""Addresses that a server listens on and nobody can call."""


def base_url(config: Config) -> str:
    """`http://host:port`, to be called from the machine that the service runs on."""
    bare = config.exposition_host.strip("[]")
    host = _ANY_ADDRESS.get(bare, bare)
    return f"http://{f'[{host}]' if ':' in host else host}:{config.exposition_port}"


def text_sample(metrics: tuple[Metric, ...]) -> str:
    """These metrics in Prometheus's text format 0.0.4, one combination of labels each."""
    lines: list[str] = []
    for metric in metrics:
        lines += [
            f"# HELP {metric.name} {_help(metric.description)}",
            f"# TYPE {metric.name} {metric.metric_type}",
        ]
        lines += _samples(metric)
    return "\n".join((*lines, ""))


def openmetrics_sample(metrics: tuple[Metric, ...]) -> str:
    """The same in OpenMetrics 1.0, which names a counter's family without `_total` and escapes quotes."""
    lines: list[str] = []
    for metric in metrics:
        family = metric.name.removesuffix("_total") if metric.metric_type == "counter" else metric.name
        description = _help(metric.description).replace('"', '\\"')
        lines += [f"# HELP {family} {description}", f"# TYPE {family} {metric.metric_type}"]
        if metric.unit and family.endswith(f"_{metric.unit}"):
            lines.append(f"# UNIT {family} {metric.unit}")
        lines += _samples(metric)
    return "\n".join((*lines, "# EOF", ""))


def observed_value(metric: Metric) -> str:
    """What a histogram might observe, its middle bucket's upper end; of a summary, any."""
    return number(metric.buckets[len(metric.buckets) // 2]) if metric.buckets else "0.2"


def gauge_value(metric: Metric) -> str:
    return "0.75" if metric.unit == "ratio" else "12"


def _samples(metric: Metric) -> Iterator[str]:
    labels = {label.name: label.sample for label in metric.labels}
    if metric.metric_type == "counter":
        yield _sample(metric.name, labels, "42.0")
    elif metric.metric_type == "gauge":
        yield _sample(metric.name, labels, str(float(gauge_value(metric))))
    elif metric.metric_type == "summary":
        yield _sample(f"{metric.name}_count", labels, "3.0")
        yield _sample(f"{metric.name}_sum", labels, "0.6")
    else:
        yield from _histogram_samples(metric, labels)


def _histogram_samples(metric: Metric, labels: dict[str, str]) -> Iterator[str]:
    """Three observations of `observed_value`."""
    middle = len(metric.buckets) // 2
    for index, bound in enumerate(_bounds(metric)):
        yield _sample(f"{metric.name}_bucket", {"le": bound, **labels}, "3.0" if index >= middle else "0.0")
    yield _sample(f"{metric.name}_count", labels, "3.0")
    yield _sample(f"{metric.name}_sum", labels, repr(3 * metric.buckets[middle]))


def _bounds(metric: Metric) -> tuple[str, ...]:
    """The values of `le`, as they are exposed."""
    (bucket,) = (series for series in metric.series if series.role == "bucket")
    return next(label.values or () for label in bucket.labels if label.name == "le")


def _sample(name: str, labels: dict[str, str], value: str) -> str:
    written = ",".join(f'{label}="{_label_value(text)}"' for label, text in sorted(labels.items()))
    return f"{name}{{{written}}} {value}" if written else f"{name} {value}"


def _help(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _label_value(text: str) -> str:
    return _help(text).replace('"', r"\"")
