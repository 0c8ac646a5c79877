"""From what the user wrote to the resolved model, in the order in which names are needed."""

from __future__ import annotations

from gaugewright.diagnostics import Diagnostic, Place
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, nearest
from gaugewright.model.exposition import module_series, process_series, scrape_series
from gaugewright.model.metrics import LabelDomain, Metric, Series
from gaugewright.model.model import Export, Model
from gaugewright.model.names import Names
from gaugewright.model.resolve_alerts import (
    declare_recorded_series,
    resolve_alerts,
    resolve_recording_rules,
)
from gaugewright.model.resolve_dashboards import resolve_dashboards
from gaugewright.model.resolve_metrics import resolve_labels, resolve_metrics
from gaugewright.model.resolve_routing import resolve_routing
from gaugewright.model.resolve_service import (
    resolve_channels,
    resolve_config,
    resolve_service,
)
from gaugewright.model.service import Config, Service
from gaugewright.spec.read import TOP_LEVEL, Entry, SpecEntries
from gaugewright.spec.schema import ExportSpec


def build_model(entries: SpecEntries, spec_name: str, spec_sha256: str) -> tuple[Model, list[Diagnostic]]:
    """The model, and what was found while names were resolved.

    With errors among the findings (or among the spec's own) the model is partial: whatever had an
    error is left out, and no output may be made of it.
    """
    names = Names(missing_lists=_unreadable_lists(entries), features=frozenset(entries.service.spec.feature_flags))
    config = resolve_config(entries)
    service = resolve_service(entries, config)
    resolve_labels(entries, names)
    names.target_labels.update(_target_labels(service))
    metrics = resolve_metrics(entries, config, service.name, names)
    built_in = _built_in_series(entries, service, config, metrics)
    for series in built_in:
        names.series.setdefault(series.name, series)
    declare_recorded_series(entries, names)
    channels = resolve_channels(entries, names)
    recording_rules = resolve_recording_rules(entries, names)
    alert_rules = resolve_alerts(entries, service.runbook_url, config.scrape_interval_seconds, names)
    dashboards = resolve_dashboards(entries, names)
    exports = tuple(_export(entry, names) for entry in entries.exports)
    model = Model(
        spec_name=spec_name,
        spec_sha256=spec_sha256,
        service=service,
        config=config,
        routing=resolve_routing(entries, names),
        labels=names.labels,
        metrics=metrics,
        series=names.series,
        built_in_series=built_in,
        target_labels=names.target_labels,
        recording_rules=recording_rules,
        channels=channels,
        alert_rules=alert_rules,
        dashboards=dashboards,
        exports=exports,
        incomplete=names.missing_lists,
        used=frozenset(names.used),
        source=entries.source,
    )
    return model, _without_cascade(names.findings, names.nameless_metrics)


_CONTAINERS = {
    "labels": dict, "metrics": list, "recording_rules": list, "notification_channels": list, "alert_rules": list,
    "dashboards": list,
}  # fmt: skip


def _unreadable_lists(entries: SpecEntries) -> frozenset[str]:
    """Top-level keys whose value is of the wrong kind, or that are misspelt: what they should define is not known."""
    root = entries.source.document.root
    meant = {nearest(key, TOP_LEVEL) for key in root if key not in TOP_LEVEL}
    return frozenset(
        key
        for key, kind in _CONTAINERS.items()
        if (root[key] is not None and not isinstance(root[key], kind) if key in root else key in meant)
    )


def _without_cascade(findings: list[Diagnostic], nameless: int) -> list[Diagnostic]:
    """Leaves out that a metric is unknown where a metric without a sound name may be the one meant.

    As many names as there are such metrics are spared, the most used first; a name that is but a slip
    away from a declared one is none of them.
    """
    unknown = [item for item in findings if item.code == "unknown-metric"]
    if not nameless or not unknown:
        return findings
    by_name: dict[str, int] = {}
    for item in unknown:
        if not item.help.startswith("Did you mean") or not _is_slip(item):
            by_name[item.message] = by_name.get(item.message, 0) + 1
    spared = set(sorted(by_name, key=lambda name: -by_name[name])[:nameless])
    return [item for item in findings if item.code != "unknown-metric" or item.message not in spared]


def _is_slip(item: Diagnostic) -> bool:
    from difflib import SequenceMatcher

    written = item.message.split("`")[1]
    meant = item.help.split('"')[1]
    return SequenceMatcher(None, written, meant).ratio() > 0.93


def _target_labels(service: Service) -> dict[str, LabelDomain]:
    domains = {
        "job": LabelDomain("job", "The scrape job", (service.name,)),
        "instance": LabelDomain("instance", "The scraped address", tuple(dict.fromkeys(service.targets))),
    }
    for name, value in service.target_labels.items():
        domains[name] = LabelDomain(name, "Set by the scrape configuration", (value,))
    return domains


def _built_in_series(
    entries: SpecEntries, service: Service, config: Config, metrics: tuple[Metric, ...]
) -> tuple[Series, ...]:
    """What nobody declares and yet exists: the module's own series, the process's, the scrape's."""
    needs_maintenance = any(
        entry.spec.suppression_enabled and entry.spec.suppression_schedule is None for entry in entries.alert_rules
    )
    maintenance = f"{service.name}_maintenance_mode" if needs_maintenance else None
    rejected = f"{service.name}_metrics_rejected_total"
    module = module_series(rejected, maintenance, tuple(metric.name for metric in metrics))
    return (*module, *process_series(config), *scrape_series())


def _export(entry: Entry[ExportSpec], names: Names) -> Export:
    spec = entry.spec
    metrics: dict[str, Metric] = {}
    for index, name in enumerate(spec.metric_names if "metric_names" not in entry.broken else ()):
        place = entry.source.at("metric_names", index).place()
        if name in metrics:
            names.findings.append(
                finding("duplicate-name", f"the metric `{name}` stands twice", place,
                        "Remove one of the two.", entities=(spec.name,))
            )  # fmt: skip
        elif name in names.metrics:
            metrics[name] = names.metrics[name]
        elif not names.is_unsure(name) and not names.is_missing("metrics"):
            names.findings.append(_unknown_metric(name, place, names, spec.name))
    return Export(
        name=spec.name,
        requested_by=spec.requested_by,
        metrics=tuple(metrics.values()),
        start_time=spec.start_time,
        end_time=spec.end_time,
        format=spec.format,
        filters=dict(spec.filters),
        output_path=spec.output_path,
        export_id=spec.export_id,
        requested_at=spec.requested_at,
        source=entry.source,
    )


def _unknown_metric(name: str, place: Place, names: Names, export: str) -> Diagnostic:
    series = names.series.get(name)
    if series is not None and series.metric in names.metrics:
        help = f'Exports name the metric itself: write "{series.metric}".'
    else:
        help = did_you_mean(name, names.metrics) or "Exports name metrics declared under `metrics:`."
    return finding("unknown-metric", f"no metric is named `{name}`", place, help, entities=(export,))
