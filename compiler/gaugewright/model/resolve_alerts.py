"""Recording rules and alerts: their queries, conditions, channels and when they are muted."""

from __future__ import annotations

from functools import cache

from gaugewright.diagnostics import Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, nearest, other_value
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.go_numbers import number
from gaugewright.model.metrics import Series
from gaugewright.model.names import Names
from gaugewright.model.resolve_queries import located, resolve_query
from gaugewright.model.resolve_tests import resolve_tests
from gaugewright.model.rules import AlertRule, Comparison, Query, RecordingRule, Suppression
from gaugewright.model.service import Channel
from gaugewright.model.text_queries import text_queries
from gaugewright.model.time_intervals import Inexpressible, TimeInterval, time_intervals
from gaugewright.model.time_zones import NoZoneDatabase, similar_zone, zone_exists
from gaugewright.promql.precedence import needs_parentheses
from gaugewright.promql.tokens import ends_in_comment
from gaugewright.spec.fields import duration_seconds
from gaugewright.spec.read import Entry, SpecEntries
from gaugewright.spec.schema import AlertSpec

COMPARISONS: dict[str, Comparison] = {
    "greater_than": ">",
    "less_than": "<",
    "equal": "==",
    "greater_than_equal": ">=",
    "less_than_equal": "<=",
}


def declare_recorded_series(entries: SpecEntries, names: Names) -> None:
    """Recorded series exist for every query, whatever the order of the rules."""
    for entry in entries.recording_rules:
        name = entry.spec.name
        if "name" in entry.broken:
            written = entry.source.value()
            if isinstance(written, dict) and isinstance(written.get("name"), str):
                names.unsure.add(written["name"])
            continue
        series = Series(name, "gauge", (), name, "recorded", entry.spec.description, labels_known=False)
        names.series.setdefault(name, series)


def resolve_recording_rules(entries: SpecEntries, names: Names) -> tuple[RecordingRule, ...]:
    rules = []
    for entry in entries.recording_rules:
        spec = entry.spec
        if "query" in entry.broken:
            continue
        query = resolve_query(spec.query, entry.source.at("query"), names, (spec.name,))
        if query is not None and "name" not in entry.broken:
            rules.append(RecordingRule(spec.name, query, spec.description, dict(spec.labels), entry.source))
    return tuple(rules)


def resolve_alerts(
    entries: SpecEntries, runbook_url: str | None, scrape_interval: int, names: Names
) -> tuple[AlertRule, ...]:
    alerts = (_alert(entry, runbook_url, scrape_interval, names) for entry in entries.alert_rules)
    return tuple(alert for alert in alerts if alert is not None)


def _alert(entry: Entry[AlertSpec], runbook_url: str | None, scrape_interval: int, names: Names) -> AlertRule | None:
    spec = entry.spec
    entities = (spec.name,)
    channels = _channels(entry, names)
    _check_own_keys(entry, names)
    asked = text_queries(entry.source, names, entities)
    suppression = _suppression(entry, names)
    tests = resolve_tests(entry, scrape_interval, names)
    if "query" in entry.broken:
        return None
    query = resolve_query(spec.query, entry.source.at("query"), names, entities, wants="series")
    if query is None or "name" in entry.broken:
        return None
    comparison = COMPARISONS[spec.comparison]
    annotations = dict(spec.annotations)
    if runbook_url and "runbook_url" not in annotations:
        annotations["runbook_url"] = runbook_url.replace("{alert}", spec.name)
    return AlertRule(
        name=spec.name,
        query=query,
        expression=expression(query, comparison, spec.threshold),
        comparison=comparison,
        threshold=spec.threshold,
        duration=spec.duration,
        keep_firing_for=spec.keep_firing_for,
        severity=spec.severity,
        summary=spec.summary,
        description=spec.description,
        annotations=annotations,
        labels=dict(spec.labels),
        channels=channels,
        suppression=suppression,
        text_queries=asked,
        tests=tests,
        source=entry.source,
    )


_OWN_KEYS = {
    "labels": {"alertname": "the alert's name", "severity": "the field `severity`"},
    "annotations": {"summary": "the field `summary`", "description": "the field `description`"},
}
"""Labels and annotations that an alert has from its own fields."""


def _check_own_keys(entry: Entry[AlertSpec], names: Names) -> None:
    for field, taken in _OWN_KEYS.items():
        for key in getattr(entry.spec, field):
            if key in taken:
                message = f"`{key}` is set from {taken[key]}"
                place = entry.source.at(field, key).key_place()
                names.findings.append(
                    finding("invalid-value", message, place, f"Remove it from `{field}`.", entities=(entry.spec.name,))
                )


