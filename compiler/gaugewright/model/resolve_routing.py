"""How alerts are grouped, repeated and inhibited: the spec's `routing:`."""

from __future__ import annotations

from gaugewright.diagnostics import Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean
from gaugewright.model.names import Names
from gaugewright.model.service import InhibitRule, Routing
from gaugewright.spec import schema
from gaugewright.spec.read import SpecEntries
from gaugewright.spec.source import Source

SEVERITIES = ("critical", "warning", "info")
"""From the most severe one down."""


def resolve_routing(entries: SpecEntries, names: Names) -> Routing:
    spec = entries.routing.spec
    repeat = spec.repeat_interval
    by_severity = (
        {"critical": repeat.critical, "warning": repeat.warning, "info": repeat.info}
        if isinstance(repeat, schema.RepeatSpec)
        else dict.fromkeys(SEVERITIES, repeat)
    )
    return Routing(
        group_by=tuple(spec.group_by),
        group_wait=spec.group_wait,
        group_interval=spec.group_interval,
        repeat_interval=by_severity,
        inhibit_lower_severities=spec.inhibit_lower_severities,
        inhibit_rules=_inhibit_rules(entries, names),
    )


def _inhibit_rules(entries: SpecEntries, names: Names) -> tuple[InhibitRule, ...]:
    known = {entry.spec.name: None for entry in entries.alert_rules if "name" not in entry.broken}
    is_partial = names.is_missing("alert_rules") or len(known) < len(entries.alert_rules)
    rules = []
    for index, spec in enumerate(entries.routing.spec.inhibit_rules):
        source = entries.routing.source.at("inhibit_rules", index)
        places = [(spec.source, source.at("source"))]
        places += [(name, source.at("targets", number)) for number, name in enumerate(spec.targets)]
        for name, place in places:
            if name not in known and not is_partial:
                _unknown(name, place, known, names)
        _check_targets(spec, source, names)
        rules.append(
            InhibitRule(spec.source, tuple(spec.targets), None if spec.equal is None else tuple(spec.equal), source)
        )
    return tuple(rules)


def _unknown(name: str, place: Source, known: dict[str, None], names: Names) -> None:
    help = did_you_mean(name, known) or "Write the name of one of `alert_rules`."
    names.findings.append(
        finding("unknown-alert", f"no alert is named `{name}`", place.place(), help, entities=(name,))
    )


def _check_targets(spec: schema.InhibitSpec, source: Source, names: Names) -> None:
    """Each target once, and none that would have to mute itself."""
    first: dict[str, int] = {}
    for number, name in enumerate(spec.targets):
        place = source.at("targets", number).place()
        if name == spec.source:
            message = f"`{name}` is to mute itself, which Alertmanager does not do"
            names.findings.append(finding("invalid-value", message, place, "Remove it here.", entities=(name,)))
        elif name in first:
            related = (Related("first here", source.at("targets", first[name]).place()),)
            message = f"the alert `{name}` stands twice"
            names.findings.append(finding("duplicate-name", message, place, "Remove one of the two.", related, (name,)))
        first.setdefault(name, number)
