"""What the spec's queries are about, for the type system: every series with its labels, unit and values.

Recorded series get the type of their rule's query, in the order in which rules need each other; of rules in a
circle (which has its own finding) nothing is known.

A data set *satisfies the spec* when the service gives each label a declared value, and one that is not empty.
The stand-ins that the generated module exposes otherwise are the labels' guards.
"""

from __future__ import annotations

from collections.abc import Mapping

from gaugewright.model.metrics import LabelDomain, Metric, Series
from gaugewright.model.model import Model
from gaugewright.model.rules import RecordingRule
from gaugewright.promql.syntax import Expr
from gaugewright.promql.types import units
from gaugewright.promql.types.environment import (
    Environment,
    SeriesType,
    recorded_series,
    scraped_series,
    unknown_series,
)
from gaugewright.promql.types.infer import infer
from gaugewright.promql.types.intervals import COUNTS, ONE, POSITIVE, TRUTH, Interval
from gaugewright.promql.types.labels import Label, closed, combinations
from gaugewright.promql.types.units import MaybeUnit, unit_of

GUARDS = ("__invalid__",)
"""What the module exposes for a value outside a closed domain."""


def environment_of(model: Model) -> Environment:
    """Everything that a query over this spec can select."""
    target = {name: _label(domain, ()) for name, domain in model.target_labels.items()}
    metrics = {metric.name: metric for metric in model.metrics}
    series = {
        name: _scraped(found, metrics.get(found.metric), target)
        for name, found in model.series.items()
        if found.origin != "recorded"
    }
    recorded = _Recorded(model, series, float(model.config.scrape_interval_seconds), _is_complete(model))
    recorded.infer_all()
    return recorded.environment({})


def _is_complete(model: Model) -> bool:
    """Whether all metrics and rules that are written could be read: else a pattern may mean one of the others."""
    written = ((model.metrics, "metrics"), (model.recording_rules, "recording_rules"))
    return (
        not any(
            model.source.at(key).exists() and len(read) < len(model.source.at(key).value() or ())
            for read, key in written
        )
        and not {"metrics", "recording_rules"} & model.incomplete
    )


def _label(domain: LabelDomain, guards: tuple[str, ...]) -> Label:
    if domain.values is None:
        return Label(True, None, most=domain.max_values)
    values = tuple(value for value in domain.values if value)
    return closed(*values, must=len(values) == len(domain.values), guards=guards)


_UNITS_IN_NAMES = ("seconds", "bytes", "ratio", "celsius", "volts", "amperes", "joules", "grams", "meters")
_TIMES = ("_timestamp_seconds", "_start_time_seconds", "_last_success_seconds")


def _unit(name: str, declared: str | None, metric: str) -> MaybeUnit:
    """The declared unit, or the base unit in which the name ends, as Prometheus's conventions want it."""
    stem = name.removesuffix("_total")
    if name.endswith(_TIMES) and declared in (None, "seconds"):
        return units.TIME
    if declared is None:
        declared = next((unit for unit in _UNITS_IN_NAMES if stem.endswith(f"_{unit}")), None)
    return unit_of(declared, metric)


_KNOWN: Mapping[str, tuple[Interval | None, MaybeUnit]] = {
    "up": (TRUTH, units.ONE),
    "scrape_duration_seconds": (POSITIVE, units.SECONDS),
    "scrape_samples_scraped": (COUNTS, units.ONE),
    "scrape_samples_post_metric_relabeling": (COUNTS, units.ONE),
    "scrape_series_added": (COUNTS, units.ONE),
    "ALERTS": (ONE, units.ONE),
    "ALERTS_FOR_STATE": (POSITIVE, units.TIME),
    "process_virtual_memory_bytes": (POSITIVE, unit_of("bytes")),
    "process_resident_memory_bytes": (POSITIVE, unit_of("bytes")),
    "process_start_time_seconds": (POSITIVE, units.TIME),
    "process_open_fds": (COUNTS, units.ONE),
    "process_max_fds": (POSITIVE, units.ONE),
}
"""Series that Prometheus and prometheus_client write: their values and units."""

