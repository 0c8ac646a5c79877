"""How alerts find their channels: the routing tree, and the answer to "where does this alert go".

Below a root that delivers to nobody stands one route per channel, which takes the alerts of that
channel and lets them go on to the next channel. Alerts that are muted, or repeated at another interval
than the root's, have a route of their own below their channel's. So an alert reaches exactly its
channels, its labels stay its own, and the tree grows with the channels, not with their combinations.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gaugewright.model.inhibitions import Inhibition, inhibitions
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule, Suppression

DEFAULT_REPEAT = "4h"


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `alerts` are the names it matches (all of them, at the root). `repeat_interval` and
    `mute` are None where the parent's holds, or nothing mutes."""

    receiver: str
    alerts: tuple[str, ...] = ()
    repeat_interval: str | None = None
    mute: str | None = None
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way that an alert takes. `mute` is the schedule that mutes it there."""

    channel: str
    type: str
    repeat_interval: str
    mute: Suppression | None


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """Where an alert goes. `maintenance_gauge` is the series that mutes it while it is 1, `inhibitions`
    are those that mute it while another alert fires."""

    alert: str
    deliveries: tuple[Delivery, ...]
    maintenance_gauge: str | None
    inhibitions: tuple[Inhibition, ...] = ()


def null_receiver(model: Model) -> str:
    """The receiver without configuration; a channel may bear its usual name."""
    taken = {channel.name for channel in model.channels}
    return next(name for name in ("null", "none", *(f"none-{n}" for n in range(len(taken)))) if name not in taken)


def mute_name(suppression: Suppression) -> str:
    """A time interval's name: the schedule that it is made from, as the spec says it."""
    hours, minutes = divmod(suppression.duration_minutes, 60)
    length = f"{hours}h" * (hours > 0) + f"{minutes}m" * (minutes > 0)
    return f"{suppression.schedule} for {length} in {suppression.timezone}"


def schedule_of(alert: AlertRule) -> Suppression | None:
    """The schedule that mutes the alert, where one does: an empty list of intervals mutes never."""
    suppression = alert.suppression
    return suppression if suppression and suppression.schedule is not None and suppression.intervals else None


def mutes(model: Model) -> dict[str, Suppression]:
    """Every time interval by its name; alerts of one schedule share it."""
    schedules = (schedule_of(alert) for alert in model.alert_rules)
    return {mute_name(schedule): schedule for schedule in schedules if schedule}


def tree(model: Model) -> Route:
    """The root route."""
    usual = _usual_repeat(model)
    channels = []
    for channel in model.channels:
        alerts = [alert for alert in model.alert_rules if channel in alert.channels]
        if alerts:
            channels.append(_channel_route(model, channel.name, alerts, usual))
    return Route(null_receiver(model), repeat_interval=usual, routes=tuple(channels))


def _channel_route(model: Model, receiver: str, alerts: list[AlertRule], usual: str) -> Route:
    """Settings that all of the channel's alerts share stand on its route, others on routes below it."""
    names = tuple(alert.name for alert in alerts)
    groups: dict[tuple[str | None, str | None], list[str]] = {}
    for alert in alerts:
        repeat, schedule = _repeat(model, alert), schedule_of(alert)
        own = (None if repeat == usual else repeat, mute_name(schedule) if schedule else None)
        groups.setdefault(own, []).append(alert.name)
    if len(groups) == 1:
        return Route(receiver, names, *next(iter(groups)))
    below = (Route(receiver, tuple(named), *own) for own, named in groups.items() if own != (None, None))
    return Route(receiver, names, routes=tuple(below))


def _repeat(model: Model, alert: AlertRule) -> str:
    return model.routing.repeat_interval.get(alert.severity, DEFAULT_REPEAT)


def _usual_repeat(model: Model) -> str:
    """The interval of most alerts, so that most need no route of their own; the first on a draw."""
    counted = Counter(_repeat(model, alert) for alert in model.alert_rules for _ in alert.channels)
    return counted.most_common(1)[0][0] if counted else DEFAULT_REPEAT


def route(model: Model, alert_name: str) -> RouteAnswer | None:
    """Where the alert goes, read from the very tree that is written; None where no alert is so named."""
    alert = next((alert for alert in model.alert_rules if alert.name == alert_name), None)
    if alert is None:
        return None
    root = tree(model)
    schedules = mutes(model)
    types = {channel.name: channel.type for channel in model.channels}
    deliveries = []
    for channel in root.routes:
        if alert_name in channel.alerts:
            own = next((child for child in channel.routes if alert_name in child.alerts), channel)
            repeat = own.repeat_interval or root.repeat_interval or DEFAULT_REPEAT
            mute = schedules[own.mute] if own.mute else None
            deliveries.append(Delivery(own.receiver, types[own.receiver], repeat, mute))
    in_maintenance = any(muted.name == alert_name for muted in model.maintenance_alerts)
    gauge = model.maintenance_gauge if in_maintenance else None
    spared = tuple(rule for rule in inhibitions(model) if alert_name in rule.targets)
    return RouteAnswer(alert_name, tuple(deliveries), gauge, spared)
