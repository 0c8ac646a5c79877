"""Every check, listed once: a plain function from the model to its findings.

A new check is a function in its family's module, a line here, its code in the catalogue, and its page
in `docs/diagnostics/`, whose examples are its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain

from gaugewright.checks import alerts, config, exports, names, promql, queries, sensitive, templates, texts
from gaugewright.checks.promql.rules import rule_cycles
from gaugewright.diagnostics import Diagnostic
from gaugewright.model.model import Model

Check = Callable[[Model], Iterator[Diagnostic]]
TimedCheck = Callable[[Model, datetime], Iterator[Diagnostic]]

CHECKS: tuple[Check, ...] = (
    names.duplicate_names,
    names.metric_name_collisions,
    names.counters_without_total,
    names.reserved_labels,
    names.unused_names,
    names.unit_suffixes,
    config.port_conflict,
    config.incomplete_auth,
    config.bucket_order,
    config.cardinality_exceeded,
    config.secret_in_spec,
    sensitive.sensitive_labels,
    sensitive.sensitive_texts,
    alerts.short_suppression,
    alerts.always_muted_alerts,
    alerts.either_days,
    alerts.miscounted_months,
    texts.cut_by_comments,
    alerts.short_duration,
    alerts.duplicate_alerts,
    alerts.newer_alertmanager,
    queries.unknown_labels,
    queries.deprecated_metrics,
    queries.unknown_replacements,
    queries.newer_syntax,
    queries.disabled_metrics,
    promql.query_findings,
    rule_cycles,
    templates.alert_texts,
    templates.runbook_urls,
    templates.legends,
)

TIMED_CHECKS: tuple[TimedCheck, ...] = (
    exports.export_ranges,
    exports.export_filters,
    exports.export_paths,
)
"""Checks of what is meant relative to now."""


def run_checks(model: Model, now: datetime) -> list[Diagnostic]:
    """The findings of all checks."""
    found = chain.from_iterable(check(model) for check in CHECKS)
    timed = chain.from_iterable(check(model, now) for check in TIMED_CHECKS)
    return [*found, *timed]
