"""Queries: parsed, and each selector joined with the series that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from gaugewright.diagnostics import Diagnostic, Edit, Mend, Place, Related, TextFinding, replaced
from gaugewright.diagnostics.catalogue import CATALOGUE, finding
from gaugewright.diagnostics.suggest import did_you_mean, meant, sentence
from gaugewright.model.metrics import Series
from gaugewright.model.names import Names
from gaugewright.model.rules import Query, Selector
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import Expr, Matcher, VectorSelector, selectors
from gaugewright.promql.value_type import value_type
from gaugewright.spec.source import Source

Wanted = Literal["values", "series"]
"""What a query is for: any values (a panel, a recording rule), or series (an alert)."""


def resolve_query(
    text: str,
    source: Source,
    names: Names,
    entities: tuple[str, ...],
    variables: Mapping[str, str] | None = None,
    wants: Wanted = "values",
) -> Query | None:
    """The query with what it reads, or None where it cannot be read (its findings are in `names`)."""
    parsed = parse(text, variables=variables, features=names.features)
    names.findings.extend(located(item, source, entities) for item in parsed.findings)
    for use in parsed.variables:
        names.use(f"variable of {entities[-1]}", use.name, variables or ())
    if parsed.tree is None:
        return None
    wrong = _wrong_kind(parsed.tree, text, wants)
    if wrong is not None:
        names.findings.append(located(wrong, source, entities))
        return None
    if any(CATALOGUE[item.code].binding for item in parsed.findings):
        return None
    found = tuple(_selector(node, source, names, entities) for node in selectors(parsed.tree))
    used = frozenset(use.name for use in parsed.variables)
    return Query(text, parsed.tree, found, used, source)


def _wrong_kind(tree: Expr, text: str, wants: Wanted) -> TextFinding | None:
    """What Prometheus would refuse the whole file for: a rule of samples over time, an alert of one number."""
    kind = value_type(tree)
    if kind == "matrix":
        help = "aggregate it over time: `rate(x[5m])`, `max_over_time(x[5m])`"
        return TextFinding("promql-syntax", tree.start, tree.end, "a range of samples has no single value", help)
    if kind == "string":
        return TextFinding("promql-syntax", tree.start, tree.end, "a text is no value", "query a metric")
    if kind == "scalar" and wants == "series":
        message = "the query is a single number, not series: an alert on it would have no labels"
        mend = Mend((Edit(tree.start, tree.start, "vector("), Edit(tree.end, tree.end, ")")), certain=True)
        return TextFinding("scalar-alert", tree.start, tree.end, message, f"write `vector({text.strip()})`", mend)
    return None


def located(item: TextFinding, source: Source, entities: tuple[str, ...]) -> Diagnostic:
    """A finding inside a text, at its place in the file."""
    help = sentence(item.help)
    place = source.inside(item.start, item.end)
    return finding(item.code, item.message, place, help, entities=entities, mend=source.mend(item.mend))


def _selector(node: VectorSelector, source: Source, names: Names, entities: tuple[str, ...]) -> Selector:
    name = _name(node)
    if name is None:
        return Selector(node, ())
    text, start, end = name
    series = names.series.get(text)
    if series is not None:
        return Selector(node, (series,))
    lists_are_there = not names.is_missing("metrics") and not (":" in text and names.is_missing("recording_rules"))
    if not names.is_unsure(text) and lists_are_there:
        found = unknown_metric(text, source.inside(start, end), names, entities)
        mend = _other_name(node, text, names)
        names.findings.append(replace(found, mend=source.mend(mend)))
    return Selector(node, ())


def _other_name(node: VectorSelector, name: str, names: Names) -> Mend | None:
    """The name that was meant: a counter's with `_total`, one of a histogram's series, or one that is near."""
    if node.name is None:
        return None
    metric = names.metrics.get(name)
    if metric is not None:
        series = metric.series
        usual = next((one for one in series if one.name.endswith("_count")), series[0])
        return replaced(node.name.start, node.name.end, usual.name)
    if f"{name}_total" in names.series:
        return replaced(node.name.end, node.name.end, "_total", certain=True)
    found = meant(name, names.series)
    return found and replaced(node.name.start, node.name.end, *found)


def _name(node: VectorSelector) -> tuple[str, int, int] | None:
    """The one metric name that a selector asks for, unless a variable stands in it."""
    if node.name is not None:
        return None if node.name.variables else (node.name.text, node.name.start, node.name.end)
    for matcher in node.matchers:
        if _is_name(matcher):
            return matcher.value.text, matcher.value.start, matcher.value.end
    return None


def _is_name(matcher: Matcher) -> bool:
    return matcher.label.text == "__name__" and matcher.op.text == "=" and not matcher.value.variables


def unknown_metric(name: str, place: Place, names: Names, entities: tuple[str, ...]) -> Diagnostic:
    """That no series has this name, with what was likely meant."""
    metric = names.metrics.get(name)
    if metric is not None:
        return _base_name(name, metric.metric_type, [series.name for series in metric.series], metric.source,
                          place, entities)  # fmt: skip
    missing_total = names.series.get(f"{name}_total")
    help = did_you_mean(name, names.series)
    if missing_total is not None:
        help = f'Did you mean "{name}_total"?'
    related: tuple[Related, ...] = ()
    suggested: Series | None = next((s for s in names.series.values() if f'"{s.name}"' in help), None)
    if suggested is not None and suggested.metric in names.metrics:
        declared = names.metrics[suggested.metric].source.at("name").place()
        related = (Related(f"`{suggested.metric}` is declared here", declared),)
    help = help or "Declare it under `metrics:` or `recording_rules:`."
    return finding("unknown-metric", f"no metric is named `{name}`", place, help, related, entities)


def _base_name(
    name: str,
    kind: str,
    exposed: list[str],
    source: Source,
    place: Place,
    entities: tuple[str, ...],
) -> Diagnostic:
    listed = ", ".join(f"`{series}`" for series in exposed)
    message = f"`{name}` is a {kind}, which is not exposed under its own name"
    related = (Related("declared here", source.at("name").place()),)
    return finding("histogram-base-name", message, place, f"Query one of {listed}.", related, entities)
