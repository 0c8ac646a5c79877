"""Labels, metrics, and the series that they are exposed as."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Literal

from gaugewright.spec.source import Source

MetricType = Literal["counter", "gauge", "histogram", "summary"]
Group = Literal["request", "pool", "process", "service"]
Role = Literal["counter", "gauge", "bucket", "sum", "count", "info"]
Origin = Literal["declared", "module", "process", "scrape", "recorded"]


@dataclass(frozen=True, slots=True)
class LabelDomain:
    """A label and the values it can have: `values` (closed), or at most `max_values` of any (open)."""

    name: str
    description: str = ""
    values: tuple[str, ...] | None = None
    max_values: int | None = None
    sensitive: bool = False
    source: Source | None = field(default=None, compare=False, repr=False)

    @property
    def closed(self) -> bool:
        return self.values is not None

    @property
    def size(self) -> int:
        """The most values it can have; 1 for a label that nothing bounds (it has a finding)."""
        return len(self.values) if self.values is not None else self.max_values or 1

    @property
    def sample(self) -> str:
        """One of the values; of an open domain, an invented one."""
        return self.values[0] if self.values else f"some_{self.name}"


@dataclass(frozen=True, slots=True)
class Series:
    """What is stored under one name: `proxywhirl_requests_total`, or `x_bucket` of a histogram `x`.

    `labels` are the metric's own and `le`; target labels (`job`, `instance`, ...) are on every
    scraped series and stand once, in `Model.target_labels`. `labels_known` is false for a recorded
    series whose labels nobody has inferred.
    """

    name: str
    role: Role
    labels: tuple[LabelDomain, ...]
    metric: str
    origin: Origin
    description: str = ""
    labels_known: bool = True

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)


@dataclass(frozen=True, slots=True)
class Deprecation:
    since: str
    replaced_by: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A declared metric, resolved: its labels' domains, its buckets, its exposed series.

    `attribute` is its name in the generated module (`metrics.requests_total`); `enabled` is false
    where `enable_*_metrics` turns its group off (it is still declared and exposed on demand).
    """

    name: str
    metric_type: MetricType
    description: str
    labels: tuple[LabelDomain, ...]
    unit: str | None
    group: Group
    buckets: tuple[float, ...]
    initialize: bool
    deprecated: Deprecation | None
    attribute: str
    series: tuple[Series, ...]
    enabled: bool
    source: Source = field(compare=False, repr=False)

    @property
    def combinations(self) -> int:
        """The most combinations of label values: the product of its labels' sizes."""
        return prod(label.size for label in self.labels)

    @property
    def series_count(self) -> int:
        """The most series on the endpoint: a histogram has one per bucket and +Inf, `_sum`, `_count`."""
        per_combination = {"counter": 1, "gauge": 1, "summary": 2, "histogram": len(self.buckets) + 3}
        return self.combinations * per_combination[self.metric_type]

    @property
    def closed(self) -> bool:
        """Whether every series can be named before the service runs."""
        return all(label.closed for label in self.labels)
