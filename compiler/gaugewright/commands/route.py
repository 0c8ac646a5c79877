"""`route`: which channels an alert reaches, why, and when it is muted."""

from __future__ import annotations

from datetime import UTC, datetime

from gaugewright.commands.show import as_text
from gaugewright.commands.specs import compile_file, is_unreadable
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.emit.routes import RouteAnswer
from gaugewright.emit.routes import route as route_of
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.rules import AlertRule, Suppression
from gaugewright.model.windows import Window, next_windows

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
    return _text(found, answer, now or datetime.now(UTC)), 0


def _text(rule: AlertRule, answer: RouteAnswer, now: datetime) -> str:
    width = max((len(delivery.channel) for delivery in answer.deliveries), default=0)
    lines = [f"{rule.name} ({rule.severity})", f"  {rule.expression} for {rule.duration}", "", "reaches"]
    for delivery in answer.deliveries:
        repeat = f"repeated every {delivery.repeat_interval} while it fires"
        lines.append(f"  {delivery.channel:<{width}}  {delivery.type}, {repeat}")
    return "\n".join([*lines, "", *_muting(rule.suppression, answer, now)])


def _muting(suppression: Suppression | None, answer: RouteAnswer, now: datetime) -> list[str]:
    if suppression is None:
        return ["is never muted"]
    if suppression.schedule is None:
        return [f"is muted while {answer.maintenance_gauge} is 1 (metrics.maintenance_mode.set(1) in the service)"]
    cron = parse_cron(suppression.schedule)
    assert isinstance(cron, Cron)
    found = next_windows(cron, suppression.duration_minutes, suppression.timezone, now, SHOWN_WINDOWS)
    lines = [f"is muted by `{suppression.schedule}` ({suppression.timezone}), next"]
    return lines + [f"  {_window(window)}" for window in found]


def _window(window: Window) -> str:
    start = window.start.strftime("%a %Y-%m-%d %H:%M")
    if window.end is None:
        return f"{start} and from then on"
    same_day = window.start.date() == window.end.date()
    end = window.end.strftime("%H:%M" if same_day else "%a %Y-%m-%d %H:%M")
    return f"{start} to {end} {window.start.strftime('%Z')}".rstrip()
