"""What Alertmanager reads: routes, receivers, time intervals and inhibitions."""

from __future__ import annotations

from typing import Any

from gaugewright.emit import routes
from gaugewright.emit.prometheus import maintenance_alert
from gaugewright.emit.templates import render
from gaugewright.emit.yaml_text import comment, tree
from gaugewright.model.inhibitions import environment_labels, inhibitions
from gaugewright.model.model import Model
from gaugewright.model.receiver_table import OLDEST, RECEIVERS
from gaugewright.model.receivers import requirements
from gaugewright.model.time_intervals import as_mapping

_LINE = 100


def emit(model: Model) -> dict[str, bytes]:
    text = render(
        "alertmanager/alertmanager.yml.j2",
        **words(model),
        channels=model.channels,
        secrets=[secret for channel in model.channels for secret in channel.secrets],
    )
    return {"alertmanager/alertmanager.yml": text}


def words(model: Model) -> dict[str, Any]:
    """What the templates of a configuration need beside its `channels`."""
    return {
        "model": model,
        "comment": comment,
        "tree": tree,
        "root": routes.tree(model),
        "intervals": time_intervals(model),
        "needed": needed_release(model),
        "lost_resolutions": lost_resolutions(model),
        "name_matcher": name_matcher,
        "maintenance": maintenance_alert(model),
        "maintained": tuple(alert.name for alert in model.maintenance_alerts),
        "maintenance_equal": environment_labels(model, model.maintenance_alerts),
        "inhibitions": inhibitions(model),
    }


def name_matcher(names: tuple[str, ...], indent: int) -> str:
    """What follows `matchers:` where that stands `indent` spaces in: a list of one matcher of alert
    names (letters, digits and `_`). Many stand one on a line; YAML's escaped line ends add no text."""
    if len(names) == 1:
        return f""" ['alertname="{names[0]}"']"""
    line = f""" ['alertname=~"{"|".join(names)}"']"""
    if len(line) + indent < _LINE:
        return line
    inside = " " * (indent + 5)
    folded = f"|\\\n{inside}".join(names)
    return f'\n{" " * (indent + 2)}- "alertname=~\\"{folded}\\""'


def time_intervals(model: Model) -> dict[str, list[object]]:
    """By name, what Alertmanager takes as `time_intervals`."""
    return {
        name: [as_mapping(interval, schedule.timezone) for interval in schedule.intervals]
        for name, schedule in routes.mutes(model).items()
    }


def needed_release(model: Model) -> tuple[str, tuple[str, ...]] | None:
    """The Alertmanager that this configuration needs and why, where that is later than 0.25."""
    needs = [
        (release, f"{field or channel.receiver} of {channel.name}")
        for channel in model.channels
        for field, release in requirements(channel.type, channel.settings)
    ]
    latest = max((release for release, _ in needs), default=OLDEST)
    return (latest, tuple(why for release, why in needs if release == latest)) if needs else None


def lost_resolutions(model: Model) -> tuple[str, ...]:
    """Channels of muted alerts whose incidents stay open when the alert resolves during the mute."""
    muted = {
        channel.name: None
        for alert in model.alert_rules
        if alert.suppression
        for channel in alert.channels
        if channel.send_resolved and RECEIVERS[channel.type].closes_incidents
    }
    return tuple(muted)
