"""Queries: labels in matchers, metrics that are on their way out or switched off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gaugewright.diagnostics import Diagnostic, Edit, Mend, Place, Related, replaced
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, listed, meant, other_value
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Model
from gaugewright.model.rules import Query, Selector
from gaugewright.promql.syntax import Call, Duration, Expr, Matcher, MatrixSelector, SubqueryExpr, VectorSelector, walk


class PlacedQuery(NamedTuple):
    """A query and the names of what it belongs to, the innermost first."""

    query: Query
    entities: tuple[str, ...]


def queries(model: Model) -> Iterator[PlacedQuery]:
    """Every query of the spec."""
    for rule in model.recording_rules:
        yield PlacedQuery(rule.query, (rule.name,))
    for alert in model.alert_rules:
        yield PlacedQuery(alert.query, (alert.name,))
        yield from (PlacedQuery(asked.query, (alert.name,)) for asked in alert.text_queries)
    for dashboard in model.dashboards:
        for panel in dashboard.panels:
            for item in panel.queries:
                yield PlacedQuery(item.query, (panel.title, dashboard.title))
        for variable in dashboard.variables:
            if variable.asked is not None:
                yield PlacedQuery(variable.asked, (variable.name, dashboard.title))


def unknown_labels(model: Model) -> Iterator[Diagnostic]:
    """A matcher on a label that the selected series surely lack."""
    for query, entities in queries(model):
        for selector in query.selectors:
            for matcher in selector.node.matchers:
                if _lacks(selector, matcher, model):
                    yield _unknown_label(query, selector, matcher, entities, model)


def _lacks(selector: Selector, matcher: Matcher, model: Model) -> bool:
    name = matcher.label.text
    if not selector.series or name == "__name__" or matcher.label.variables or name in model.target_labels:
        return False
    if name in model.service.external_labels:
        return False  # told as `external-label`
    return all(series.labels_known and name not in series.label_names for series in selector.series)


def _unknown_label(
    query: Query, selector: Selector, matcher: Matcher, entities: tuple[str, ...], model: Model
) -> Diagnostic:
    series = selector.series[0]
    name = matcher.label.text
    message = f"`{series.name}` has no label `{name}`"
    known = [*series.label_names, *model.target_labels]
    help = did_you_mean(name, known) or f"Its labels are {listed(known)}."
    place = query.source.inside(matcher.label.start, matcher.label.end)
    related: tuple[Related, ...] = ()
    metric = next((metric for metric in model.metrics if metric.name == series.metric), None)
    if metric is not None:
        related = (Related(f"`{metric.name}` is declared here", metric.source.at("name").place()),)
    found = meant(name, known)
    mend = query.source.mend(found and replaced(matcher.label.start, matcher.label.end, *found))
    return finding("unknown-label", message, place, help, related, (*entities, series.metric), mend)


def deprecated_metrics(model: Model) -> Iterator[Diagnostic]:
    """A query of a metric that is to go."""
    deprecated = {metric.name: metric for metric in model.metrics if metric.deprecated}
    if not deprecated:
        return
    for query, entities in queries(model):
        for selector in query.selectors:
            for series in selector.series:
                metric = deprecated.get(series.metric)
                if metric is not None and metric.deprecated is not None:
                    old = metric.deprecated
                    since = f" since {old.since}" if old.since else ""
                    message = f"`{metric.name}` is deprecated{since}" + (f": {old.reason}" if old.reason else "")
                    help = f"Use `{old.replaced_by}`." if old.replaced_by else "Use another metric."
                    place = selector_place(query, selector)
                    mend = query.source.mend(_replacement(selector, series.name, metric, model))
                    about = (*entities, metric.name)
                    yield finding("deprecated-metric", message, place, help, entities=about, mend=mend)


def _replacement(selector: Selector, series: str, old: Metric, model: Model) -> Mend | None:
    """The same series of the metric that replaces it: whether it means the same, its owner knows."""
    instead = old.deprecated.replaced_by if old.deprecated else None
    new = next((metric for metric in model.metrics if metric.name == instead), None)
    name = selector.node.name
    if new is None or name is None or new.metric_type != old.metric_type:
        return None
    return replaced(name.start, name.end, new.name + series.removeprefix(old.name))


_LATER_FUNCTIONS = frozenset(
    (
        "double_exponential_smoothing", "first_over_time", "histogram_avg", "histogram_quantiles", "histogram_stddev",
        "histogram_stdvar", "info", "mad_over_time", "sort_by_label", "sort_by_label_desc",
        "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time",
    )
)  # fmt: skip
"""Functions that promtool 2.42 (Debian 12) does not know and a current one does."""


def newer_syntax(model: Model) -> Iterator[Diagnostic]:
    """What a Prometheus of Debian's generation (2.42) refuses, and with it the whole rule file."""
    for query, entities in queries(model):
        for node in walk(query.tree):
            yield from _newer(node, query, entities)


