"""Labels and metrics: references to shared labels replaced by their domains, exposed series worked out."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from dataclasses import replace

from gaugewright.diagnostics import Place
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, nearest
from gaugewright.model.exposition import declared_series
from gaugewright.model.metrics import Deprecation, LabelDomain, Metric
from gaugewright.model.names import Names
from gaugewright.model.service import Config
from gaugewright.spec.read import Entry, LabelUse, MetricEntry, SpecEntries
from gaugewright.spec.schema import LabelSpec, MetricSpec

_SUFFIXES = ("", "_total", "_bucket", "_sum", "_count")


def resolve_labels(entries: SpecEntries, names: Names) -> None:
    """The shared labels that have a bound."""
    for name, entry in entries.labels.items():
        names.labels[name] = _domain(name, entry)
        if entry.broken:
            names.unsure.add(f"label {name}")


def _domain(name: str, entry: Entry[LabelSpec]) -> LabelDomain:
    spec = entry.spec
    values = tuple(spec.values) if spec.values is not None else None
    bound = spec.max_values if values is None else None
    return LabelDomain(name, spec.description, values, bound, spec.sensitive, entry.source)


def resolve_metrics(entries: SpecEntries, config: Config, service: str, names: Names) -> tuple[Metric, ...]:
    """The metrics whose name and type are sound, each with its labels' domains."""
    metrics = []
    attributes: set[str] = set()
    for entry in entries.metrics:
        labels = tuple(_label(use, entry, names) for use in _distinct(entry, names))
        if entry.header.broken & {"name", "metric_type"}:
            _note_unsure(entry, names)
            continue
        metric = _metric(entry.header, labels, config, _attribute(entry.header.spec.name, service, attributes))
        if not _labels_are_known(entry):
            names.used.update(("label", name) for name in names.labels)
            exposed = tuple(replace(found, labels_known=False) for found in metric.series)
            metric = replace(metric, series=exposed, initialize=False)
        metrics.append(metric)
        names.metrics.setdefault(metric.name, metric)
        for series in metric.series:
            names.series.setdefault(series.name, series)
        if metric.metric_type == "counter" and not metric.name.endswith("_total"):
            names.unsure.add(f"{metric.name}_total")
    return tuple(metrics)


def _labels_are_known(entry: MetricEntry) -> bool:
    """Whether every label of the list could be read. Where not, nothing follows from what the metric seems to lack."""
    written = entry.header.source.value()
    labels = written.get("labels") if isinstance(written, dict) else None
    if labels is None:
        return not any(nearest(field, ("labels",)) for field in entry.header.broken)
    return isinstance(labels, list) and len(labels) == len(entry.labels)


def _note_unsure(entry: MetricEntry, names: Names) -> None:
    written = entry.header.source.value()
    name = written.get("name") if isinstance(written, dict) else None
    if isinstance(name, str):
        names.unsure.update(name + suffix for suffix in _SUFFIXES)
    if not isinstance(name, str) or "name" in entry.header.broken:
        names.nameless_metrics += 1


def _distinct(entry: MetricEntry, names: Names) -> list[LabelUse]:
    uses: dict[str, LabelUse] = {}
    for use in entry.labels:
        if use.name in uses:
            message = f"the label `{use.name}` stands twice"
            names.findings.append(
                finding("duplicate-name", message, _use_place(use), "Remove one of the two.",
                        entities=(entry.header.spec.name,))
            )  # fmt: skip
        uses.setdefault(use.name, use)
    return list(uses.values())


def _use_place(use: LabelUse) -> Place:
    return use.source.at(use.name).key_place() if use.own else use.source.place()


def _label(use: LabelUse, entry: MetricEntry, names: Names) -> LabelDomain:
    """The label's domain: the shared one, narrowed or replaced by the metric's own."""
    shared = names.labels.get(use.name)
    if use.own is None:
        names.use("label", use.name, names.labels)
        if shared is None:
            _undefined(use, entry, names)
            return LabelDomain(use.name, source=use.source)
        if not shared.closed and shared.max_values is None and f"label {use.name}" not in names.unsure:
            _unbounded(use, shared, names)
        return shared
    own = _domain(use.name, use.own)
    if shared is not None:
        names.used.add(("label", use.name))
        own = _narrowed(own, shared, use, entry, names)
    elif not own.closed and own.max_values is None and not use.own.broken:
        _undefined(use, entry, names)
    return own


