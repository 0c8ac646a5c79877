"""Alerts and channels: durations, windows, duplicates, versions."""

from __future__ import annotations

from collections.abc import Iterator

from gaugewright.diagnostics import Diagnostic, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.model.model import Model
from gaugewright.model.receivers import requirements
from gaugewright.model.rules import AlertRule, Suppression
from gaugewright.model.time_intervals import TimeInterval
from gaugewright.model.time_zones import march_31_flaw
from gaugewright.spec.fields import duration_seconds


def short_suppression(model: Model) -> Iterator[Diagnostic]:
    """A window so short that it mutes nothing: a mute acts when a group's notifications are flushed."""
    interval = model.config.scrape_interval_seconds
    for alert in model.alert_rules:
        suppression = alert.suppression
        if suppression is None or suppression.schedule is None:
            continue
        shortest = _shortest_window(suppression)
        source = alert.source.at("suppression_duration")
        bare = not source.exists()
        if shortest * 60 < 2 * interval or (bare and shortest == 1):
            minutes = "1 minute" if shortest == 1 else f"{shortest} minutes"
            message = f"each window lasts only {minutes}" + (", since `suppression_duration` is not set" * bare)
            place = (alert.source.at("suppression_schedule") if bare else source).place()
            help = "Say how long a window lasts: `suppression_duration: 2h`."
            if not bare:
                message += f", and rules are evaluated every {interval}s"
                help = f"Let it last at least two evaluations: {2 * interval}s."
            yield finding("short-suppression", message, place, help, entities=(alert.name,))


def _shortest_window(suppression: Suppression) -> int:
    """Minutes of the shortest window that does not touch midnight (there, two intervals make one)."""
    lengths = [
        _minutes(end) - _minutes(start)
        for interval in suppression.intervals
        for start, end in _times(interval)
        if _minutes(start) > 0 and _minutes(end) < 1440
    ]
    return min(lengths, default=suppression.duration_minutes)


def _times(interval: TimeInterval) -> Iterator[tuple[str, str]]:
    for time in interval.times:
        yield time.start, time.end


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def march_31(model: Model) -> Iterator[Diagnostic]:
    """Alertmanager up to 0.34.2 counts 30 days in a March with a clock change."""
    for alert in model.alert_rules:
        suppression = alert.suppression
        if suppression and suppression.schedule and march_31_flaw(suppression.intervals, suppression.timezone):
            message = f"Alertmanager does not mute 31 March in {suppression.timezone}"
            place = alert.source.at("suppression_schedule").place()
            help = "It takes a March with a clock change to have 30 days; use UTC where that night matters."
            yield finding("march-31-in-zone", message, place, help, entities=(alert.name,))


def short_duration(model: Model) -> Iterator[Diagnostic]:
    """A `duration` below the evaluation interval does not wait for a second look; 0s says so itself."""
    interval = model.config.scrape_interval_seconds
    for alert in model.alert_rules:
        if 0 < duration_seconds(alert.duration) < interval:
            message = f"rules are evaluated every {interval}s, so {alert.duration} is as good as {interval}s"
            place = alert.source.at("duration").place()
            help = f"Write at least `{2 * interval}s`, or `0s` to fire at once."
            yield finding("short-duration", message, place, help, entities=(alert.name,))


def duplicate_alerts(model: Model) -> Iterator[Diagnostic]:
    """Two alerts that fire together under two names."""
    first: dict[object, AlertRule] = {}
    for alert in model.alert_rules:
        labels = tuple(sorted(alert.labels.items()))
        key = (alert.query.tree, alert.comparison, alert.threshold, alert.severity, labels)
        other = first.setdefault(key, alert)
        if other is not alert and other.name != alert.name:
            message = f"`{alert.name}` has the same expression and labels as `{other.name}`"
            related = (Related(f"`{other.name}` is here", other.source.at("name").place()),)
            place = alert.source.at("name").place()
            help = "Keep one, or let their severity or threshold differ."
            yield finding("duplicate-alert", message, place, help, related, (alert.name,))


def newer_alertmanager(model: Model) -> Iterator[Diagnostic]:
    """A channel that an Alertmanager of Debian's generation (0.25) does not read."""
    for channel in model.channels:
        for field, since in requirements(channel.type, channel.settings):
            what = f"`{field}`" if field else f"the channel type `{channel.type}`"
            message = f"{what} needs Alertmanager {since}"
            place = channel.source.at("name").place()
            help = "Accept it with `allow` where all your Alertmanagers are newer."
            yield finding("newer-alertmanager", message, place, help, entities=(channel.name,))
