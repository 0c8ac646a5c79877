"""The texts of alerts, which are Go templates, and the legends of panels.

Whether a text parses is Go's matter (`gotemplate`); whether the labels that it shows can be there is the
query's (`model/result_labels.py`). Prometheus expands `$labels` with the labels of the query's result: the
rule's own and the external ones are not among them (https://prometheus.io/docs/prometheus/latest/
configuration/alerting_rules/).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gaugewright.diagnostics import Diagnostic, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.gotemplate.analysis import Analysis, analyse
from gaugewright.gotemplate.legends import is_default, read_legend
from gaugewright.gotemplate.walk import LabelUse
from gaugewright.model.dashboards import Panel
from gaugewright.model.model import Model
from gaugewright.model.result_labels import result_labels
from gaugewright.model.rules import AlertRule, Query
from gaugewright.promql.labels import Labels
from gaugewright.promql.value_type import value_type
from gaugewright.spec.source import Source


class AlertText(NamedTuple):
    """A text that Prometheus expands. `label` is the alert's label that it is the value of, or ""."""

    text: str
    source: Source
    label: str = ""


def alert_texts(model: Model) -> Iterator[Diagnostic]:
    """Templates that do not parse or cannot be expanded, show labels that are not there, or label an alert
    with its value."""
    labels_of = result_labels(model)
    for alert in model.alert_rules:
        labels = None if value_type(alert.query.tree) == "scalar" else labels_of(alert.query)
        for text in _texts(alert):
            analysis = analyse(text.text)
            entities = (alert.name,)
            yield from _mistakes(analysis, text.source, entities)
            yield from _label_mistakes(analysis, text.source, alert, labels, model)
            yield from _values(analysis, text, alert)


def _texts(alert: AlertRule) -> Iterator[AlertText]:
    for name in ("summary", "description"):
        yield from _templates(alert.source.at(name))
    for key in ("annotations", "labels"):
        several = alert.source.at(key)
        if several.exists() and isinstance(several.value(), dict):
            for name in several.value():
                yield from _templates(several.at(name), name if key == "labels" else "")


def _templates(source: Source, label: str = "") -> Iterator[AlertText]:
    if source.exists() and "{{" in str(source.value()):
        yield AlertText(str(source.value()), source, label)


def runbook_urls(model: Model) -> Iterator[Diagnostic]:
    """The service's `runbook_url`, which is an annotation of each alert that has none of its own."""
    url = model.service.runbook_url
    if url is None or "{{" not in url:
        return
    # What an alert's name stands for is replaced before Prometheus reads it; a name of the same length
    # keeps the places.
    analysis = analyse(url.replace("{alert}", "alert__"))
    source = model.service.source.at("runbook_url")
    yield from _mistakes(analysis, source, (model.service.name,))
    labels_of = result_labels(model)
    for alert in model.alert_rules:
        if not alert.source.at("annotations", "runbook_url").exists():
            yield from _label_mistakes(analysis, source, alert, labels_of(alert.query), model)


def _mistakes(analysis: Analysis, source: Source, entities: tuple[str, ...]) -> Iterator[Diagnostic]:
    for item in (*analysis.refused, *analysis.failing):
        place = source.inside(item.start, item.end)
        yield finding(item.code, item.message, place, item.help, entities=entities)
    for need in analysis.needs:
        place = source.inside(need.start, need.end)
        help = "Accept it with `allow` where all your Prometheus servers are newer."
        yield finding("newer-prometheus", f"{need.what} needs Prometheus {need.since}", place, help, entities=entities)


def _label_mistakes(
    analysis: Analysis, source: Source, alert: AlertRule, labels: Labels, model: Model
) -> Iterator[Diagnostic]:
    if labels is None:
        return
    for use in analysis.label_uses:
        if not use.of_alert or use.name in labels or use.name == "__name__":
            continue
        place = source.inside(use.start, use.end)
        related = (Related("the query", alert.query.source.place()),)
        if use.name == "alertname" or use.name == "severity" or use.name in alert.labels:
            message = f"`{use.name}` is the rule's own label; `$labels` has those of the query's result alone"
            help = _own_value(use, alert)
            yield finding("rule-label-in-template", message, place, help, related, (alert.name,))
            continue
        message = f"the result of the query has no label `{use.name}`"
        if use.name in model.service.external_labels:
            help = f"It is an external label: write `$externalLabels.{use.name}`."
        else:
            help = _mend(use.name, labels, alert.query, model)
        yield finding("template-unknown-label", message, place, help, related, (alert.name,))


def _own_value(use: LabelUse, alert: AlertRule) -> str:
    own = {**alert.labels, "severity": alert.severity, "alertname": alert.name}
    return f"Write its value: {own[use.name]}." if "{{" not in own[use.name] else "Write its text again here."


def _mend(name: str, labels: frozenset[str], query: Query, model: Model) -> str:
    read = {label for selector in query.selectors for series in selector.series for label in series.label_names}
    if name in read or name in model.target_labels:
        return f"The query drops it: keep it with `by ({', '.join([*sorted(labels), name])})`."
    if not labels:
        return "The result has no labels: aggregate with `by (...)` to keep some."
    return did_you_mean(name, sorted(labels)) or f"It has {listed(sorted(labels))}."


def _values(analysis: Analysis, text: AlertText, alert: AlertRule) -> Iterator[Diagnostic]:
    for use in analysis.value_uses if text.label else ():
        message = f"with the value in its label `{text.label}`, each new value begins a new alert"
        help = "Its `duration` starts again each time, so it may never fire: put the value into an annotation."
        place = text.source.inside(use.start, use.end)
        yield finding("value-in-label", message, place, help, entities=(alert.name,))


def legends(model: Model) -> Iterator[Diagnostic]:
    """Legends that Grafana does not understand, or whose labels the query's result lacks."""
    labels_of = result_labels(model)
    for dashboard in model.dashboards:
        variables = {variable.name for variable in dashboard.variables}
        for panel in dashboard.panels:
            entities = (panel.title, dashboard.title)
            for query, text, source in _legends(panel):
                legend = read_legend(text, variables)
                for item in legend.findings:
                    place = source.inside(item.start, item.end)
                    yield finding(item.code, item.message, place, item.help, entities=entities)
                labels = labels_of(query)
                for name in () if labels is None else legend.labels:
                    if labels is None or name.text in labels or name.text == "__name__":
                        continue
                    message = f"the result of the query has no label `{name.text}`: nothing will stand here"
                    place = source.inside(name.start, name.end)
                    related = (Related("the query", query.source.place()),)
                    help = _mend(name.text, labels, query, model)
                    yield finding("legend-unknown-label", message, place, help, related, entities)


def _legends(panel: Panel) -> Iterator[tuple[Query, str, Source]]:
    """Each legend that was written, with its query."""
    for item in panel.queries:
        source = Source(item.query.source.document, item.query.source.path[:-1]).at("legend")
        if source.exists() and "{{" in item.legend and not is_default(item.legend):
            yield item.query, item.legend, source
