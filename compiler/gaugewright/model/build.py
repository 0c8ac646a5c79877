"""From what the user wrote to the resolved model, in the order in which names are needed."""

from __future__ import annotations

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean
from gaugewright.model.exposition import module_series, process_series, scrape_series
from gaugewright.model.metrics import LabelDomain, Metric
from gaugewright.model.model import Export, Model
from gaugewright.model.names import Names
from gaugewright.model.resolve_alerts import (
    declare_recorded_series,
    resolve_alerts,
    resolve_recording_rules,
)
from gaugewright.model.resolve_dashboards import resolve_dashboards
from gaugewright.model.resolve_metrics import resolve_labels, resolve_metrics
from gaugewright.model.resolve_service import (
    resolve_channels,
    resolve_config,
    resolve_routing,
    resolve_service,
)
from gaugewright.model.service import Config, Service
from gaugewright.spec.read import Entry, SpecEntries
from gaugewright.spec.schema import ExportSpec


def build_model(entries: SpecEntries, spec_name: str, spec_sha256: str) -> tuple[Model, list[Diagnostic]]:
    """The model, and what was found while names were resolved.

    With errors among the findings (or among the spec's own) the model is partial: whatever had an
    error is left out, and no output may be made of it.
    """
    names = Names()
    config = resolve_config(entries)
    service = resolve_service(entries, config)
    resolve_labels(entries, names)
    names.target_labels.update(_target_labels(service))
    metrics = resolve_metrics(entries, config, service.name, names)
    _declare_other_series(entries, service, config, metrics, names)
    channels = resolve_channels(entries, names)
    recording_rules = resolve_recording_rules(entries, names)
    alert_rules = resolve_alerts(entries, service.runbook_url, names)
    dashboards = resolve_dashboards(entries, names)
    exports = tuple(
        export for export in (_export(entry, names) for entry in entries.exports) if export is not None
    )
    model = Model(
        spec_name=spec_name,
        spec_sha256=spec_sha256,
        service=service,
        config=config,
        routing=resolve_routing(entries),
        labels=names.labels,
        metrics=metrics,
        series=names.series,
        target_labels=names.target_labels,
        recording_rules=recording_rules,
        channels=channels,
        alert_rules=alert_rules,
        dashboards=dashboards,
        exports=exports,
        used=frozenset(names.used),
        source=entries.source,
    )
    return model, names.findings


def _target_labels(service: Service) -> dict[str, LabelDomain]:
    domains = {
        "job": LabelDomain("job", "The scrape job", (service.name,)),
        "instance": LabelDomain("instance", "The scraped address", tuple(dict.fromkeys(service.targets))),
    }
    for name, value in service.target_labels.items():
        domains[name] = LabelDomain(name, "Set by the scrape configuration", (value,))
    return domains


def _declare_other_series(
    entries: SpecEntries, service: Service, config: Config, metrics: tuple[Metric, ...], names: Names
) -> None:
    """What nobody declares and yet exists: the module's own, the process's, the scrape's; recorded series."""
    needs_maintenance = any(
        entry.spec.suppression_enabled and entry.spec.suppression_schedule is None
        for entry in entries.alert_rules
    )
    maintenance = f"{service.name}_maintenance_mode" if needs_maintenance else None
    rejected = f"{service.name}_metrics_rejected_total"
    metric_names = tuple(metric.name for metric in metrics)
    for series in (
        *module_series(rejected, maintenance, metric_names),
        *process_series(config),
        *scrape_series(),
    ):
        names.series.setdefault(series.name, series)
    declare_recorded_series(entries, names)


def _export(entry: Entry[ExportSpec], names: Names) -> Export | None:
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
        elif not names.is_unsure(name):
            names.findings.append(_unknown_metric(name, place, names, spec.name))
    if entry.broken:
        return None
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


def _unknown_metric(name: str, place, names: Names, export: str) -> Diagnostic:  # type: ignore[no-untyped-def]
    series = names.series.get(name)
    if series is not None and series.metric in names.metrics:
        help = f'Exports name the metric itself: write "{series.metric}".'
    else:
        help = did_you_mean(name, names.metrics) or "Exports name metrics declared under `metrics:`."
    return finding("unknown-metric", f"no metric is named `{name}`", place, help, entities=(export,))
