"""The texts of alerts, which are Go templates, and the legends of panels.

Whether a text parses is Go's matter (`gotemplate`); whether the labels that it shows can be there follows from the
query's type. Prometheus expands `$labels` with the labels of the query's result: the rule's own and the external
ones are not among them (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from gaugewright.checks.lost_labels import advice
from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.diagnostics import Diagnostic, Mend, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.mend import replaced
from gaugewright.gotemplate.analysis import Analysis, analyse
from gaugewright.gotemplate.legends import is_default, read_legend
from gaugewright.gotemplate.values import LabelUse
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule
from gaugewright.model.text_queries import alert_texts as texts_of
from gaugewright.promql.types.state import NEVER
from gaugewright.spec.source import Source

Asked: TypeAlias = Mapping[tuple[tuple[str | int, ...], int], TypedQuery]
"""The queries that texts ask, by the text's path and the place in it."""


def alert_texts(queries: Sequence[TypedQuery]) -> Iterator[Diagnostic]:
    """Templates that do not parse or cannot be expanded, show labels that are not there, or label an alert
    with its value."""
    asked = {(query.asked.path, query.asked.start): query for query in queries if query.asked is not None}
    for query in queries:
        alert = query.alert
        for source in () if alert is None else texts_of(alert.source):
            assert alert is not None
            analysis = analyse(str(source.value()))
            yield from _mistakes(analysis, source, query.entities)
            yield from _alert_labels(analysis, source, query, alert)
            yield from _other_labels(analysis, source, asked, query.entities)
            yield from _values(analysis, source, alert)


def runbook_url(model: Model) -> Iterator[Diagnostic]:
    """The service's `runbook_url`, which is an annotation of each alert that has none of its own."""
    analysis = _runbook_url(model)
    if analysis is not None:
        yield from _mistakes(analysis, model.service.source.at("runbook_url"), (model.service.name,))


def runbook_url_labels(queries: Sequence[TypedQuery]) -> Iterator[Diagnostic]:
    """The labels that it shows, of each alert that it belongs to."""
    analysis = _runbook_url(queries[0].model) if queries else None
    for query in queries if analysis is not None else ():
        alert = query.alert
        if alert is not None and not alert.source.at("annotations", "runbook_url").exists():
            assert analysis is not None
            yield from _alert_labels(analysis, query.model.service.source.at("runbook_url"), query, alert)


def _runbook_url(model: Model) -> Analysis | None:
    """What an alert's name stands for is replaced before Prometheus reads it; a name of the same length keeps the
    places."""
    url = model.service.runbook_url
    return None if url is None or "{{" not in url else analyse(url.replace("{alert}", "alert__"))


def _mistakes(analysis: Analysis, source: Source, entities: tuple[str, ...]) -> Iterator[Diagnostic]:
    for item in (*analysis.refused, *analysis.failing):
        place = source.inside(item.start, item.end)
        yield finding(item.code, item.message, place, item.help, (), entities, source.mend(item.mend))
    for need in analysis.needs:
        place = source.inside(need.start, need.end)
        help = "Accept it with `allow` where all your Prometheus servers are newer."
        yield finding("newer-prometheus", f"{need.what} needs Prometheus {need.since}", place, help, entities=entities)


def _alert_labels(analysis: Analysis, source: Source, query: TypedQuery, alert: AlertRule) -> Iterator[Diagnostic]:
    for use in analysis.label_uses:
        if not use.of_alert or not lacks(query, use.name):
            continue
        place = source.inside(use.start, use.end)
        related = (Related("the query", query.query.source.place()),)
        if use.name in ("alertname", "severity") or use.name in alert.labels:
            message = f"`{use.name}` is the rule's own label; `$labels` has those of the query's result alone"
            help, mend = _own_value(use, alert, source)
            yield finding("rule-label-in-template", message, place, help, related, query.entities, mend)
            continue
        message = f"the result of the query has no label `{use.name}`"
        if use.name in query.environment.external_labels:
            help, mend = f"It is an external label: write `$externalLabels.{use.name}`.", _external(use, source)
            yield finding("template-unknown-label", message, place, help, related, query.entities, mend)
            continue
        yield _unknown(use, source, query, message)


