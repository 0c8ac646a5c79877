"""Checks of queries that need their types. Each is listed once below; a query is inferred once for all of them.

One mistake gives one finding: what has no result is told where it begins, parents are visited before what is
inside them, and of two findings at the same characters the first is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from gaugewright.checks.promql import (
    comparisons,
    counters,
    labels,
    matching,
    quantiles,
    ranges,
    rules,
    selectors,
    units,
)
from gaugewright.checks.promql.typed import Mistake, TypedQuery
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Call, VectorSelector, walk

NodeCheck = Callable[[TypedQuery, Any], Iterator[Mistake]]
QueryCheck = Callable[[TypedQuery], Iterator[Mistake]]

NODE_CHECKS: Final[dict[type, tuple[NodeCheck, ...]]] = {
    VectorSelector: (rules.patterns_in_vain, selectors.matchers, labels.external_matchers),
    Call: (quantiles.quantile_calls, counters.growth, ranges.short_ranges, rules.ambiguous_names),
    Aggregate: (
        labels.grouping_labels,
        quantiles.quantile_aggregations,
        rules.ambiguous_names,
        counters.raw_counters,
    ),
    BinaryExpr: (
        labels.matching_labels,
        matching.matches,
        comparisons.constant_ratios,
        comparisons.constant_comparisons,
        units.unit_mismatches,
        rules.ambiguous_names,
        counters.raw_counters,
    ),
}
"""What is asked of each node of a tree, by its kind."""

QUERY_CHECKS: Final[tuple[QueryCheck, ...]] = (
    comparisons.constant_threshold,
    comparisons.filtering_queries,
    counters.raw_result,
    units.panel_units,
    rules.overwritten_labels,
    rules.recorded_names,
)
"""What is asked of a query as a whole."""


def query_findings(queries: Sequence[TypedQuery]) -> Iterator[Diagnostic]:
    """The findings of all queries."""
    for query in queries:
        for mistake in mistakes(query):
            yield _diagnostic(query, mistake)


def mistakes(query: TypedQuery) -> Iterator[Mistake]:
    """What is wrong with one query, each place told once."""
    told: set[Any] = set()
    for mistake in _all(query):
        place = mistake.place or (mistake.start, mistake.end)
        if place not in told:
            told.add(place)
            told.update(mistake.explains)
            yield mistake


def _all(query: TypedQuery) -> Iterator[Mistake]:
    for node in walk(query.tree):
        for check in NODE_CHECKS.get(type(node), ()):
            yield from check(query, node)
    for about_all in QUERY_CHECKS:
        yield from about_all(query)


def _diagnostic(query: TypedQuery, mistake: Mistake) -> Diagnostic:
    source = query.query.source
    place = mistake.place or source.inside(mistake.start, mistake.end)
    mend = source.mend(mistake.mend)
    found = finding(mistake.code, mistake.message, place, mistake.help, mistake.related, query.entities, mend)
    return found if mistake.severity is None else replace(found, severity=mistake.severity)
