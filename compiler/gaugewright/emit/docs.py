"""The pages for the service's own people: `docs/METRICS.md` and `docs/QUICKSTART.md`.

The templates hold the words; here is what they need beyond the model: who uses a metric, queries
that suit its type, and the calls of the generated module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gaugewright.emit import endpoint, quickstart
from gaugewright.emit.escaping import python_string
from gaugewright.emit.markdown import code
from gaugewright.emit.previews import preview
from gaugewright.emit.python_names import parameter
from gaugewright.emit.schedule import schedule_in_words
from gaugewright.emit.templates import render
from gaugewright.model.dashboards import Dashboard, Panel
from gaugewright.model.inhibitions import Inhibition, inhibitions
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Export, Model
from gaugewright.model.rules import AlertRule, RecordingRule
from gaugewright.model.service import Channel

SHOWN_VALUES = 8
"""A label's values in a table's cell; the rest are counted. The Labels section has them all."""


@dataclass(slots=True)
class Uses:
    """What reads one metric or recorded series, in the spec's order."""

    alerts: list[AlertRule] = field(default_factory=list)
    rules: list[RecordingRule] = field(default_factory=list)
    panels: list[tuple[Dashboard, Panel]] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)


def emit(model: Model) -> dict[str, bytes]:
    shared = {"model": model, "call": call, "sample_labels": sample_labels}
    return {
        "docs/METRICS.md": render("docs/METRICS.md.j2", **shared, **_reference_words(model)),
        "docs/QUICKSTART.md": render("docs/QUICKSTART.md.j2", **shared, **quickstart.words(model)),
    }


def _reference_words(model: Model) -> dict[str, Any]:
    """The reference page's own names."""
    return {
        "base_url": endpoint.base_url(model.config),
        "count": count,
        "example_queries": partial(example_queries, window=rate_window(model)),
        "heard_by": partial(heard_by, model),
        "module_series": [series for series in model.series.values() if series.origin == "module"],
        "panel_metrics": panel_metrics,
        "preview": partial(preview, model),
        "spared": spared(model),
        "reference": partial(reference, anchors(model)),
        "schedule_in_words": schedule_in_words,
        "shown_values": SHOWN_VALUES,
        "uses": uses(model),
    }


def uses(model: Model) -> Mapping[str, Uses]:
    """By the name of a metric or recorded series: what reads it directly."""
    found: defaultdict[str, Uses] = defaultdict(Uses)
    for rule in model.recording_rules:
        for name in rule.query.metrics:
            found[name].rules.append(rule)
    for alert in model.alert_rules:
        for name in alert.query.metrics:
            found[name].alerts.append(alert)
    for dashboard in model.dashboards:
        for panel in dashboard.panels:
            for name in panel_metrics(panel):
                found[name].panels.append((dashboard, panel))
    for export in model.exports:
        for metric in export.metrics:
            found[metric.name].exports.append(export)
    return found


def panel_metrics(panel: Panel) -> tuple[str, ...]:
    """Each once, though several of the panel's queries may read it."""
    return tuple(dict.fromkeys(name for item in panel.queries for name in item.query.metrics))


def heard_by(model: Model, channel: Channel) -> tuple[AlertRule, ...]:
    """The alerts that the channel is told of."""
    return tuple(alert for alert in model.alert_rules if channel in alert.channels)


def spared(model: Model) -> Mapping[str, list[Inhibition]]:
    """By an alert's name: what mutes it while another alert fires."""
    found: defaultdict[str, list[Inhibition]] = defaultdict(list)
    for rule in inhibitions(model):
        for target in rule.targets:
            found[target].append(rule)
    return found


def anchors(model: Model) -> Mapping[str, str]:
    """The heading of each metric and recorded series; alerts may bear the same names."""
    found = {rule.name: f"rule-{rule.name}" for rule in model.recording_rules}
    found.update((metric.name, f"metric-{metric.name}") for metric in model.metrics)
    return found


def reference(known: Mapping[str, str], name: str) -> str:
    """A series' name, as a link where this page describes it (not `up` or the process metrics)."""
    return f"[{code(name)}](#{known[name]})" if name in known else code(name)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 or noun.endswith("s") else f"{number:,} {noun}s"


def rate_window(model: Model) -> str:
    """Four scrapes at least, so that one that failed leaves a rate; five minutes is the usual."""
    seconds = max(300, 4 * model.config.scrape_interval_seconds)
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def example_queries(metric: Metric, window: str) -> tuple[tuple[str, str], ...]:
    """Queries that suit the metric's type, each with its meaning."""
    name, label = metric.name, metric.labels[0].name if metric.labels else None
    each = f" by ({label}) " if label else ""
    per = f" of each {label}" if label else ""
    if metric.metric_type == "counter":
        return (
            (f"Per second{per}", f"sum{each}(rate({name}[{window}]))"),
            ("In the last day", f"sum{each}(increase({name}[1d]))"),
        )
    if metric.metric_type == "gauge":
        if is_timestamp(metric):
            return (("Seconds since then", f"time() - {name}"),)
        return (("Now", name), ("Average of the last hour", f"avg_over_time({name}[1h])"))
    mean = f"sum{each}(rate({name}_sum[{window}]))\n  / sum{each}(rate({name}_count[{window}]))"
    if metric.metric_type == "summary":
        return ((f"Mean{per}", mean),)
    grouping = f"{label}, le" if label else "le"
    quantile = f"histogram_quantile(0.95, sum by ({grouping}) (rate({name}_bucket[{window}])))"
    return ((f"95th percentile{per}", quantile), (f"Mean{per}", mean))


def is_timestamp(metric: Metric) -> bool:
    """A gauge of Unix time, by Prometheus's naming convention."""
    return metric.metric_type == "gauge" and metric.name.endswith("_timestamp_seconds")


def sample_labels(metric: Metric) -> str:
    """Keyword arguments of a call: each label with one of its values."""
    names = [label.name for label in metric.labels]
    return ", ".join(f"{parameter(label.name, names)}={python_string(label.sample)}" for label in metric.labels)


def call(metric: Metric) -> str:
    """One call of the generated module for this metric."""
    labels = sample_labels(metric)
    if is_timestamp(metric):
        return f"metrics.{metric.attribute}.set_to_current_time({labels})"
    method, value = {
        "counter": ("inc", ""),
        "gauge": ("set", endpoint.gauge_value(metric)),
        "histogram": ("observe", endpoint.observed_value(metric)),
        "summary": ("observe", endpoint.observed_value(metric)),
    }[metric.metric_type]
    return f"metrics.{metric.attribute}.{method}({', '.join(filter(None, (value, labels)))})"