def _narrowed(own: LabelDomain, shared: LabelDomain, use: LabelUse, entry: MetricEntry, names: Names) -> LabelDomain:
    """A metric's own definition over the shared one: what it does not say, the shared one says."""
    if own.max_values is not None and shared.closed:
        message = f"`{own.name}` has a closed domain, which a metric can only narrow"
        place = use.source.at(use.name, "max_values").key_place()
        help = "List the values that this metric has."
        names.findings.append(finding("invalid-value", message, place, help, entities=(entry.header.spec.name,)))
    if own.closed and shared.values is not None:
        for value in own.values or ():
            if value not in shared.values:
                message = f'the shared label `{own.name}` has no value "{value}"'
                help = did_you_mean(value, shared.values) or f"Add it to `labels: {own.name}`."
                place = (use.own.source if use.own else use.source).place()
                names.findings.append(
                    finding("invalid-value", message, place, help, entities=(entry.header.spec.name,))
                )
    bounded = own.closed or own.max_values is not None
    return LabelDomain(
        own.name,
        own.description or shared.description,
        own.values if bounded else shared.values,
        own.max_values if bounded else shared.max_values,
        own.sensitive or shared.sensitive,
        own.source,
    )


def is_reserved(label: str, target_labels: Collection[str]) -> bool:
    """Whether no metric may have the label: Prometheus sets or interprets it itself."""
    return label in ("le", "quantile") or label.startswith("__") or label in target_labels


def _undefined(use: LabelUse, entry: MetricEntry, names: Names) -> None:
    if is_reserved(use.name, names.target_labels) or names.is_missing("labels"):
        return
    message = f"no definition bounds the label `{use.name}`, so its cardinality cannot be proven"
    help = did_you_mean(use.name, names.labels) or (
        f"Add it to `labels:` with `values` or `max_values`, or write `{{{use.name}: [...]}}` here."
    )
    entities = (entry.header.spec.name, use.name)
    names.findings.append(finding("undefined-label", message, _use_place(use), help, entities=entities))


def _unbounded(use: LabelUse, shared: LabelDomain, names: Names) -> None:
    """A shared label without a bound is told once, where it is defined."""
    names.unsure.add(f"label {use.name}")
    assert shared.source is not None
    message = f"the label `{shared.name}` has neither `values` nor `max_values`"
    help = "List its `values`, or say with `max_values` how many there can be."
    names.findings.append(finding("undefined-label", message, shared.source.key_place(), help, entities=(shared.name,)))


_SWITCHES = {
    "request": "enable_request_metrics",
    "pool": "enable_pool_metrics",
    "process": "enable_process_metrics",
}


def _metric(entry: Entry[MetricSpec], labels: tuple[LabelDomain, ...], config: Config, attribute: str) -> Metric:
    spec = entry.spec
    buckets: tuple[float, ...] = ()
    if spec.metric_type == "histogram":
        buckets = tuple(spec.buckets) if spec.buckets is not None else config.histogram_buckets
    deprecated = None
    if spec.deprecated is not None:
        old = spec.deprecated
        deprecated = Deprecation(old.since, old.replaced_by, old.reason)
    switch = _SWITCHES.get(spec.group)
    return Metric(
        name=spec.name,
        metric_type=spec.metric_type,
        description=spec.description,
        labels=labels,
        unit=spec.unit,
        group=spec.group,
        buckets=buckets,
        initialize=spec.initialize,
        deprecated=deprecated,
        attribute=attribute,
        series=declared_series(spec.name, spec.metric_type, labels, buckets, spec.description),
        enabled=config.enabled and (switch is None or bool(getattr(config, switch))),
        source=entry.source,
    )


_TAKEN = frozenset(("asgi_app", "close", "config", "info", "registry", "reload", "serve", "watch", "wsgi_app"))
"""Names that the generated `Metrics` class has itself."""


def _attribute(name: str, service: str, taken: set[str]) -> str:
    """The metric's name in the generated module: without the service's name before it."""
    short = name.removeprefix(f"{service}_")
    attribute = re.sub(r"\W", "_", short, flags=re.ASCII)
    if not attribute or attribute[0].isdigit() or attribute.startswith("_"):
        attribute = f"metric_{attribute.lstrip('_')}"
    while keyword.iskeyword(attribute) or attribute in _TAKEN or attribute in taken:
        attribute += "_"
    taken.add(attribute)
    return attribute
