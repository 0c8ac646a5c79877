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


@dataclass(frozen=True, slots=True)
class Case:
    """One test: series, a time, and what is to be seen then.

    `alerts` are the labels and annotations of what fires (none where it is silent). Where an annotation
    cannot be foretold it is None and `samples` has the firing series instead; where a label cannot,
    `samples` is None too, and the test only counts."""

    name: str
    alert: str
    step: int
    time: str
    series: tuple[tuple[str, str], ...]
    alerts: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] | None
    samples: tuple[str, ...] | None = None


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
                what = "that make it fire" if fires else "that leave it silent"
                files[usual].missing.append(f"{subject.name}: no series were found {what} ({problem}).")
                continue
            file = files.setdefault(found.interval, TestFile(found.interval, [], []))
            file.cases.append(case(model, subject, found, fires))
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
        )
        for file in files.values()
    }


def file_name(file: TestFile, usual: int) -> str:
    """Tests of long ranges are evaluated in longer steps, which promtool sets per file."""
    return "alerts.test.yml" if file.interval == usual else f"alerts-every-{file.interval}s.test.yml"


def subjects(model: Model) -> Iterable[Subject]:
    for alert in model.alert_rules:
        own = partial(witness, model, alert)
        yield Subject(alert.name, condition_of(alert).expr, own, alert_labels(alert), alert_annotations(alert))
    if model.maintenance_alerts:
        condition = compared(_maintenance_query(model), "==", 1.0, 0)
        labels, annotations = {"severity": "info"}, maintenance_annotations(model)
        yield Subject(maintenance_alert(model), condition.expr, partial(find, model, condition), labels, annotations)


def _maintenance_query(model: Model) -> Expr:
    gauge = VectorSelector(0, 0, Word(0, 0, model.maintenance_gauge))
    return Aggregate(0, 0, Word(0, 0, "max"), gauge, None, None)


def case(model: Model, subject: Subject, witness: Witness, fires: bool) -> Case:
    count = witness.time // witness.step + 1
    plain = Case(
        name=f"{subject.name} {'fires' if fires else 'stays silent'}",
        alert=subject.name,
        step=witness.step,
        time=_duration(witness.time),
        series=tuple((series_text(line), values_text(line, witness.step, count)) for line in witness.lines),
        alerts=(),
    )
    is_exact = exact(model, subject.expr)
    seen = [_seen(subject, firing, is_exact) for firing in witness.firing]
    known = [(labels, annotations) for labels, annotations in seen if labels is not None]
    full = [(labels, annotations) for labels, annotations in known if annotations is not None]
    if len(full) == len(seen):
        return _with(plain, tuple(full), None)
    if len(known) == len(seen):
        return _with(plain, None, tuple(_firing_series(subject.name, labels) for labels, _ in known))
    return _with(plain, None, None)


def _duration(seconds: int) -> str:
    """As Prometheus writes it: `27h1m`."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount)


def _with(
    plain: Case,
    alerts: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] | None,
    samples: tuple[str, ...] | None,
) -> Case:
    return Case(plain.name, plain.alert, plain.step, plain.time, plain.series, alerts, samples)


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
    return f"{line.name}{{{_label_list(dict(line.labels))}}}" if line.labels else line.name


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
    return f"ALERTS{{{_label_list({'alertname': alert, 'alertstate': 'firing', **labels})}}}"