_NOT_KNOWN: tuple[Interval | None, MaybeUnit] = (None, None)

_ALERTS = {
    "ALERTS": {"alertname": Label(True, None), "alertstate": closed("pending", "firing")},
    "ALERTS_FOR_STATE": {"alertname": Label(True, None)},
}


def _scraped(series: Series, metric: Metric | None, target: Mapping[str, Label]) -> SeriesType:
    if series.name in _ALERTS:
        value, unit = _KNOWN[series.name]
        return scraped_series(series.name, "gauge", _ALERTS[series.name], unit=unit, value=value, open_labels=True)
    guarded = GUARDS if series.origin == "declared" else ()
    own = {label.name: _label(label, () if label.name == "le" else guarded) for label in series.labels}
    most = combinations((*target.values(), *own.values()))
    value, unit = _KNOWN.get(series.name, _NOT_KNOWN)
    declared = _unit(series.metric, metric.unit if metric is not None else None, series.metric)
    if unit is None:
        unit = units.ONE if series.role in ("bucket", "count", "info") else declared
    return scraped_series(
        series.name,
        series.role,
        {**target, **_over_all(own, target)},
        most=most,
        unit=unit,
        value=value,
        initialized=_is_there_from_the_start(series, metric),
        open_labels=not series.labels_known,
        bound_unit=declared if series.role == "bucket" else None,
    )


def _over_all(own: Mapping[str, Label], target: Mapping[str, Label]) -> dict[str, Label]:
    """The labels on all targets together: what bounds an open one holds for each process, which has its own values."""
    targets = combinations(target.values())
    return {
        name: label._replace(most=label.most * targets) if label.most is not None and targets is not None else label
        for name, label in own.items()
    }


def _is_there_from_the_start(series: Series, metric: Metric | None) -> bool:
    if metric is None:
        return series.origin == "scrape" and series.labels_known
    return metric.initialize and metric.closed and metric.enabled


class _Recorded:
    """Recording rules, each inferred after those that it reads. Chains may be long, so nothing recurs."""

    def __init__(self, model: Model, series: dict[str, SeriesType], interval: float, complete: bool) -> None:
        self.interval = interval
        self.complete = complete
        self.series = series
        self.external = frozenset(model.service.external_labels)
        self.rules: dict[str, list[RecordingRule]] = {}
        for rule in model.recording_rules:
            self.rules.setdefault(rule.name, []).append(rule)
        for found in model.series.values():
            if found.origin == "recorded" and found.name not in self.rules:
                series[found.name] = SeriesType(found.name, (unknown_series(found.name),), recorded=True)
        self.definitions: dict[str, Expr] = {}

    def environment(self, expanded: Mapping[str, Expr]) -> Environment:
        return Environment(self.series, self.interval, self.interval, self.complete, expanded, self.external)

    def infer_all(self) -> None:
        done: set[str] = set()
        for name in self.rules:
            self._infer(name, done)

    def _infer(self, name: str, done: set[str]) -> None:
        waiting, begun = [name], set[str]()
        while waiting:
            top = waiting[-1]
            begun.add(top)
            missing = [
                read
                for rule in self.rules[top]
                for read in rule.query.metrics
                if read in self.rules and read not in done and read not in begun
            ]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if top not in done:
                done.add(top)
                self.series[top] = self._of_rules(top, self.rules[top], done)

    def _of_rules(self, name: str, rules: list[RecordingRule], done: set[str]) -> SeriesType:
        if any(read in self.rules and read not in self.series for rule in rules for read in rule.query.metrics):
            return SeriesType(name, (unknown_series(name),), recorded=True)
        # All rules are of one group and in this order, so what they read is of the same instant.
        environment = self.environment(self.definitions)
        results = tuple((infer(rule.query.tree, environment), rule.labels) for rule in rules)
        recorded = recorded_series(name, results, rules[0].query.tree)
        if recorded.definition is not None:
            self.definitions[name] = recorded.definition
        return recorded
