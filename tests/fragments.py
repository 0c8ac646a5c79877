"""Specs for tests: a small honest one, and fragments laid over it.

A fragment's top-level keys replace the base's. The fragment comes first in the text, so that its line
numbers are those of the whole. A fragment that says `gaugewright:` itself, or none of the known keys,
is taken as it is.
"""

from __future__ import annotations

import re

BASE = """\
gaugewright: 1

service:
  name: shop
  targets: ["localhost:9100"]

metrics_config:
  exposition_port: 9100
  scrape_interval_seconds: 15

labels:
  route: [home, search, checkout]
  status: [success, error]

metrics:
  - name: shop_requests_total
    metric_type: counter
    description: Requests that were answered.
    labels: [route, status]
  - name: shop_request_duration_seconds
    metric_type: histogram
    description: Time from a request to the end of its answer.
    labels: [route]
    unit: seconds
  - name: shop_queue_length
    metric_type: gauge
    description: Orders that wait to be packed.

notification_channels:
  - {name: ops, type: webhook, url: "http://localhost:5001/alerts"}

alert_rules:
  - name: shop_many_errors
    query: sum by (route) (rate(shop_requests_total{status="error"}[5m]))
    threshold: 0.5
    comparison: greater_than
    severity: warning
    summary: Many errors on {{ $labels.route }}
    description: "{{ $value }} errors a second on {{ $labels.route }}."
    notification_channels: [ops]
"""

_KEY = re.compile(r"^([a-z_]+):", re.MULTILINE)


_OTHER_KEYS = frozenset(("dashboards", "allow", "routing", "recording_rules", "historical_exports"))


def spec_with(fragment: str) -> str:
    """The fragment over the base."""
    keys = set(_KEY.findall(fragment))
    known = set(_KEY.findall(BASE)) | _OTHER_KEYS
    if "gaugewright" in keys or not keys & known:
        return fragment
    blocks = re.split(r"^(?=[a-z_]+:)", BASE, flags=re.MULTILINE)
    kept = [block for block in blocks if block.strip() and block.partition(":")[0] not in keys]
    return fragment.rstrip("\n") + "\n" + "".join(kept)
