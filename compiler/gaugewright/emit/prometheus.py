"""What Prometheus reads: `prometheus.yml` and the rule files.

Annotations and labels of alerts are Go templates by design, so they stay as the user wrote them;
only YAML's syntax is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gaugewright.emit.scrape_limits import limits
from gaugewright.emit.templates import render
from gaugewright.emit.yaml_text import comment, text, tree
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule, RecordingRule

RECORDS = "rules/records.yml"
ALERTS = "rules/alerts.yml"


@dataclass(frozen=True, slots=True)
class AlertmanagerGroup:
    """Alertmanagers that are reached in one way. `path_prefix` is "" at the root of the host."""

    scheme: str
    path_prefix: str
    targets: tuple[str, ...]


def emit(model: Model) -> dict[str, bytes]:
    words = rule_words(model)
    return {
        "prometheus/prometheus.yml": render(
            "prometheus/prometheus.yml.j2",
            **words,
            rule_files=(RECORDS, ALERTS),
            alertmanagers=alertmanager_groups(model.service.alertmanagers),
            external_labels=_escaped(model.service.external_labels),
            limits=limits(model),
        ),
        f"prometheus/{RECORDS}": render("prometheus/records.yml.j2", **words),
        f"prometheus/{ALERTS}": render("prometheus/alerts.yml.j2", **words),
    }


def rule_words(model: Model) -> dict[str, Any]:
    """What the templates of rule groups need, for every engine that evaluates them."""
    return {
        "model": model,
        "comment": comment,
        "tree": tree,
        "text": text,
        "records_group": records_group(model),
        "rules": in_evaluation_order(model.recording_rules),
        "alerts_group": alerts_group(model),
        "labels": alert_labels,
        "annotations": alert_annotations,
        "maintenance": maintenance_alert(model) if model.maintenance_alerts else None,
        "maintenance_expression": maintenance_expression(model),
        "maintenance_annotations": maintenance_annotations(model),
    }


def records_group(model: Model) -> str:
    return f"{model.service.name}_records"


def alerts_group(model: Model) -> str:
    return f"{model.service.name}_alerts"


def maintenance_alert(model: Model) -> str:
    """The alert that fires during maintenance: it is the source of an inhibition and reaches nobody."""
    return f"{model.service.name}_maintenance"


def maintenance_expression(model: Model) -> str:
    return f"max({model.maintenance_gauge}) == 1"


def maintenance_annotations(model: Model) -> dict[str, str]:
    return {
        "summary": f"{model.service.name} is under maintenance",
        "description": "The service says that it is under maintenance, which mutes some of its alerts.",
    }


def alert_labels(alert: AlertRule) -> dict[str, str]:
    """The labels that the rule adds; the spec's `severity` is the alert's own."""
    return {"severity": alert.severity, **{k: v for k, v in alert.labels.items() if k != "severity"}}


def alert_annotations(alert: AlertRule) -> dict[str, str]:
    own = {"summary": alert.summary, "description": alert.description}
    return {**own, **{name: text for name, text in alert.annotations.items() if name not in own}}


def in_evaluation_order(rules: Iterable[RecordingRule]) -> tuple[RecordingRule, ...]:
    """Each rule after those that it reads, so that a group's one pass computes all; otherwise the
    spec's order. Rules of one name stay together, and a cycle (which has its finding) stays as it is."""
    rules = tuple(rules)
    by_name: dict[str, list[RecordingRule]] = {}
    for rule in rules:
        by_name.setdefault(rule.name, []).append(rule)
    done: dict[str, None] = {}
    for name in by_name:
        _visit(name, by_name, done, ())
    return tuple(rule for name in done for rule in by_name[name])


def _visit(
    name: str, by_name: Mapping[str, list[RecordingRule]], done: dict[str, None], above: tuple[str, ...]
) -> None:
    if name in done or name in above:
        return
    for rule in by_name[name]:
        for read in rule.query.metrics:
            if read in by_name:
                _visit(read, by_name, done, (*above, name))
    done[name] = None


def alertmanager_groups(addresses: tuple[str, ...]) -> tuple[AlertmanagerGroup, ...]:
    """`host:port`, or a URL where Alertmanager has TLS or stands below a path."""
    found: dict[tuple[str, str], list[str]] = {}
    for address in addresses:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        found.setdefault((parts.scheme, parts.path.rstrip("/")), []).append(parts.netloc)
    return tuple(AlertmanagerGroup(*reached, tuple(targets)) for reached, targets in found.items())


def _escaped(external_labels: Mapping[str, str]) -> dict[str, str]:
    """Prometheus 3 puts environment variables into external labels; `$$` is a plain `$`."""
    return {name: value.replace("$", "$$") for name, value in external_labels.items()}
