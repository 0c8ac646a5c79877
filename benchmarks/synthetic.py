"""A spec of any size: N metrics, N alerts and N/20 dashboards of 20 panels, of the shapes that real ones have."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = """\
gaugewright: 1

service:
  name: fleet
  description: A synthetic service.
  owner: benchmarks
  targets: ["localhost:9100"]
  runbook_url: https://runbooks.example.com/{alert}

metrics_config:
  exposition_port: 9100
  scrape_interval_seconds: 15
  label_cardinality_limit: 10000

labels:
  zone: {description: Where it runs, values: [a]}
  status: {description: How it ended, values: [success]}

notification_channels:
  - {name: ops, type: slack, channel: "#ops", api_url_file: secrets/slack}
  - {name: pager, type: pagerduty, routing_key_file: secrets/pagerduty}
  - {name: audit, type: webhook, url: "http://localhost:5001/alerts"}
"""

METRIC = {
    "counter": "fleet_part{n}_events_total",
    "gauge": "fleet_part{n}_level",
    "histogram": "fleet_part{n}_duration_seconds",
}
KINDS = ("counter", "gauge", "histogram", "counter")
QUERIES = {
    "counter": 'sum by (zone) (rate({name}{{status="success"}}[5m]))',
    "gauge": "max by (zone) ({name})",
    "histogram": "histogram_quantile(0.95, sum by (zone, le) (rate({name}_bucket[5m])))",
}
PANELS = {
    "counter": ("graph", "sum by (zone) (rate({name}[$__rate_interval]))", "ops"),
    "gauge": ("stat", "max by (zone) ({name})", "short"),
    "histogram": ("graph", "histogram_quantile(0.95, sum by (zone, le) (rate({name}_bucket[$__rate_interval])))", "s"),
}
PANELS_PER_DASHBOARD = 20


def spec(size: int) -> str:
    """The text of a spec of `size` metrics, `size` alerts and a twentieth as many dashboards."""
    metrics = "".join(_metric(n) for n in range(size))
    alerts = "".join(_alert(n) for n in range(size))
    dashboards = "".join(_dashboards(size))
    return f"{HEAD}\nmetrics:\n{metrics}\nalert_rules:\n{alerts}\ndashboards:\n{dashboards}"


def metrics_alone(size: int) -> str:
    """The text of a spec of `size` metrics and nothing else."""
    return f"{HEAD}\nmetrics:\n{''.join(_metric(n) for n in range(size))}"


def _kind(n: int) -> str:
    return KINDS[n % len(KINDS)]


def _name(n: int) -> str:
    return METRIC[_kind(n)].format(n=n)


def _metric(n: int) -> str:
    kind = _kind(n)
    labels = {"counter": "[zone, status]", "gauge": "[zone]", "histogram": "[zone]"}[kind]
    unit = "    unit: seconds\n" if kind == "histogram" else ""
    return (
        f"  - name: {_name(n)}\n    metric_type: {kind}\n    description: What part {n} of the fleet measures.\n"
        f"    labels: {labels}\n{unit}"
    )


def _alert(n: int) -> str:
    channels = ("[ops]", "[ops, audit]", "[pager, ops]")[n % 3]
    return (
        f"  - name: fleet_part{n}_high\n    query: {QUERIES[_kind(n)].format(name=_name(n))}\n    threshold: 5\n"
        f"    comparison: greater_than\n    duration: 10m\n    severity: {('info', 'warning', 'critical')[n % 3]}\n"
        f"    summary: Part {n} is high in {{{{ $labels.zone }}}}\n"
        f'    description: "Part {n} is at {{{{ $value }}}} in {{{{ $labels.zone }}}}."\n'
        f"    notification_channels: {channels}\n"
    )


def _dashboards(size: int) -> Iterator[str]:
    for first in range(0, size, PANELS_PER_DASHBOARD):
        yield f"  - title: Parts from {first}\n    time_range: {{from_time: now-6h, to_time: now}}\n    panels:\n"
        for n in range(first, min(first + PANELS_PER_DASHBOARD, size)):
            panel_type, query, unit = PANELS[_kind(n)]
            yield (
                f"      - title: Part {n}\n        panel_type: {panel_type}\n"
                f"        query: {query.format(name=_name(n))}\n"
                f'        legend: "{{{{ zone }}}}"\n        unit: {unit}\n'
            )
