"""One mistake in a definition gives one finding: what reads the metric or label draws none of its own."""

from __future__ import annotations

import pytest
from gaugewright.compile import compile_text

from tests.fragments import BASE

READERS = """\
recording_rules:
  - name: route:shop_requests:rate5m
    query: sum by (route) (rate(shop_requests_total{status="error"}[5m]))
  - name: route:shop_share:ratio5m
    query: |-
      sum by (route) (rate(shop_requests_total{status="error"}[5m]))
        / sum by (route) (rate(shop_requests_total[5m]))
  - {name: "status:shop_any:rate5m", query: 'sum by (status) (rate({__name__=~"shop_requests?_total"}[5m]))'}
  - {name: "status:shop_named:rate5m", query: 'sum by (status) (rate({__name__="shop_requests_total"}[5m]))'}
  - {name: "status:shop_several:count", query: 'count by (status) ({__name__=~"shop_(requests_total|queue_length)"})'}
  - name: route:shop_several:count
    query: count by (route) ({__name__=~"route:shop_requests:rate5m|shop_queue_length"})
dashboards:
  - title: Shop
    time_range: {from_time: now-6h, to_time: now}
    variables:
      - {name: route, label_of: route}
      - {name: status, query: 'label_values(shop_requests_total{route="$route"}, status)'}
    panels:
      - title: Requests
        panel_type: graph
        query: sum by (status) (rate(shop_requests_total{status="$status"}[$__rate_interval]))
        legend: "{{ status }}"
      - title: Recorded
        panel_type: graph
        query: count by (route) ({__name__=~"route:shop_requests:rate5m|shop_queue_length"})
historical_exports:
  - name: requests
    requested_by: analyst@example.com
    metric_names: [shop_requests_total, shop_request_duration_seconds]
    start_time: now-9d
    end_time: now
    format: csv
    filters: {route: home}
    output_path: exports/requests.csv
"""
ASKING = "    annotations: {more: '{{ query `shop_requests_total` | first | value }}'}\n"
SPEC = BASE.replace("    summary: Many errors", f"{ASKING}    summary: Many errors") + READERS

MISTAKES = {
    "the name of a metric": ("- name: shop_requests_total", "- name: shop-requests_total"),
    "the key of its name": ("- name: shop_requests_total", "- nam: shop_requests_total"),
    "its type": ("metric_type: counter", "metric_type: countr"),
    "its list of labels": ("labels: [route, status]", "labels: route"),
    "one of its labels": ("labels: [route, status]", "labels: [route, 'sta tus']"),
    "the key of its labels": ("labels: [route, status]", "label: [route, status]"),
    "a label without a definition": ("  status: [success, error]\n", ""),
    "a label's values": ("status: [success, error]", "status: []"),
    "a label's definition": ("status: [success, error]", "status: 5"),
    "a label's key": ("status: [success, error]", "status: {value: [success, error]}"),
    "the key of the metrics": ("\nmetrics:\n", "\nmetric:\n"),
    "the key of the rules": ("\nrecording_rules:\n", "\nrecording_rule:\n"),
    "the key of the labels": ("\nlabels:\n", "\nlabel:\n"),
    "the kind of the labels": (
        "labels:\n  route: [home, search, checkout]\n  status: [success, error]\n",
        "labels: no\n",
    ),
    "the name of a rule that is read": ("- name: route:shop_requests:rate5m", "- name: route:shop-requests:rate5m"),
    "the query of a rule that is read": ("sum by (route) (rate(shop", "sum by (route (rate(shop"),
}


def codes(spec: str) -> list[str]:
    return [item.code for item in compile_text(spec, "spec.yaml").diagnostics]


def test_the_spec_without_a_mistake_draws_nothing() -> None:
    assert codes(SPEC) == []


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_in_a_definition_is_told_once(what: str) -> None:
    old, new = MISTAKES[what]
    assert old in SPEC
    found = codes(SPEC.replace(old, new, 1))
    assert len(found) == 1, found
