"""Names: twice, colliding, reserved, unused, or against the conventions of units.

Sources: Prometheus, "Metric and label naming"; OpenMetrics on suffixes; prometheus_client's registry on
which names one metric claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gaugewright.diagnostics import Diagnostic, Place, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Model
from gaugewright.spec.labels import LABEL_NAME

_CLAIMS = {
    "counter": ("_total", "", "_created"),
    "gauge": ("",),
    "histogram": ("", "_bucket", "_sum", "_count", "_created"),
    "summary": ("", "_sum", "_count", "_created"),
}
"""Names that a registry gives to one metric alone, by type; `""` is the name without `_total`."""


def duplicate_names(model: Model) -> Iterator[Diagnostic]:
    """Two metrics, alerts, channels, dashboards, rules, variables or exports of one name."""
    yield from _duplicates("metric", model.metrics)
    yield from _duplicates("recording rule", model.recording_rules)
    yield from _duplicates("channel", model.channels)
    yield from _duplicates("alert", model.alert_rules)
    yield from _duplicates("dashboard", model.dashboards, "title")
    yield from _duplicates("export", model.exports)
    for dashboard in model.dashboards:
        yield from _duplicates("variable", dashboard.variables)


def _duplicates(kind: str, entities: Sequence[Any], key: str = "name") -> Iterator[Diagnostic]:
    first: dict[str, Place] = {}
    for entity in entities:
        name = getattr(entity, key)
        if not entity.source.at(key).exists():
            continue
        place = entity.source.at(key).place()
        if name in first:
            related = (Related("first here", first[name]),)
            message = f"two {kind}s are named `{name}`"
            yield finding("duplicate-name", message, place, "Rename one of the two.", related, (name,))
        first.setdefault(name, place)


def metric_name_collisions(model: Model) -> Iterator[Diagnostic]:
    """Two metrics that claim a common name, so that a registry or Prometheus would mix them up."""
    owners: dict[str, tuple[str, Place | None]] = {}
    for series in model.built_in_series:
        owners[series.name] = (series.metric, None)
        if series.role == "counter":
            owners[series.name.removesuffix("_total")] = (series.metric, None)
    for metric in model.metrics:
        place = metric.source.at("name").place()
        taken = next((name for name in _claims(metric) if _other(owners, name, metric)), None)
        if taken is not None:
            yield _collision(metric, taken, *owners[taken], place)
        for name in _claims(metric):
            owners.setdefault(name, (metric.name, place))


def _claims(metric: Metric) -> Iterable[str]:
    base = metric.name.removesuffix("_total") if metric.metric_type == "counter" else metric.name
    return [base + suffix for suffix in _CLAIMS[metric.metric_type]]


def _other(owners: dict[str, tuple[str, Place | None]], name: str, metric: Metric) -> bool:
    return name in owners and not (owners[name][0] == metric.name and owners[name][1] is not None)


def _collision(metric: Metric, taken: str, owner: str, owner_place: Place | None, place: Place) -> Diagnostic:
    if owner_place is None:
        claims = "" if taken == metric.name else f", and `{metric.name}` claims it"
        message = f"the name `{taken}` is used by Prometheus or the generated module{claims}"
        related: tuple[Related, ...] = ()
        help = "Choose another name."
    else:
        message = f"`{metric.name}` and `{owner}` would both be exposed as `{taken}`"
        related = (Related(f"`{owner}` is declared here", owner_place),)
        help = "Rename one of the two."
    return finding("metric-name-collision", message, place, help, related, (metric.name,))


def counters_without_total(model: Model) -> Iterator[Diagnostic]:
    """A counter whose exposed name would differ from its declared one."""
    for metric in model.metrics:
        if metric.metric_type == "counter" and not metric.name.endswith("_total"):
            message = f"the counter `{metric.name}` would be exposed as `{metric.name}_total`"
            place = metric.source.at("name").place()
            help = f'Name it "{metric.name}_total".'
            yield finding("counter-without-total", message, place, help, entities=(metric.name,))


def reserved_labels(model: Model) -> Iterator[Diagnostic]:
    """A metric's label that Prometheus sets or interprets itself."""
    for metric in model.metrics:
        for label in metric.labels:
            why = _reserved(label.name, model)
            if why:
                place = label_place(metric, label.name)
                message = f"the label `{label.name}` {why}"
                entities = (metric.name, label.name)
                yield finding("reserved-label", message, place, "Choose another name.", entities=entities)


def _reserved(name: str, model: Model) -> str:
    if name == "le":
        return "is a histogram's own: it holds the bucket's boundary"
    if name == "quantile":
        return "is a summary's own"
    if name.startswith("__"):
        return "is Prometheus's own: names that begin with `__` are internal"
    if name in model.target_labels:
        return "is a target label: Prometheus sets it at the scrape and would rename this one"
    return ""


