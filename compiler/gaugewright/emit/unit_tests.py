"""Unit tests for promtool: each alert firing, with its labels and texts, and each alert staying silent.

The series come from `witnesses`, which solves the alert's expression over the declared labels. Where
no series were found the file says so and why; nothing is claimed that was not computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from gaugewright.emit.alert_text import rendered
from gaugewright.emit.prometheus import (
    ALERTS,
    RECORDS,
    alert_annotations,
    alert_labels,
    alerts_group,
    maintenance_alert,
    maintenance_annotations,
    records_group,
)
from gaugewright.emit.templates import render
from gaugewright.emit.yaml_text import comment, single_quoted, text, tree
from gaugewright.model.go_numbers import number
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertTest
from gaugewright.promql.literals import quote
from gaugewright.promql.syntax import Aggregate, Expr, VectorSelector, Word
from gaugewright.witnesses import Firing, Unsolvable, Witness, compared, find
from gaugewright.witnesses.exactness import exact
from gaugewright.witnesses.known import condition_of, witness
from gaugewright.witnesses.world import Line


@dataclass(frozen=True, slots=True)
class Subject:
    """An alert as the test sees it."""

    name: str
    expr: Expr
    find: Callable[[bool], Witness]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    tests: tuple[AlertTest, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertCheck:
    """What fires at a time: the labels and annotations of each."""

    time: str
    alerts: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...]


@dataclass(frozen=True, slots=True)
class QueryCheck:
    """What a query yields at a time: the value of each series, () where there is none."""

    time: str
    expr: str
    samples: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One test: series, and what is to be seen of the alert at some times."""

    name: str
    alert: str
    step: int
    series: tuple[tuple[str, str], ...]
    alerts: tuple[AlertCheck, ...] = ()
    queries: tuple[QueryCheck, ...] = ()


@dataclass(slots=True)
class TestFile:
    """The tests that share an evaluation interval (seconds), and the alerts that have none."""

    interval: int
    cases: list[Case]
    missing: list[str]


def emit(model: Model) -> dict[str, bytes]:
    usual = model.config.scrape_interval_seconds
    files = {usual: TestFile(usual, [], [])}
    for subject in subjects(model):
        for fires in (True, False):
            try:
                found = subject.find(fires)
            except Unsolvable as problem:
                if any(bool(test.firing) == fires for test in subject.tests):
                    continue
                what = "that make it fire" if fires else "that leave it silent"
                files[usual].missing.append(f"{subject.name}: no series were found {what} ({problem}).")
                continue
            file = files.setdefault(found.interval, TestFile(found.interval, [], []))
            file.cases.append(case(model, subject, found, fires))
        for test in subject.tests:
            file = files.setdefault(test.interval, TestFile(test.interval, [], []))
            file.cases.append(own_case(subject, test))
    return {
        f"prometheus/tests/{file_name(file, usual)}": render(
            "prometheus/alerts.test.yml.j2",
            model=model,
            file=file,
            rule_files=(f"../{RECORDS}", f"../{ALERTS}"),
            groups=(records_group(model), alerts_group(model)),
            comment=comment,
            tree=tree,
            text=text,
            single_quoted=single_quoted,
            number=number,
        )
        for file in files.values()
    }


def file_name(file: TestFile, usual: int) -> str:
    """Tests of long ranges are evaluated in longer steps, which promtool sets per file."""
    return "alerts.test.yml" if file.interval == usual else f"alerts-every-{file.interval}s.test.yml"


def subjects(model: Model) -> Iterable[Subject]:
    for alert in model.alert_rules:
        own = partial(witness, model, alert)
        expr, labels, annotations = condition_of(alert).expr, alert_labels(alert), alert_annotations(alert)
        yield Subject(alert.name, expr, own, labels, annotations, alert.tests)
    if model.maintenance_alerts:
        condition = compared(_maintenance_query(model), "==", 1.0, 0)
        labels, annotations = {"severity": "info"}, maintenance_annotations(model)
        yield Subject(maintenance_alert(model), condition.expr, partial(find, model, condition), labels, annotations)


def _maintenance_query(model: Model) -> Expr:
    gauge = VectorSelector(0, 0, Word(0, 0, model.maintenance_gauge))
    return Aggregate(0, 0, Word(0, 0, "max"), gauge, None, None)


def case(model: Model, subject: Subject, witness: Witness, fires: bool) -> Case:
    count = witness.time // witness.step + 1
    waiting_alerts, waiting_queries = _waits(subject, witness)
    alerts, queries = _at_last(model, subject, witness)
    return Case(
        name=f"{subject.name} {'fires' if fires else 'stays silent'}",
        alert=subject.name,
        step=witness.step,
        series=tuple((series_text(line), values_text(line, witness.step, count)) for line in witness.lines),
        alerts=(*waiting_alerts, *alerts),
        queries=(*waiting_queries, *queries),
    )


