"""What the checker can prove of rules without a spec.

Of series nothing is known but what stands in the query, what other given rules record, what Prometheus writes
itself (`up`), and what a page of exposed metrics declares. So an error here is true for every server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from gaugewright.checks.promql import mistakes
from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.compile import compile_text
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.gotemplate.analysis import analyse
from gaugewright.model.model import Model
from gaugewright.model.resolve_queries import located
from gaugewright.model.rules import Query, RecordingRule
from gaugewright.promql.functions import EXPERIMENTAL_FUNCTIONS, FILL_MODIFIERS
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import VectorSelector, walk
from gaugewright.promql.types import Environment, SeriesType, Type, infer, recorded_series, scraped_series, types_of
from gaugewright.promql.types.intervals import COUNTS, POSITIVE, TRUTH
from gaugewright.spec.source import Source

from tests.corpus.rules import Rule

_FEATURES = (EXPERIMENTAL_FUNCTIONS, FILL_MODIFIERS)
"""A rule file does not say what its server has."""

SCRAPE = {
    "up": TRUTH, "scrape_duration_seconds": POSITIVE, "scrape_samples_scraped": COUNTS,
    "scrape_samples_post_metric_relabeling": COUNTS, "scrape_series_added": COUNTS,
}  # fmt: skip
"""What Prometheus writes for each target, and its values."""

Fires = Literal["never", "maybe", "always"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one rule. `fires`: whether its query has a result; None where it is no query."""

    rule: Rule
    findings: tuple[Diagnostic, ...]
    fires: Fires | None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(item for item in self.findings if item.severity == "error")


@dataclass(frozen=True, slots=True)
class _Read:
    """A rule with its query's tree, and what parsing found."""

    rule: Rule
    query: Query | None
    findings: tuple[Diagnostic, ...]


def verdicts(rules: Sequence[Rule], exposed: Mapping[str, SeriesType]) -> Iterator[Verdict]:
    """Each rule's, in their order. Names that the rules record are taken to be recorded by these alone."""
    read = [_read(rule) for rule in rules]
    recorded = [
        RecordingRule(item.rule.name, item.query, "", item.rule.labels, item.rule.query)
        for item in read
        if item.rule.records and item.query is not None
    ]
    broken = {item.rule.name for item in read if item.rule.records and item.query is None}
    written = {name: scraped_series(name, "gauge", {}, value=value, open_labels=True) for name, value in SCRAPE.items()}
    series = _with_recorded({**written, **exposed}, [rule for rule in recorded if rule.name not in broken])
    model = replace(nothing(), recording_rules=tuple(recorded))
    environment = Environment(series, complete=False)
    for item in read:
        yield _verdict(item, model, environment)


@cache
def nothing() -> Model:
    """A model of next to nothing: what the checks ask of it is asked of the environment."""
    text = "gaugewright: 1\nservice: {name: none, targets: ['localhost:1']}\n"
    model = compile_text(f"{text}metrics_config: {{scrape_interval_seconds: 15}}\n").model
    assert model is not None
    return model


def _read(rule: Rule) -> _Read:
    text = str(rule.query.value())
    parsed = parse(text, features=_FEATURES)
    findings = tuple(located(item, rule.query, (rule.name,)) for item in parsed.findings)
    query = None if parsed.tree is None else Query(text, parsed.tree, (), frozenset(), rule.query)
    return _Read(rule, query, findings)


def _with_recorded(known: Mapping[str, SeriesType], rules: Sequence[RecordingRule]) -> dict[str, SeriesType]:
    """The series and what the rules record, each inferred after those that it reads; a circle stays unknown."""
    by_name: dict[str, list[RecordingRule]] = {}
    for rule in rules:
        by_name.setdefault(rule.name, []).append(rule)
    series = dict(known)
    waiting, begun = list(by_name), set[str]()
    while waiting:
        name = waiting[-1]
        begun.add(name)
        needs = {read for rule in by_name[name] for read in _names(rule) if read in by_name}
        missing = [read for read in needs if read not in series and read not in begun]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if name not in series and needs <= series.keys():
            results = [(infer(rule.query.tree, Environment(series, complete=False)), rule.labels)
                       for rule in by_name[name]]  # fmt: skip
            series[name] = recorded_series(name, tuple(results), None)
    return series


def _names(rule: RecordingRule) -> Iterator[str]:
    for node in walk(rule.query.tree):
        if isinstance(node, VectorSelector):
            words = [m.value.text for m in node.matchers if m.label.text == "__name__" and m.op.text == "="]
            yield from words if node.name is None else (node.name.text,)


def _verdict(item: _Read, model: Model, environment: Environment) -> Verdict:
    if item.query is None:
        return Verdict(item.rule, item.findings, None)
    types = types_of(item.query.tree, environment)
    result = types[id(item.query.tree)]
    query = TypedQuery(item.query, (item.rule.name,), types, environment, model)
    typed = tuple(
        replace(found, severity=mistake.severity or found.severity)
        for mistake in mistakes(query)
        for found in [finding(mistake.code, mistake.message, mistake.place or item.rule.query.inside(
            mistake.start, mistake.end), mistake.help, mistake.related, (item.rule.name,))]
    )  # fmt: skip
    texts = tuple(found for text in item.rule.texts for found in _text_findings(text, item.rule, result))
    fires: Fires = {"never has a result": "never", "maybe": "maybe", "always has": "always"}[result.emptiness]  # type: ignore[assignment]
    return Verdict(item.rule, (*item.findings, *typed, *texts), fires)


def _text_findings(text: Source, rule: Rule, result: Type) -> Iterator[Diagnostic]:
    """What is wrong with an annotation's or a label's template."""
    analysis = analyse(str(text.value()))
    for item in (*analysis.refused, *analysis.failing):
        yield located(item, text, (rule.name,))
    for use in analysis.label_uses:
        if not use.of_alert or use.name == "__name__" or not result.lacks(use.name):
            continue
        place = text.inside(use.start, use.end)
        own = use.name in ("alertname", *rule.labels)
        code = "rule-label-in-template" if own else "template-unknown-label"
        message = f"the result of the query has no label `{use.name}`"
        yield finding(code, message, place, entities=(rule.name,))
    if text.path[-2] == "labels":
        for value in analysis.value_uses:
            message = "with the value in a label, each new value begins a new alert"
            yield finding("value-in-label", message, text.inside(value.start, value.end), entities=(rule.name,))
