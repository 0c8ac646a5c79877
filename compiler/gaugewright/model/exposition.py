"""What a declared metric is exposed as, and the series that are there without being declared.

Python's prometheus_client decides: a counter always ends in `_total`, a summary has no quantiles, a
histogram `x` is `x_bucket`, `x_sum` and `x_count`, and there is no series `x` of either.
"""

from __future__ import annotations

from math import inf

from gaugewright.model.go_numbers import bucket_label
from gaugewright.model.metrics import LabelDomain, MetricType, Role, Series
from gaugewright.model.service import Config


def bucket_domain(buckets: tuple[float, ...]) -> LabelDomain:
    """The label `le` of a histogram with these boundaries (`+Inf` is always there)."""
    bounds = tuple(dict.fromkeys((*buckets, inf)))
    return LabelDomain("le", "Upper boundary of the bucket", tuple(bucket_label(bound) for bound in bounds))


def declared_series(
    name: str,
    metric_type: MetricType,
    labels: tuple[LabelDomain, ...],
    buckets: tuple[float, ...],
    description: str,
) -> tuple[Series, ...]:
    """The series of a metric, under the names that a query must use."""

    def series(suffix: str, role: Role, *more: LabelDomain) -> Series:
        return Series(name + suffix, role, (*labels, *more), name, "declared", description)

    if metric_type == "counter":
        return (series("", "counter"),)
    if metric_type == "gauge":
        return (series("", "gauge"),)
    summary = (series("_sum", "sum"), series("_count", "count"))
    if metric_type == "summary":
        return summary
    return (series("_bucket", "bucket", bucket_domain(buckets)), *summary)


def module_series(rejected: str, maintenance: str | None, metric_names: tuple[str, ...]) -> tuple[Series, ...]:
    """Series of the generated module itself: rejected values, and the maintenance gauge where there is one."""
    reasons = ("invalid_value", "overflow", "redacted", "invalid_amount")
    labels = (LabelDomain("metric", values=metric_names), LabelDomain("reason", values=reasons))
    found = [Series(rejected, "counter", labels, rejected, "module", "Values that the module did not take.")]
    if maintenance is not None:
        text = "1 while the service says that it is under maintenance."
        found.append(Series(maintenance, "gauge", (), maintenance, "module", text))
    return tuple(found)


def process_series(config: Config) -> tuple[Series, ...]:
    """What prometheus_client's process, platform and gc collectors expose (on Linux)."""
    if not config.enable_process_metrics:
        return ()
    generation = LabelDomain("generation", "Generation of the collector", ("0", "1", "2"))
    info = tuple(
        LabelDomain(name, max_values=1) for name in ("implementation", "major", "minor", "patchlevel", "version")
    )
    table: tuple[tuple[str, Role, tuple[LabelDomain, ...]], ...] = (
        ("process_virtual_memory_bytes", "gauge", ()),
        ("process_resident_memory_bytes", "gauge", ()),
        ("process_start_time_seconds", "gauge", ()),
        ("process_cpu_seconds_total", "counter", ()),
        ("process_open_fds", "gauge", ()),
        ("process_max_fds", "gauge", ()),
        ("python_info", "info", info),
        ("python_gc_objects_collected_total", "counter", (generation,)),
        ("python_gc_objects_uncollectable_total", "counter", (generation,)),
        ("python_gc_collections_total", "counter", (generation,)),
    )
    return tuple(Series(name, role, labels, name, "process") for name, role, labels in table)


def scrape_series() -> tuple[Series, ...]:
    """What Prometheus itself stores for each target, and for each alert that is pending or firing."""
    gauges = (
        "up",
        "scrape_duration_seconds",
        "scrape_samples_scraped",
        "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    )
    alerts = tuple(
        Series(name, "gauge", (), name, "scrape", labels_known=False) for name in ("ALERTS", "ALERTS_FOR_STATE")
    )
    return (*(Series(name, "gauge", (), name, "scrape") for name in gauges), *alerts)
