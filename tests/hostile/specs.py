"""A spec that holds a given text wherever a text may stand, and what is read back from its outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import emit
from gaugewright.model.model import Model

Files = dict[str, bytes]

ALERTS = "prometheus/rules/alerts.yml"
RECORDS = "prometheus/rules/records.yml"
PROMETHEUS = "prometheus/prometheus.yml"
ALERTMANAGER = "alertmanager/alertmanager.yml"
MODULE = "python/svc_metrics.py"
OPENAPI = "openapi/metrics.yaml"
METRICS_PAGE = "docs/METRICS.md"


def literal(text: str) -> str:
    """The text as a Go template that prints it."""
    return text.replace("{{", '{{ "{{" }}')


def promql_string(text: str) -> str:
    """The text as a PromQL string in double quotes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(c, c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'


def spec(texts: Sequence[str], values: Sequence[str] = ("a", "b")) -> dict[str, Any]:
    """A spec with an alert, a channel, a panel and a metric for each text, and a label of these values."""
    many = range(len(texts))
    return {
        "gaugewright": 1,
        "service": {
            "name": "svc",
            "description": texts[0],
            "owner": texts[0],
            "targets": ["localhost:9100"],
            "target_labels": {"place": texts[0]},
            "external_labels": {"cluster": texts[0]},
        },
        "metrics_config": {"exposition_port": 9100, "label_cardinality_limit": 10_000},
        "labels": {"kind": {"description": texts[0], "values": list(values)}},
        "metrics": [
            *({"name": f"svc_level_{n}", "metric_type": "gauge", "description": long(texts[n])} for n in many),
            {
                "name": "svc_events_total",
                "metric_type": "counter",
                "description": "Things that happened.",
                "labels": ["kind"],
            },
        ],
        "recording_rules": [
            {
                "name": f"level:svc_level_{n}:max",
                "query": f"max(svc_level_{n})",
                "description": texts[n],
                "labels": {"note": texts[n]},
            }
            for n in many
        ],
        "notification_channels": [
            {
                "name": f"chat-{n}",
                "type": "slack",
                "api_url_file": "secrets/url",
                "channel": texts[n],
                "title": literal(texts[n]),
                "footer": literal(texts[n]),
                "fields": [{"title": literal(texts[n]), "value": "x"}],
            }
            for n in many
        ],
        "alert_rules": [_alert(n, texts[n]) for n in many],
        "dashboards": [
            {
                "title": f"Board {texts[0]}",
                "description": texts[0],
                "time_range": {},
                "tags": [texts[0]],
                "panels": [panel for n in many for panel in _panels(n, texts[n])][:50],
                "variables": [{"name": "choice", "label": texts[0], "values": list(values)}],
            }
        ],
    }


def long(text: str) -> str:
    """The text in one that is as long as the longest least length."""
    return f"What is told: {text} (as written)"


def _alert(n: int, text: str) -> dict[str, Any]:
    return {
        "name": f"alert_{n}",
        "query": f"svc_level_{n}",
        "threshold": n + 1,
        "comparison": "greater_than",
        "duration": "5m",
        "severity": "info",
        "summary": literal(long(text)),
        "description": literal(long(text)),
        "annotations": {"note": literal(text)},
        "labels": {"note": literal(text)},
        "notification_channels": [f"chat-{n}"],
    }


def _panels(n: int, text: str) -> Iterator[dict[str, Any]]:
    yield {"row": f"Row {text}"}
    yield {
        "title": text,
        "panel_type": "graph",
        "query": f'svc_level_{n} and on() (svc_events_total{{kind=~"$choice"}} > 0)',
        "legend": text.replace("{{", "{ {"),
        "description": text,
    }


def as_json(tree: Any) -> str:
    """JSON that YAML's readers take for the same: they know no pairs of surrogates."""

    def joined(pair: re.Match[str]) -> str:
        character: str = json.loads('"' + pair[0] + '"')
        return f"\\U{ord(character):08x}"

    return re.sub(r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}", joined, json.dumps(tree))


def as_yaml(tree: Any) -> str:
    """The spec as another writer writes YAML."""
    return yaml.safe_dump(tree, sort_keys=False)


def compiled(tree: Any) -> Model:
    """The model; the spec must draw no error."""
    compilation = compile_text(as_yaml(tree), "svc.yaml")
    assert compilation.model is not None, [item for item in compilation.diagnostics if item.severity == "error"]
    return compilation.model


def outputs(tree: Any) -> Files:
    return emit(compiled(tree))


def loaded(files: Files, path: str) -> Any:
    """An output as PyYAML reads it: YAML 1.1, where `no` is a boolean and `1:30` a number."""
    return yaml.safe_load(files[path])


def dashboard(files: Files) -> Any:
    [path] = [path for path in files if path.startswith("grafana/dashboards/")]
    return json.loads(files[path])


def leaves(value: Any) -> list[str]:
    """Every text in a tree."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value] if isinstance(value, str) else []


def rules(files: Files, path: str) -> list[dict[str, Any]]:
    [group] = loaded(files, path)["groups"]
    return list(group["rules"])
