"""Alerts that nobody has seen fire, and tests of alerts that no alert can pass.

Witnesses are looked for only in a spec without errors: with one, the reason is known already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.checks.templates import lacks
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import choices, did_you_mean, listed, other_value
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertTest
from gaugewright.witnesses import Unsolvable
from gaugewright.witnesses.known import witness


def no_witness(model: Model) -> Iterator[Diagnostic]:
    """Alerts for which no series were found that make them fire, and that have no test of their own that does."""
    for alert in model.alert_rules:
        if any(test.firing for test in alert.tests):
            continue
        try:
            witness(model, alert, fires=True)
        except Unsolvable as problem:
            message = f"no series were found that make `{alert.name}` fire: {problem}"
            help = "If it can fire, write how under the alert's `tests`; else mend the query or its threshold."
            yield finding("no-witness", message, alert.query.source.place(), help, entities=(alert.name,))


def tested_labels(queries: Sequence[TypedQuery]) -> Iterator[Diagnostic]:
    """What a test expects to fire has labels of the alert, with values that they can have."""
    for query in queries:
        for test in query.alert.tests if query.alert is not None else ():
            yield from _firing_labels(query, test)


def _firing_labels(query: TypedQuery, test: AlertTest) -> Iterator[Diagnostic]:
    assert query.alert is not None
    own = {"alertname": query.alert.name, "severity": query.alert.severity, **query.alert.labels}
    of_result = query.of(query.tree)
    for number, labels in enumerate(test.firing):
        for name, value in labels.items():
            at = test.source.at("firing", number, name)
            if name not in own and lacks(query, name):
                known = {*own, *(label for branch in of_result.branches for label in branch.labels)} - {"__name__"}
                help = did_you_mean(name, known) or f"Its labels are {listed(sorted(known))}."
                message = f"the alert has no label `{name}`"
                yield finding("unknown-label", message, at.key_place(), help, entities=query.entities)
                continue
            values = _values(query, own, name)
            if values is not None and value not in values:
                message = f'`{name}` of the alert is never "{value}"'
                help = did_you_mean(value, values) or f"It can be {choices(values)}."
                mend = at.mend(other_value(value, values))
                yield finding("value-outside-domain", message, at.place(), help, entities=query.entities, mend=mend)


def _values(query: TypedQuery, own: Mapping[str, str], name: str) -> tuple[str, ...] | None:
    """The values that a label of the alert can have; None where they are not known. Its own labels can be templates."""
    if name in own:
        return None if "{{" in own[name] else (own[name],)
    labels = [branch.label(name) for branch in query.of(query.tree).branches]
    if any(label is None or label.values is None for label in labels):
        return None
    return tuple(dict.fromkeys(value for label in labels if label for value in (*(label.values or ()), *label.guards)))
