"""Which alerts and panels read a metric, through recording rules too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gaugewright.model.model import Model


@dataclass(frozen=True, slots=True)
class Uses:
    """By metric name: the alerts, and the panels as `Dashboard / Panel`, in the spec's order."""

    alerts: Mapping[str, tuple[str, ...]]
    panels: Mapping[str, tuple[str, ...]]


def uses_of(model: Model) -> Uses:
    recorded = {rule.name: rule.query.metrics for rule in model.recording_rules}
    alerts = ((alert.name, alert.query.metrics) for alert in model.alert_rules)
    panels = (
        (f"{dashboard.title} / {panel.title}", one.query.metrics)
        for dashboard in model.dashboards
        for panel in dashboard.panels
        for one in panel.queries
    )
    return Uses(_by_metric(alerts, recorded), _by_metric(panels, recorded))


def _by_metric(
    readers: Iterable[tuple[str, tuple[str, ...]]], recorded: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for reader, names in readers:
        for name in _with_sources(names, recorded):
            found.setdefault(name, {})[reader] = None
    return {name: tuple(by) for name, by in found.items()}


def _with_sources(names: Iterable[str], recorded: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The names and, for recorded series, what they are made of. Rules that need each other end here too."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += recorded.get(name, ())
    return found
