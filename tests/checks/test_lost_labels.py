"""A metric that lost a label: every alert, panel, recording rule and export that used it is named, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gaugewright.compile import compile_text
from gaugewright.diagnostics import Diagnostic
from gaugewright.gotemplate.analysis import label_uses
from gaugewright.gotemplate.legends import read_legend
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Model
from gaugewright.model.rules import Query
from gaugewright.promql.syntax import Expr, LabelList, VectorSelector, selectors, walk

TEXT = (Path(__file__).parent.parent.parent / "specs" / "proxywhirl.yaml").read_text("utf-8")
CODES = ("unknown-label", "template-unknown-label", "legend-unknown-label")


def _model() -> Model:
    model = compile_text(TEXT, "spec.yaml").model
    assert model is not None
    return model


MODEL = _model()
LOSSES = [(metric, label.name) for metric in MODEL.metrics for label in metric.labels]


def without(metric: Metric, label: str) -> str:
    """The spec in which the metric has lost the label."""
    block = re.search(rf"- name: {metric.name}\n(?:    .*\n)*?    labels: \[(.*)\]\n", TEXT)
    assert block is not None
    items = re.findall(r"\{[^{}]*\}|\w+", block[1])
    kept = [item for item in items if not re.match(rf"\{{?{label}\b", item)]
    assert len(kept) == len(items) - 1
    return TEXT[: block.start(1)] + ", ".join(kept) + TEXT[block.end(1) :]


def found(metric: Metric, label: str) -> list[Diagnostic]:
    return [item for item in compile_text(without(metric, label), "spec.yaml").diagnostics if item.severity != "info"]


def users(metric: Metric, label: str) -> set[str]:
    """The names of what reads the metric, through recording rules too, and names the label."""
    recorded = {rule.name: rule.query for rule in MODEL.recording_rules}
    exports = {item.name for item in MODEL.exports if metric in item.metrics and label in item.filters}
    return exports | {
        name
        for name, query, shown in _entities()
        if any(_reads(node, query, metric.name, recorded) for node in selectors(query.tree))
        and label in {*shown, *_asked(query, metric.name, recorded)}
    }


def _entities() -> Iterator[tuple[str, Query, set[str]]]:
    """Each with its query, and the labels that its texts show."""
    for rule in MODEL.recording_rules:
        yield rule.name, rule.query, set()
    for alert in MODEL.alert_rules:
        yield alert.name, alert.query, {use.name for use in label_uses(alert.summary + alert.description)}
    for dashboard in MODEL.dashboards:
        for panel in dashboard.panels:
            for item in panel.queries:
                yield panel.title, item.query, {name.text for name in read_legend(item.legend).labels}


def _asked(query: Query, metric: str, recorded: dict[str, Query]) -> set[str]:
    """The labels that the query asks of the metric."""
    names: set[str] = set()
    for node in walk(query.tree):
        if any(_reads(selector, query, metric, recorded) for selector in selectors(node)):
            names.update(_named(node))
    return names


def _reads(node: VectorSelector, query: Query, metric: str, recorded: dict[str, Query]) -> bool:
    (selector,) = (item for item in query.selectors if item.node is node)
    return any(
        series.metric == metric
        or (series.name in recorded and any(_reads(inner.node, recorded[series.name], metric, recorded)
                                            for inner in recorded[series.name].selectors))
        for series in selector.series
    )  # fmt: skip


def _named(node: Expr) -> Iterator[str]:
    for part in ("grouping", "matching", "group"):
        labels = getattr(node, part, None)
        if isinstance(labels, LabelList):
            yield from (word.text for word in labels.labels)
    for matcher in getattr(node, "matchers", ()):
        yield matcher.label.text


@pytest.mark.parametrize(("metric", "label"), LOSSES, ids=lambda part: part if isinstance(part, str) else part.name)
def test_everything_that_used_the_label_is_named_at_the_place_of_use_and_nothing_else(
    metric: Metric, label: str
) -> None:
    spec = without(metric, label).splitlines()
    named = set()
    for item in found(metric, label):
        if item.code in CODES:
            shown = spec[item.place.line - 1][item.place.column - 1 : item.place.end_column - 1]
            assert label in shown, item
            named.add(item.entities[0])
    assert named == users(metric, label)


@pytest.mark.parametrize("name", ["proxywhirl_pool_size", "proxywhirl_pool_healthy"])
def test_a_side_of_a_ratio_that_lost_its_label_is_told_at_the_matcher_alone(name: str) -> None:
    metric = next(metric for metric in MODEL.metrics if metric.name == name)
    share = [item.code for item in found(metric, "pool") if item.entities[0] == "Healthy share"]
    assert share == ["unknown-label"]


def test_the_losses_of_the_example_break_something_of_every_kind() -> None:
    broken = set().union(*(users(metric, label) for metric, label in LOSSES))
    assert {alert.name for alert in MODEL.alert_rules} <= broken
    assert {rule.name for rule in MODEL.recording_rules} <= broken
    assert {panel.title for dashboard in MODEL.dashboards for panel in dashboard.panels} <= broken
    assert {export.name for export in MODEL.exports} <= broken


def test_what_is_downstream_says_through_which_rules_the_label_was_lost() -> None:
    metric = next(metric for metric in MODEL.metrics if metric.name == "proxywhirl_requests_total")
    items = [item for item in found(metric, "pool") if item.entities == ("proxy_pool_high_error_rate",)]
    assert len(items) == 2
    for item in items:
        assert item.help == "`pool:proxywhirl_errors:ratio5m` has lost it: keep it in that rule."
        assert [related.message for related in item.related] == [
            "the query",
            "`pool:proxywhirl_errors:ratio5m` is recorded here",
        ]
