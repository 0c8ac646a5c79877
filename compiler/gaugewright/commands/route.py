"""`route`: which channels an alert reaches, why, and when it is muted."""

from __future__ import annotations

from datetime import UTC, datetime

from gaugewright.commands.show import as_text
from gaugewright.commands.specs import compile_file, is_unreadable
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.emit.routes import RouteAnswer
from gaugewright.emit.routes import route as route_of
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.inhibitions import Inhibition
from gaugewright.model.rules import AlertRule, Suppression
from gaugewright.model.service import Routing
from gaugewright.model.windows import Window, next_windows
from gaugewright.spec.source import Source

SHOWN_WINDOWS = 5


def route(spec: str, alert: str, now: datetime | None = None) -> tuple[str, int]:
    """The answer as text. Exit code 2 where the spec has no such alert."""
    compilation = compile_file(spec)
    if compilation.model is None:
        return as_text([compilation], compilation.diagnostics), 2 if is_unreadable(compilation) else 1
    model = compilation.model
    found = next((rule for rule in model.alert_rules if rule.name == alert), None)
    if found is None:
        names = [rule.name for rule in model.alert_rules]
        help = did_you_mean(alert, names) or f"Its alerts are {listed(names)}."
        return f"{spec} has no alert `{alert}`. {help}", 2
    answer = route_of(model, alert)
    assert answer is not None
    return _text(found, answer, model.routing, now or datetime.now(UTC)), 0


def _text(rule: AlertRule, answer: RouteAnswer, routing: Routing, now: datetime) -> str:
    lines = [f"{rule.name} ({rule.severity})", f"  {rule.expression} for {rule.duration}", ""]
    return "\n".join(
        [*lines, *_reached(rule, answer), "", *_told(rule, answer, routing), "", *_muting(rule, answer, now)]
    )


def _reached(rule: AlertRule, answer: RouteAnswer) -> list[str]:
    """Each channel with the place where the spec asks for it."""
    asked = {name: at.place() for name, at in _asked_channels(rule)}
    width = max((len(delivery.channel) for delivery in answer.deliveries), default=0)
    kinds = max((len(delivery.type) for delivery in answer.deliveries), default=0)
    lines = ["reaches"]
    for delivery in answer.deliveries:
        place = asked[delivery.channel]
        at = f"{place.file}:{place.line}:{place.column}"
        lines.append(f"  {delivery.channel:<{width}}  {delivery.type:<{kinds}}  named at {at}")
    return lines


def _asked_channels(rule: AlertRule) -> list[tuple[str, Source]]:
    source = rule.source.at("notification_channels")
    return [(str(name), source.at(index)) for index, name in enumerate(source.value())]


def _told(rule: AlertRule, answer: RouteAnswer, routing: Routing) -> list[str]:
    repeats = dict.fromkeys(delivery.repeat_interval for delivery in answer.deliveries)
    alike = (
        "by itself" if routing.group_by == ("...",) else f"together with alerts of the same {listed(routing.group_by)}"
    )
    company = alike if routing.group_by else "together with all other alerts"
    return [
        f"is told {company}, {routing.group_wait} after the first, and news every {routing.group_interval}",
        *(f"is told again every {repeat} while it fires, its severity being {rule.severity}" for repeat in repeats),
    ]


def _muting(rule: AlertRule, answer: RouteAnswer, now: datetime) -> list[str]:
    lines = [*_suppressed(rule.suppression, answer, now), *(_inhibited(item) for item in answer.inhibitions)]
    return lines or ["is never muted"]


def _inhibited(item: Inhibition) -> str:
    asked = "`routing.inhibit_rules`" if item.asked else "more severe, of the same query, told to the same channels"
    same = f" with the same {listed(item.equal)}" if item.equal else ""
    return f"is muted while {item.source} fires{same} ({asked})"


def _suppressed(suppression: Suppression | None, answer: RouteAnswer, now: datetime) -> list[str]:
    if suppression is None:
        return []
    if suppression.schedule is None:
        return [f"is muted while {answer.maintenance_gauge} is 1 (metrics.maintenance_mode.set(1) in the service)"]
    cron = parse_cron(suppression.schedule)
    assert isinstance(cron, Cron)
    found = next_windows(cron, suppression.duration_minutes, suppression.timezone, now, SHOWN_WINDOWS)
    lines = [f"is muted by `{suppression.schedule}` ({suppression.timezone}), next"]
    return lines + [f"  {_window(window)}" for window in found]


def _window(window: Window) -> str:
    start, zone = window.start.strftime("%a %Y-%m-%d %H:%M"), window.start.strftime("%Z")
    if window.end is None:
        return f"{start} and from then on"
    same_day = window.start.date() == window.end.date()
    end, end_zone = window.end.strftime("%H:%M" if same_day else "%a %Y-%m-%d %H:%M"), window.end.strftime("%Z")
    return f"{start} to {end} {zone}".rstrip() if zone == end_zone else f"{start} {zone} to {end} {end_zone}"