def _newer(node: Expr, query: Query, entities: tuple[str, ...]) -> Iterator[Diagnostic]:
    help = "Accept it with `allow` where all your Prometheus servers are newer."
    if isinstance(node, Call) and node.function.text in _LATER_FUNCTIONS:
        place = query.source.inside(node.function.start, node.function.end)
        message = f"{node.function.text}() needs a Prometheus later than 2.42"
        yield finding("newer-prometheus", message, place, help, entities=entities)
    for duration in _durations(node):
        written = query.text[duration.start : duration.end].split()[-1]
        if written.replace(".", "").isdecimal():
            place = query.source.inside(duration.end - len(written), duration.end)
            message = "a duration without a unit needs a Prometheus later than 2.42"
            mend = query.source.mend(replaced(duration.end, duration.end, "s", certain=True))
            yield finding("newer-prometheus", message, place, f"Write `{written}s`.", entities=entities, mend=mend)


def _durations(node: Expr) -> Iterator[Duration]:
    if isinstance(node, (MatrixSelector, SubqueryExpr)):
        yield node.range
    if isinstance(node, SubqueryExpr) and node.step is not None:
        yield node.step
    if isinstance(node, (VectorSelector, MatrixSelector, SubqueryExpr)) and node.offset is not None:
        yield node.offset


def unknown_replacements(model: Model) -> Iterator[Diagnostic]:
    """A deprecated metric whose replacement does not exist."""
    names = [metric.name for metric in model.metrics]
    for metric in model.metrics:
        instead = metric.deprecated.replaced_by if metric.deprecated else None
        if instead is not None and instead not in names:
            place = metric.source.at("deprecated", "replaced_by").place()
            help = did_you_mean(instead, names) or "Declare it, or leave `replaced_by` out."
            mend = metric.source.at("deprecated", "replaced_by").mend(other_value(instead, names))
            message = f"no metric is named `{instead}`"
            yield finding("unknown-metric", message, place, help, entities=(metric.name,), mend=mend)


def disabled_metrics(model: Model) -> Iterator[Diagnostic]:
    """A query of a metric that `metrics_config` switches off: it finds nothing."""
    disabled = {metric.name: metric for metric in model.metrics if not metric.enabled}
    for query, entities in queries(model):
        for selector in query.selectors:
            for series in selector.series:
                metric = disabled.get(series.metric)
                if metric is not None:
                    switch = f"enable_{metric.group}_metrics" if model.config.enabled else "enabled"
                    message = f"`{metric.name}` is not exposed while `{switch}` is false"
                    place = selector_place(query, selector)
                    help = f"Set `{switch}: true`, or remove the query."
                    mend = Mend((Edit(0, None, "true", ("metrics_config", switch)),))
                    about = (*entities, metric.name)
                    yield finding("disabled-metric", message, place, help, entities=about, mend=mend)


def selector_place(query: Query, selector: Selector) -> Place:
    """The metric's name in a query, or the selector where it has none."""
    node = selector.node.name or selector.node
    return query.source.inside(node.start, node.end)
