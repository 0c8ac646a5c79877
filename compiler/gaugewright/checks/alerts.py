"""Alerts and channels: durations, windows, duplicates, versions."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterator

from gaugewright.diagnostics import Diagnostic, Edit, Mend, Place, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import listed
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.model import Model
from gaugewright.model.receivers import requirements
from gaugewright.model.rules import AlertRule, Suppression
from gaugewright.model.service import Channel
from gaugewright.model.time_intervals import TimeInterval, always_muted
from gaugewright.model.time_zones import march_31_flaw, shortened_months
from gaugewright.spec.fields import duration_seconds


def short_suppression(model: Model) -> Iterator[Diagnostic]:
    """A window so short that it mutes nothing: a mute acts when a group's notifications are flushed."""
    interval = model.config.scrape_interval_seconds
    for alert in model.alert_rules:
        suppression = alert.suppression
        if suppression is None or suppression.schedule is None or always_muted(suppression.intervals):
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


def always_muted_alerts(model: Model) -> Iterator[Diagnostic]:
    """A schedule whose windows leave no minute in which the alert could be told."""
    for alert in model.alert_rules:
        suppression = alert.suppression
        if suppression and suppression.schedule and always_muted(suppression.intervals):
            message = "the schedule mutes the alert at all times"
            place = alert.source.at("suppression_schedule").place()
            help = "Shorten the windows; an alert that nobody is to hear needs no rule."
            yield finding("always-muted", message, place, help, entities=(alert.name,))


def either_days(model: Model) -> Iterator[Diagnostic]:
    """Cron joins a day of the month and a day of the week by OR, where nearly everybody means AND."""
    for alert in model.alert_rules:
        suppression = alert.suppression
        cron = parse_cron(suppression.schedule) if suppression and suppression.schedule else None
        if isinstance(cron, Cron) and cron.either_day:
            source = alert.source.at("suppression_schedule")
            message = (
                "cron opens these windows on the days of the month *and* on the days of the week, not where both meet"
            )
            help = (
                "For the first Sunday of a month write `SUN#1` as the day of the week, and `*` as the day of the month."
            )
            yield finding("either-day", message, source.place(), help, entities=(alert.name,))


def miscounted_months(model: Model) -> Iterator[Diagnostic]:
    """Alertmanager up to 0.34.2 counts a month's days by its hours, so that one in which clocks go forward
    has a day less."""
    for alert in model.alert_rules:
        suppression = alert.suppression
        if suppression and suppression.schedule and march_31_flaw(suppression.intervals, suppression.timezone):
            months = listed(month_name[month] for month in shortened_months(suppression.timezone))
            message = f"Alertmanager miscounts the last day of {months} in {suppression.timezone}"
            place = alert.source.at("suppression_schedule").place()
            help = "It takes a month in which clocks go forward to have a day less; use UTC where that day matters."
            yield finding("miscounted-month", message, place, help, entities=(alert.name,))


def short_duration(model: Model) -> Iterator[Diagnostic]:
    """A `duration` below the evaluation interval does not wait for a second look; 0s says so itself."""
    interval = model.config.scrape_interval_seconds
    for alert in model.alert_rules:
        if 0 < duration_seconds(alert.duration) < interval:
            message = f"rules are evaluated every {interval}s, so {alert.duration} is as good as {interval}s"
            written = alert.source.at("duration")
            place = (written if written.exists() else alert.source.at("name")).place()
            help = f"Write at least `{2 * interval}s`, or `0s` to fire at once."
            mend = written.mend(Mend((Edit(0, None, f"{2 * interval}s"),)))
            yield finding("short-duration", message, place, help, entities=(alert.name,), mend=mend)


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
        needed = dict(requirements(channel.type, channel.settings))
        itself = needed.get("", "")
        for field, since in needed.items():
            if field and since == itself:
                continue
            what = f"`{field}`" if field else f"the channel type `{channel.type}`"
            message = f"{what} needs Alertmanager {since}"
            help = "Accept it with `allow` where all your Alertmanagers are newer."
            yield finding("newer-alertmanager", message, _written(channel, field), help, entities=(channel.name,))


def _written(channel: Channel, field: str) -> Place:
    """Where the spec has a field, in its own or its `_file` form; the type where the type is meant."""
    for name in (field.partition(".")[0], field.partition(".")[0].removesuffix("_file")):
        if name and channel.source.at(name).exists():
            return channel.source.at(name).key_place()
    return channel.source.at("type").place()
