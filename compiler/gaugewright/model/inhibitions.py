"""Which alert spares its readers which other: while the source fires, the targets are not told.

An inhibition that nobody asked for may never cost a message, so of itself a more severe alert mutes a less
severe one only where that is certain to tell nothing new:

- both compare one query, in one direction, and where the source's condition holds the target's does;
- they agree in every label of the query's result, so it is about the same thing;
- every channel of the target hears of the source, and the source is not muted when the target is not;
- the source does not go on firing for longer, since what resolves unheard is never reported as resolved.

Anything else the spec says itself (`routing.inhibit_rules`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gaugewright.model.model import Model
from gaugewright.model.resolve_routing import SEVERITIES
from gaugewright.model.rules import AlertRule
from gaugewright.model.service import InhibitRule
from gaugewright.model.typing import environment_of
from gaugewright.promql.types import Environment, infer
from gaugewright.promql.types.state import Branch
from gaugewright.spec.fields import duration_seconds

_OWN = ("alertname", "severity")
"""Labels of every alert."""


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While `source` fires, `targets` whose labels `equal` are the same are muted. `asked`: by the spec."""

    source: str
    targets: tuple[str, ...]
    equal: tuple[str, ...]
    asked: bool


def inhibitions(model: Model) -> tuple[Inhibition, ...]:
    """Those of severities and then those that the spec asks for, without the one of maintenance."""
    labels = KeptLabels(model)
    return (*_of_severities(model, labels), *_asked(model, labels))


class KeptLabels:
    """The labels that alerts keep from their queries. Types are inferred when the first is asked for."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._environment: Environment | None = None
        self._found: dict[str, Branch] = {}

    def of(self, alert: AlertRule) -> Branch:
        """The alert's query as one branch: labels that are not there are on no series, unless it is open."""
        if alert.name not in self._found:
            self._environment = self._environment or environment_of(self._model)
            self._found[alert.name] = infer(alert.query.tree, self._environment).whole
        return self._found[alert.name]

    def shared(self, source: AlertRule, target: AlertRule) -> frozenset[str] | None:
        """Labels that both may have; None where of neither all are known. What only the known side can have
        is shared with an unknown one: where that lacks it, nothing is muted."""
        found = [
            (frozenset(branch.labels) | alert.labels.keys(), branch.open)
            for alert in (source, target)
            for branch in (self.of(alert),)
        ]
        (one, one_open), (other, other_open) = found
        if one_open and other_open:
            return None
        return other if one_open else one if other_open else one & other

    def lacks(self, alert: AlertRule, label: str) -> bool:
        """Whether the alert surely reaches Alertmanager without the label."""
        added = alert.labels.keys() | self._model.service.external_labels.keys()
        return label not in (*added, *_OWN) and self.of(alert).lacks(label)

    def names(self, alert: AlertRule) -> tuple[str, ...]:
        """Every label that it is known to have."""
        return (*self.of(alert).labels, *alert.labels, *_OWN)


def scope(model: Model, alerts: tuple[AlertRule, ...], labels: frozenset[str]) -> tuple[str, ...]:
    """`equal` for alerts that share these labels: with those that tell one environment from another, as one
    Alertmanager may serve several (see `environment_labels`)."""
    return (*sorted(labels), *(name for name in environment_labels(model, alerts) if name not in labels))


def environment_labels(model: Model, alerts: tuple[AlertRule, ...]) -> tuple[str, ...]:
    """The labels that tell one environment from another: the external labels, or by custom `cluster`, which
    somebody else may add; none that an alert could have from elsewhere. A label that both sides of an
    inhibition lack counts as equal."""
    others = {name for alert in alerts for name in alert.labels}
    others.update(model.labels, model.target_labels)
    return tuple(name for name in model.service.external_labels or ("cluster",) if name not in others)


def _of_severities(model: Model, labels: KeptLabels) -> Iterator[Inhibition]:
    if not model.routing.inhibit_lower_severities:
        return
    of_one_query: dict[object, list[AlertRule]] = {}
    for alert in model.alert_rules:
        of_one_query.setdefault(alert.query.tree, []).append(alert)
    for alerts in of_one_query.values():
        for source in alerts:
            targets = tuple(target for target in alerts if spares(source, target))
            branch = labels.of(source) if targets else None
            if branch is None or branch.open:
                continue
            kept = frozenset(branch.labels)
            sound = tuple(one for one in targets if not kept & (source.labels.keys() | one.labels.keys()))
            if sound:
                equal = scope(model, (source, *sound), kept)
                yield Inhibition(source.name, tuple(one.name for one in sound), equal, asked=False)


def spares(source: AlertRule, target: AlertRule) -> bool:
    """Whether nothing is lost where `source`, of the same query, is told instead of `target`."""
    return (
        SEVERITIES.index(source.severity) < SEVERITIES.index(target.severity)
        and implies(source, target)
        and {channel.name for channel in target.channels} <= {channel.name for channel in source.channels}
        and source.suppression in (None, target.suppression)
        and _kept_for(source) <= _kept_for(target)
    )


def _kept_for(alert: AlertRule) -> int:
    return duration_seconds(alert.keep_firing_for or "0s")


def implies(source: AlertRule, target: AlertRule) -> bool:
    """Whether the condition of `target` holds wherever that of `source` does, on one value."""
    if source.comparison == "==":
        return _holds(source.threshold, target)
    if source.comparison[0] != target.comparison[0] or target.comparison == "==":
        return False
    if source.threshold == target.threshold:
        return source.comparison == target.comparison or "=" in target.comparison
    return (source.threshold > target.threshold) == (source.comparison[0] == ">")


def _holds(value: float, alert: AlertRule) -> bool:
    if value == alert.threshold:
        return "=" in alert.comparison
    return alert.comparison != "==" and (value > alert.threshold) == (alert.comparison[0] == ">")


def _asked(model: Model, labels: KeptLabels) -> Iterator[Inhibition]:
    for rule in model.routing.inhibit_rules:
        source, targets = alerts_of(model, rule)
        if source is None:
            continue
        by_scope: dict[tuple[str, ...], list[str]] = {}
        for target in targets:
            named = frozenset(rule.equal) if rule.equal is not None else labels.shared(source, target)
            equal = scope(model, (source, target), named or frozenset())
            by_scope.setdefault(equal, []).append(target.name)
        for equal, names in by_scope.items():
            yield Inhibition(source.name, tuple(names), equal, asked=True)


def alerts_of(model: Model, rule: InhibitRule) -> tuple[AlertRule | None, tuple[AlertRule, ...]]:
    """The rule's alerts, without those whose own definition is wrong."""
    known = {alert.name: alert for alert in model.alert_rules}
    return known.get(rule.source), tuple(known[name] for name in rule.targets if name in known)
