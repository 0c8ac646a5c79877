"""The whole of a spec, resolved: what every check and every target reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gaugewright.model.dashboards import Dashboard
from gaugewright.model.metrics import LabelDomain, Metric, Series
from gaugewright.model.rules import AlertRule, RecordingRule
from gaugewright.model.service import Channel, Config, Routing, Service
from gaugewright.spec.source import Source


@dataclass(frozen=True, slots=True)
class Export:
    """A HistoricalExport as requested. Times are as written: RFC 3339 or relative to now."""

    name: str
    requested_by: str
    metrics: tuple[Metric, ...]
    start_time: str
    end_time: str
    format: Literal["csv", "json", "parquet"]
    filters: Mapping[str, str]
    output_path: str
    export_id: str | None
    requested_at: str | None
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Model:
    """`series` is every series that can be queried, by name. `target_labels` are on every scraped
    one (`job`, `instance` and the spec's own). `maintenance_alerts` are those muted by the
    service's maintenance gauge. `spec_name` is the spec's file name, `spec_sha256` its bytes' hash."""

    spec_name: str
    spec_sha256: str
    service: Service
    config: Config
    routing: Routing
    labels: Mapping[str, LabelDomain]
    metrics: tuple[Metric, ...]
    series: Mapping[str, Series]
    built_in_series: tuple[Series, ...]
    """The series that exist without being declared: the module's, the process's, the scrape's."""
    target_labels: Mapping[str, LabelDomain]
    recording_rules: tuple[RecordingRule, ...]
    channels: tuple[Channel, ...]
    alert_rules: tuple[AlertRule, ...]
    dashboards: tuple[Dashboard, ...]
    exports: tuple[Export, ...]
    incomplete: frozenset[str]
    """Top-level keys that could not be read, so that what they define is not known."""
    used: frozenset[tuple[str, str]]
    """What is referred to, as (kind, name): `("label", "pool")`, `("channel", "ops")`,
    `("variable of <dashboard>", "pool")`."""
    source: Source = field(compare=False, repr=False)

    @property
    def maintenance_alerts(self) -> tuple[AlertRule, ...]:
        return tuple(alert for alert in self.alert_rules if alert.suppression and alert.suppression.schedule is None)

    @property
    def maintenance_gauge(self) -> str:
        return f"{self.service.name}_maintenance_mode"

    @property
    def rejected_counter(self) -> str:
        return f"{self.service.name}_metrics_rejected_total"

    @property
    def combinations(self) -> int:
        return sum(metric.combinations for metric in self.metrics)

    @property
    def series_count(self) -> int:
        return sum(metric.series_count for metric in self.metrics)
