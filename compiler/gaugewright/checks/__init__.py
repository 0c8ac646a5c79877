"""Every check, listed once: a plain function from the model to its findings.

A new check is a function in its family's module, a line here, its code in the catalogue, and its page
in `docs/diagnostics/`, whose examples are its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from gaugewright.checks import (
    alerts,
    config,
    exports,
    names,
    promql,
    queries,
    routing,
    sensitive,
    sensitive_texts,
    templates,
    texts,
    variables,
    witnesses,
)
from gaugewright.checks.promql.rules import rule_cycles
from gaugewright.checks.promql.typed import TypedQuery, typed_queries
from gaugewright.diagnostics import Diagnostic
from gaugewright.model.model import Model

Check = Callable[[Model], Iterator[Diagnostic]]
TypedCheck = Callable[[Sequence[TypedQuery]], Iterator[Diagnostic]]
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
    sensitive_texts.sensitive_texts,
    alerts.short_suppression,
    alerts.always_muted_alerts,
    alerts.either_days,
    alerts.miscounted_months,
    texts.cut_by_comments,
    alerts.short_duration,
    alerts.duplicate_alerts,
    alerts.newer_alertmanager,
    routing.inhibited_labels,
    queries.unknown_labels,
    queries.deprecated_metrics,
    queries.unknown_replacements,
    queries.newer_syntax,
    queries.disabled_metrics,
    rule_cycles,
    templates.runbook_url,
)

TYPED_CHECKS: tuple[TypedCheck, ...] = (
    promql.query_findings,
    templates.alert_texts,
    templates.runbook_url_labels,
    templates.legends,
    variables.asked_labels,
    variables.several_values,
    witnesses.tested_labels,
)
"""Checks of queries by their types, which are inferred once for all of them."""

TIMED_CHECKS: tuple[TimedCheck, ...] = (
    exports.export_ranges,
    exports.export_filters,
    exports.export_paths,
)
"""Checks of what is meant relative to now."""

LAST_CHECKS: tuple[Check, ...] = (witnesses.no_witness,)
"""Checks that a spec with an error is spared: they cost more, and what they would say follows from it."""


def run_checks(model: Model, now: datetime) -> list[Diagnostic]:
    """The findings of all checks."""
    found = chain.from_iterable(check(model) for check in CHECKS)
    inferred = typed_queries(model)
    typed = chain.from_iterable(check(inferred) for check in TYPED_CHECKS)
    timed = chain.from_iterable(check(model, now) for check in TIMED_CHECKS)
    return [*found, *typed, *timed]


def run_last_checks(model: Model) -> list[Diagnostic]:
    """What is found in a spec without errors."""
    return list(chain.from_iterable(check(model) for check in LAST_CHECKS))