def own_case(subject: Subject, test: AlertTest) -> Case:
    """A user's test: so many alerts fire, and one of them with each of the labels that are told."""
    time = duration_text(test.eval_time)
    told: list[tuple[dict[str, str], int]] = [({}, len(test.firing))]
    told += [(dict(labels), 1) for labels in test.firing if labels]
    asked = tuple(
        QueryCheck(time, _count(subject.name, {"alertstate": "firing", **labels}), (("{}", count),) if count else ())
        for labels, count in told
    )
    series = tuple((series_name(one.name, one.labels), one.values) for one in test.series)
    return Case(f"{subject.name}: {test.name}", subject.name, test.interval, series, queries=asked)


def _waits(subject: Subject, witness: Witness) -> tuple[tuple[AlertCheck, ...], tuple[QueryCheck, ...]]:
    """The condition holds, for less than the alert's duration: nothing fires, and something is pending."""
    if witness.waiting is None:
        return (), ()
    time = duration_text(witness.waiting)
    return (AlertCheck(time, ()),), (QueryCheck(time, _any(subject.name, "pending"), (("{}", 1),)),)


def _at_last(model: Model, subject: Subject, witness: Witness) -> tuple[tuple[AlertCheck, ...], tuple[QueryCheck, ...]]:
    """What fires at the end, or that nothing does. Where a text of it cannot be foretold, only the firing series are
    looked at; where a label cannot, only that there are some."""
    time = duration_text(witness.time)
    is_exact = exact(model, subject.expr)
    seen = [_seen(subject, firing, is_exact) for firing in witness.firing]
    known = [(labels, annotations) for labels, annotations in seen if labels is not None]
    full = [(labels, annotations) for labels, annotations in known if annotations is not None]
    if len(full) == len(seen):
        return (AlertCheck(time, tuple(full)),), ()
    if len(known) == len(seen):
        samples = tuple((_firing_series(subject.name, labels), 1.0) for labels, _ in known)
        return (), (QueryCheck(time, alerts_selector(subject.name, {"alertstate": "firing"}), samples),)
    return (), (QueryCheck(time, _any(subject.name, "firing"), (("{}", 1.0),)),)


def _any(alert: str, state: str) -> str:
    return f"{_count(alert, {'alertstate': state})} > bool 0"


def _count(alert: str, labels: Mapping[str, str]) -> str:
    return f"count({alerts_selector(alert, labels)})"


def alerts_selector(alert: str, labels: Mapping[str, str]) -> str:
    """The series that Prometheus itself keeps of an alert, with these labels."""
    return f"ALERTS{{{_label_list({'alertname': alert, **labels})}}}"


def duration_text(seconds: int) -> str:
    """As Prometheus writes it: `27h1m`."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0s"


def _seen(subject: Subject, firing: Firing, is_exact: bool) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """The labels and annotations of one firing alert, each None where not all is known."""
    own = _all_rendered(subject.labels, firing, is_exact)
    annotations = _all_rendered(subject.annotations, firing, is_exact)
    if own is None:
        return None, None
    labels = {name: value for name, value in {**firing.labels, **own}.items() if value}
    return labels, annotations


def _all_rendered(texts: Mapping[str, str], firing: Firing, is_exact: bool) -> dict[str, str] | None:
    found = {name: rendered(given, firing.labels, firing.values, is_exact) for name, given in texts.items()}
    known = {name: value for name, value in found.items() if value is not None}
    return known if len(known) == len(found) else None


def series_text(line: Line) -> str:
    return series_name(line.name, dict(line.labels))


def series_name(name: str, labels: Mapping[str, str]) -> str:
    """`name{label="value"}`."""
    return f"{name}{{{_label_list(labels)}}}" if labels else name


def _label_list(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={quote(value)}" for name, value in labels.items())


def values_text(line: Line, step: int, count: int) -> str:
    """promtool's notation: a first value, a rise, and how many values follow the first. A line that turns has two
    of these."""
    if line.turn is not None and line.then is not None:
        before = line.turn // step
        after = replace(line.then, start=line.then.at(line.turn))
        return f"{values_text(replace(line, turn=None), step, before - 1)} {values_text(after, step, count - before)}"
    rise = line.slope * step
    if rise == 0:
        return f"{number(line.start)}x{count}"
    return f"{number(line.start)}{'-' if rise < 0 else '+'}{number(abs(rise))}x{count}"


def _firing_series(alert: str, labels: Mapping[str, str]) -> str:
    return alerts_selector(alert, {"alertstate": "firing", **labels})