def expression(query: Query, comparison: Comparison, threshold: float) -> str:
    """`(<query>) <comparison> <threshold>`, with parentheses only where precedence needs them.

    A comment at the query's end would swallow what follows on its line, and a query of several lines
    reads better with the condition on a line of its own.
    """
    text = query.text.strip()
    condition = f"{comparison} {number(threshold)}"
    several_lines = "\n" in text or ends_in_comment(text)
    if needs_parentheses(query.tree):
        text = f"(\n{text}\n)" if several_lines else f"({text})"
        return f"{text} {condition}"
    return f"{text}\n{condition}" if several_lines else f"{text} {condition}"


def _channels(entry: Entry[AlertSpec], names: Names) -> tuple[Channel, ...]:
    found: dict[str, Channel] = {}
    if "notification_channels" in entry.broken:
        names.used.update(("channel", name) for name in names.channels)
        return ()
    first: dict[str, int] = {}
    for index, name in enumerate(entry.spec.notification_channels):
        names.use("channel", name, names.channels)
        place = entry.source.at("notification_channels", index).place()
        if name in first:
            message = f"the channel `{name}` stands twice"
            related = (Related("first here", entry.source.at("notification_channels", first[name]).place()),)
            names.findings.append(
                finding("duplicate-name", message, place, "Remove one of the two.", related, (entry.spec.name,))
            )
            continue
        first[name] = index
        if name in names.channels:
            found[name] = names.channels[name]
        elif f"channel {name}" not in names.unsure and not names.is_missing("notification_channels"):
            message = f"no channel is named `{name}`"
            help = did_you_mean(name, names.channels) or "Add it to `notification_channels:`."
            mend = entry.source.at("notification_channels", index).mend(other_value(name, names.channels))
            about = (entry.spec.name,)
            names.findings.append(finding("unknown-channel", message, place, help, entities=about, mend=mend))
    return tuple(found.values())


def _suppression(entry: Entry[AlertSpec], names: Names) -> Suppression | None:
    spec = entry.spec
    minutes = duration_seconds(spec.suppression_duration) // 60
    zone = spec.suppression_timezone
    zone_is_known = _check_zone(entry, names)
    _check_enabled(entry, names)
    if spec.suppression_schedule is None:
        return Suppression(None, minutes, zone, ()) if spec.suppression_enabled else None
    source = entry.source.at("suppression_schedule")
    cron = parse_cron(spec.suppression_schedule)
    if not isinstance(cron, Cron):
        names.findings.extend(located(item, source, (spec.name,)) for item in cron)
        return None
    intervals = _intervals(spec.suppression_schedule, minutes)
    if isinstance(intervals, Inexpressible):
        length = entry.source.at("suppression_duration")
        place = length.place() if length.exists() else source.place()
        help = f"The nearest that can be said: `suppression_duration: {intervals.nearest}`."
        names.findings.append(finding("inexpressible-schedule", intervals.reason, place, help, entities=(spec.name,)))
        return None
    if not zone_is_known or not spec.suppression_enabled:
        return None
    return Suppression(spec.suppression_schedule, minutes, zone, intervals)


def _check_enabled(entry: Entry[AlertSpec], names: Names) -> None:
    spec = entry.spec
    misspelt = any(nearest(field, ("suppression_enabled",)) for field in entry.broken)
    if spec.suppression_schedule is None or spec.suppression_enabled or misspelt:
        return
    if "suppression_enabled" in entry.broken:
        return
    message = "a schedule is set, and `suppression_enabled` is false"
    place = entry.source.at("suppression_schedule").key_place()
    help = "Add `suppression_enabled: true`, or remove the schedule."
    names.findings.append(finding("suppression-not-enabled", message, place, help, entities=(spec.name,)))


@cache
def _intervals(schedule: str, minutes: int) -> tuple[TimeInterval, ...] | Inexpressible:
    cron = parse_cron(schedule)
    assert isinstance(cron, Cron)
    return time_intervals(cron, minutes)


def _check_zone(entry: Entry[AlertSpec], names: Names) -> bool:
    zone = entry.spec.suppression_timezone
    place = entry.source.at("suppression_timezone").place()
    try:
        if zone == "UTC" or zone_exists(zone):
            return True
    except NoZoneDatabase as missing:
        names.findings.append(finding("invalid-value", str(missing), place, entities=(entry.spec.name,)))
        return False
    message = f"no time zone is named `{zone}`"
    similar = similar_zone(zone)
    help = f'Did you mean "{similar}"?' if similar else "Use an IANA name such as `Europe/Berlin`."
    names.findings.append(finding("invalid-value", message, place, help, entities=(entry.spec.name,)))
    return False