def _other_labels(analysis: Analysis, source: Source, asked: Asked, entities: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Labels of what the text itself asks: `{{ range query "..." }}{{ .Labels.x }}{{ end }}`."""
    for use in analysis.label_uses:
        query = None if use.query is None else asked.get((source.path, use.query.start))
        if query is not None and lacks(query, use.name):
            yield _unknown(use, source, query, f"the result of this query has no label `{use.name}`")


def lacks(query: TypedQuery, label: str) -> bool:
    """Whether the result surely has series without the label alone. What never has a result has its own finding."""
    found = query.of(query.tree)
    is_vector = found.value_type == "vector" and found.exists is not NEVER
    return is_vector and label != "__name__" and found.lacks(label)


def _unknown(use: LabelUse, source: Source, query: TypedQuery, message: str) -> Diagnostic:
    told = advice(query, use.name)
    related = (Related("the query", query.query.source.place()), *told.related)
    place = source.inside(use.start, use.end)
    mend = told.mend if told.meant is None else _renamed(use, source, told.meant)
    return finding("template-unknown-label", message, place, told.help, related, query.entities, mend)


def _renamed(use: LabelUse, source: Source, name: str) -> Mend | None:
    """The name is the last of what stands there, perhaps in quotes."""
    written = str(source.value())[use.start : use.end]
    end = use.end - (written[-1] in '"`')
    start = end - len(use.name)
    is_plain = str(source.value())[start:end] == use.name
    return source.mend(replaced(start, end, name)) if is_plain else None


def _external(use: LabelUse, source: Source) -> Mend | None:
    written = str(source.value())[use.start : use.end]
    into = {f"$labels.{use.name}": "$externalLabels", f".Labels.{use.name}": ".ExternalLabels"}.get(written)
    return None if into is None else source.mend(replaced(use.start, use.end, f"{into}.{use.name}", certain=True))


def _own_value(use: LabelUse, alert: AlertRule, source: Source) -> tuple[str, Mend | None]:
    own = {**alert.labels, "severity": alert.severity, "alertname": alert.name}[use.name]
    if source.path[:1] == ("service",):
        return "Each alert can have a `runbook_url` of its own; `{alert}` stands for the alert's name.", None
    if "{{" in own:
        return "Write its text again here.", None
    text = str(source.value())
    before, after = text[: use.start].rstrip(), text[use.end :].lstrip()
    mend = None
    if before.endswith("{{") and after.startswith("}}"):
        mend = source.mend(replaced(len(before) - 2, len(text) - len(after) + 2, own, certain=True))
    return f"Write its value: {own}.", mend


def _values(analysis: Analysis, source: Source, alert: AlertRule) -> Iterator[Diagnostic]:
    field, name = source.path[-2:]
    for use in analysis.value_uses if field == "labels" else ():
        message = f"with the value in its label `{name}`, each new value begins a new alert"
        help = "Its `duration` starts again each time, so it may never fire: put the value into an annotation."
        place = source.inside(use.start, use.end)
        yield finding("value-in-label", message, place, help, entities=(alert.name,))


def legends(queries: Sequence[TypedQuery]) -> Iterator[Diagnostic]:
    """Legends that Grafana does not understand, or whose labels the query's result lacks."""
    for query in queries:
        source = _legend(query)
        if source is None or query.dashboard is None:
            continue
        legend = read_legend(str(source.value()), {variable.name for variable in query.dashboard.variables})
        for item in legend.findings:
            place = source.inside(item.start, item.end)
            yield finding(item.code, item.message, place, item.help, entities=query.entities)
        for name in legend.labels:
            if lacks(query, name.text):
                message = f"the result of the query has no label `{name.text}`: nothing will stand here"
                place = source.inside(name.start, name.end)
                told = advice(query, name.text)
                related = (Related("the query", query.query.source.place()), *told.related)
                mend = told.mend
                if told.meant is not None:
                    mend = source.mend(replaced(name.start, name.end, told.meant))
                yield finding("legend-unknown-label", message, place, told.help, related, query.entities, mend)


def _legend(query: TypedQuery) -> Source | None:
    """The query's legend, where one was written."""
    beside = query.query.source
    source = Source(beside.document, beside.path[:-1]).at("legend")
    is_written = query.panel is not None and source.exists() and "{{" in str(source.value())
    return source if is_written and not is_default(str(source.value())) else None