def label_place(metric: Metric, label: str) -> Place:
    """Where a metric's list names a label."""
    labels = metric.source.at("labels")
    for index, use in enumerate(labels.value()):
        if use == label:
            return labels.at(index).place()
        if isinstance(use, dict) and label in use:
            return labels.at(index, label).key_place()
    return labels.place()


def unused_names(model: Model) -> Iterator[Diagnostic]:
    """Labels, channels and variables that nothing uses."""
    for name in model.labels if "metrics" not in model.incomplete else ():
        if ("label", name) not in model.used and re.fullmatch(LABEL_NAME, name):
            place = model.source.at("labels", name).key_place()
            yield _unused("unused-label", f"no metric has the label `{name}`", place, name)
    for channel in {channel.name: channel for channel in reversed(model.channels)}.values():
        if ("channel", channel.name) not in model.used:
            place = channel.source.at("name").place()
            yield _unused("unused-channel", f"no alert goes to the channel `{channel.name}`", place, channel.name)
    for dashboard in model.dashboards:
        for variable in dashboard.variables:
            if (f"variable of {dashboard.title}", variable.name) not in model.used:
                place = variable.source.at("name").place()
                message = f"no query of the dashboard uses the variable `{variable.name}`"
                yield _unused("unused-variable", message, place, variable.name, dashboard.title)


def _unused(code: str, message: str, place: Place, *entities: str) -> Diagnostic:
    return finding(code, message, place, "Use it or remove it.", entities=entities)


_BASE_UNITS = {
    "ms": "seconds", "millis": "seconds", "milliseconds": "seconds", "microseconds": "seconds", "us": "seconds",
    "nanoseconds": "seconds", "ns": "seconds", "minutes": "seconds", "hours": "seconds", "days": "seconds",
    "sec": "seconds", "secs": "seconds", "s": "seconds", "second": "seconds",
    "kb": "bytes", "mb": "bytes", "gb": "bytes", "kilobytes": "bytes", "megabytes": "bytes", "gigabytes": "bytes",
    "kibibytes": "bytes", "mebibytes": "bytes", "gibibytes": "bytes", "bits": "bytes", "byte": "bytes",
    "percent": "ratio", "percentage": "ratio", "pct": "ratio", "fahrenheit": "celsius", "kelvin": "celsius",
    "millivolts": "volts", "milliamperes": "amperes", "kilometers": "meters", "millimeters": "meters",
    "kilograms": "grams", "milligrams": "grams", "kilojoules": "joules", "watthours": "joules",
}  # fmt: skip
"""Units that Prometheus's conventions replace by a base unit."""

_AMBIGUOUS = frozenset(("s", "us", "ms", "ns", "bits"))
"""Too short or too common to be read as a unit at the end of a name; as a declared `unit` they are one."""


def unit_suffixes(model: Model) -> Iterator[Diagnostic]:
    """A name that does not end in its base unit, or that names another."""
    for metric in model.metrics:
        stem = metric.name.removesuffix("_total")
        last = stem.rpartition("_")[2].lower()
        if metric.unit is not None:
            yield from _declared_unit(metric, stem)
        elif last in _BASE_UNITS and (last not in _AMBIGUOUS or last == "ms"):
            base = _BASE_UNITS[last]
            message = f"`{metric.name}` measures in {last}; the base unit is {base}"
            renamed = f"{stem[: -len(last)]}{base}{metric.name[len(stem) :]}"
            help = f"Measure in {base} and name it `{renamed}`."
            place = metric.source.at("name").place()
            yield finding("unit-suffix", message, place, help, entities=(metric.name,))


def _declared_unit(metric: Metric, stem: str) -> Iterator[Diagnostic]:
    unit = metric.unit or ""
    base = _BASE_UNITS.get(unit.lower())
    if base is not None:
        message = f"`{unit}` is no base unit; Prometheus's is {base}"
        place = metric.source.at("unit").place()
        yield finding("unit-suffix", message, place, f"Write `unit: {base}`.", entities=(metric.name,))
    elif not stem.endswith(f"_{unit}"):
        total = "_total" if metric.name.endswith("_total") else ""
        message = f"the name does not end in its unit, `_{unit}{total}`"
        place = metric.source.at("name").place()
        last = stem.rpartition("_")[2]
        short = stem.removesuffix(f"_{last}") if last.lower() in _BASE_UNITS else stem
        help = f"Name it `{short}_{unit}{total}`."
        yield finding("unit-suffix", message, place, help, entities=(metric.name,))
