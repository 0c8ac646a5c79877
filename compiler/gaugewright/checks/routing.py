"""Inhibitions that the spec asks for: labels that the two alerts cannot agree in."""

from __future__ import annotations

from collections.abc import Iterator

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.model.inhibitions import KeptLabels, alerts_of
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule
from gaugewright.model.service import InhibitRule


def inhibited_labels(model: Model) -> Iterator[Diagnostic]:
    """A label in `equal` in which the alerts surely differ, so that nothing is muted; and a rule of which
    nobody knows what the alerts share."""
    labels = KeptLabels(model)
    for rule in model.routing.inhibit_rules:
        source, targets = alerts_of(model, rule)
        if source is None:
            continue
        for index, label in enumerate(rule.equal or ()):
            yield from _differing(rule, index, label, source, targets, labels)
        for target in targets if rule.equal is None else ():
            if labels.shared(source, target) is None:
                message = f"the labels that `{source.name}` and `{target.name}` share are not known"
                help = "Say in which labels they must agree: `equal: [...]`, or `equal: []` for none."
                place = rule.place.at("targets", rule.targets.index(target.name)).place()
                yield finding("invalid-value", message, place, help, entities=(target.name,))


def _differing(
    rule: InhibitRule, index: int, label: str, source: AlertRule, targets: tuple[AlertRule, ...], labels: KeptLabels
) -> Iterator[Diagnostic]:
    """One finding for a label, about the first alert that it separates from the source."""
    place = rule.place.at("equal", index).place()
    for alert in (source, *targets):
        if labels.lacks(alert, label):
            kept = labels.names(alert)
            message = f"the alert `{alert.name}` has no label `{label}`, so nothing is muted"
            help = did_you_mean(label, kept) or f"It has {listed(kept)}."
            yield finding("unknown-label", message, place, help, entities=(alert.name,))
            return
        one, other = _fixed(source, label), _fixed(alert, label)
        if one is not None and other is not None and one != other:
            message = f"`{source.name}` and `{alert.name}` always differ in `{label}`, so nothing is muted"
            yield finding("invalid-value", message, place, "Remove it here.", entities=(alert.name,))
            return


def _fixed(alert: AlertRule, label: str) -> str | None:
    """The value that every alert of the rule has, where there is such a one."""
    own = {**alert.labels, "alertname": alert.name, "severity": alert.severity}.get(label)
    return own if own is not None and "{{" not in own else None
