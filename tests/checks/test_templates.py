"""The texts of alerts and the legends of panels, each in a whole spec."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from gaugewright.compile import compile_text
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.mend import edited
from gaugewright.spec.reader import read_yaml
from gaugewright.spec.source import Source

SPEC = """\
gaugewright: 1
service:
  name: shop
  target_labels: {{environment: test}}
  external_labels: {{cluster: a}}
  runbook_url:
    {runbook_url}
metrics_config: {{exposition_port: 9091}}
labels:
  pool: {{description: Pool, values: [east, west]}}
  region: {{description: Region, values: [eu, us]}}
  status: {{description: Outcome, values: [ok, failed]}}
metrics:
  - {{name: shop_requests_total, metric_type: counter, description: Requests., labels: [pool, region, status]}}
  - {{name: shop_size, metric_type: gauge, description: Size of it., labels: [pool]}}
recording_rules:
  - name: pool:shop_requests:rate5m
    query: sum by (pool) (rate(shop_requests_total[5m]))
    labels: {{source: rules}}
  - name: second:shop_requests:rate5m
    query: pool:shop_requests:rate5m * 2
    labels: {{kind: doubled}}
  - {{name: "circle:shop:one", query: "circle:shop:two"}}
  - {{name: "circle:shop:two", query: "circle:shop:one"}}
notification_channels:
  - {{name: hook, type: webhook, url: "http://localhost:5001/"}}
alert_rules:
  - name: shop_alert
    query: |-
      {alert_query}
    threshold: 5
    comparison: greater_than
    severity: warning
    summary: |-
      {summary}
    description: |-
      {description}
    annotations:
      more: |-
        {annotation}
    labels:
      team: shop
      tier: |-
        {label}
    notification_channels: [hook]
dashboards:
  - title: Overview
    time_range: {{from_time: now-6h, to_time: now}}
    variables: [{{name: pool, label_of: pool}}]
    panels:
      - title: One
        panel_type: graph
        query: |-
          {panel_query}
        legend: |-
          {legend}
      - title: Two
        panel_type: graph
        queries:
          - query: shop_size
          - query: |-
              {panel_query}
            legend: |-
              {second_legend}
"""
USUAL = {
    "runbook_url": "https://runbooks.example.com",
    "alert_query": "shop_size",
    "summary": "A summary of the alert.",
    "description": "A description of the whole alert.",
    "annotation": "more",
    "label": "gold",
    "panel_query": "shop_size",
    "legend": "__auto",
    "second_legend": "__auto",
}
PADDING = " and so on, at some length"
"""Makes every text as long as the data model wants it."""
OURS = frozenset(
    (
        "template-syntax",
        "template-unknown-label",
        "rule-label-in-template",
        "value-in-label",
        "legend-unknown-label",
        "newer-prometheus",
        "promql-syntax",
        "rate-of-gauge",
        "unknown-label",
        "unknown-metric",
        "value-outside-domain",
    )
)


MENDED = ("template-unknown-label", "rule-label-in-template", "legend-unknown-label")


class Case(NamedTuple):
    where: str
    query: str
    text: str
    expected: str


def _cases() -> Iterator[Case]:
    where = query = text = ""
    expected: list[str] = []
    lines = (Path(__file__).parent / "templates.txt").read_text("utf-8").splitlines()
    for line in [*lines, "in: end"]:
        if line.startswith(("$ ", "in: ", "query: ")) and text:
            yield Case(where, query, text, "\n".join(expected))
            text, expected = "", []
        if line.startswith("$ "):
            text = line.removeprefix("$ ")
        elif line.startswith("in: "):
            where = line.removeprefix("in: ").replace(" ", "_")
        elif line.startswith("query: "):
            query = line.removeprefix("query: ")
        elif line and not line.startswith("#"):
            expected.append(line)


CASES = list(_cases())


def spec_with(where: str, query: str, text: str) -> str:
    padded = text + PADDING if where in ("summary", "description", "annotation") else text
    asked = "panel_query" if "legend" in where else "alert_query"
    return SPEC.format(**{**USUAL, where: padded, asked: query})


def found_in(spec: str) -> list[Diagnostic]:
    return [item for item in compile_text(spec, "spec.yaml").diagnostics if item.code in OURS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.where}: {case.text}")
def test_a_text_draws_the_findings_that_its_case_shows(case: Case) -> None:
    spec = spec_with(case.where, case.query, case.text)
    (begin,) = (line.index(case.text) for line in spec.splitlines() if case.text in line)
    lines = []
    for item in found_in(spec):
        indent = " " * (2 + item.place.column - 1 - begin)
        carets = "^" * (item.place.end_column - item.place.column)
        lines += [f"{indent}{carets} {item.code}: {item.message}", f"{indent}help: {item.help}"]
    assert "\n".join(lines) == case.expected


def mended(spec: str, item: Diagnostic) -> str:
    """The spec after the finding's mend, whose texts are lines of their own."""
    assert item.mend is not None
    root = read_yaml(spec.encode(), "spec.yaml").document
    for path in {edit.path for edit in item.mend.edits}:
        old = Source(root, path).value()
        new = edited(old, tuple(edit for edit in item.mend.edits if edit.path == path))
        spec = spec.replace(old, new)
    return spec


MENDABLE = [case for case in CASES if case.expected]


@pytest.mark.parametrize("case", MENDABLE, ids=lambda case: f"{case.where}: {case.text}")
def test_a_mend_leaves_its_own_finding_out_and_adds_none(case: Case) -> None:
    spec = spec_with(case.where, case.query, case.text)
    found = found_in(spec)
    for item in found:
        if item.mend is not None and item.code in MENDED:
            left = [other.message for other in found_in(mended(spec, item))]
            assert item.message not in left or left.count(item.message) < len(found)
            assert set(left) <= {other.message for other in found if other is not item}


def test_most_unknown_labels_have_a_mend() -> None:
    items = [
        item
        for case in MENDABLE
        for item in found_in(spec_with(case.where, case.query, case.text))
        if item.code in MENDED
    ]
    assert sum(item.mend is not None for item in items) > len(items) / 2


MENDS = [
    ("{{ $labels.regoin }}", "{{ $labels.region }}"),
    ('{{ index $labels "regoin" }}', '{{ index $labels "region" }}'),
    ("{{ with .Labels }}{{ .regoin }}{{ end }}", "{{ with .Labels }}{{ .region }}{{ end }}"),
    ("{{ $labels.severity }} on", "warning on"),
    ("a {{- $labels.team }} b", None),
    ("{{ $labels.severity | toUpper }}", None),
    ("{{ $labels.cluster }}", "{{ $externalLabels.cluster }}"),
    ("{{ .Labels.cluster }}", "{{ .ExternalLabels.cluster }}"),
    ('{{ index $labels "cluster" }}', None),
    ('{{ with query "shop_size" | first }}{{ .Labels.pol }}{{ end }}',
     '{{ with query "shop_size" | first }}{{ .Labels.pool }}{{ end }}'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MENDS)
def test_a_mend_of_a_text_is_written_where_it_stands(text: str, expected: str | None) -> None:
    spec = spec_with("description", "rate(shop_requests_total[5m])", text)
    (item,) = found_in(spec)
    if expected is None:
        assert item.mend is None
    else:
        assert spec_with("description", "rate(shop_requests_total[5m])", expected) == mended(spec, item)


def test_what_a_shared_address_says_of_one_alert_is_not_written_for_all() -> None:
    for text in ("https://runbooks.example.com/{{ $labels.severity }}", "https://example.com/{{ $labels.alertname }}"):
        (item,) = found_in(spec_with("runbook_url", "shop_size", text))
        assert item.mend is None


def test_a_finding_shows_the_query_that_lacks_the_label() -> None:
    spec = spec_with("description", "shop_size", "{{ $labels.zone }}")
    (item,) = found_in(spec)
    (related,) = item.related
    assert spec.splitlines()[related.place.line - 1].strip() == "query: |-"
    assert item.entities == ("shop_alert",)


def test_the_same_mistake_in_two_lines_is_shown_in_both() -> None:
    spec = spec_with("description", "shop_size", "{{ $labels.zone }} and\n      {{ $labels.zone }}")
    first, second = found_in(spec)
    assert second.place.line == first.place.line + 1


def test_an_alert_on_a_number_draws_its_own_finding_and_none_for_the_labels() -> None:
    assert found_in(spec_with("description", "scalar(shop_size)", "{{ $labels.zone }}")) == []


def test_a_runbook_url_of_the_alert_itself_takes_the_services_place() -> None:
    service = spec_with("runbook_url", "shop_size", "https://runbooks.example.com/{{ $labels.zone }}")
    assert [item.code for item in found_in(service)] == ["template-unknown-label"]
    own = service.replace("      more: |-", "      runbook_url: https://example.com\n      more: |-")
    assert found_in(own) == []


def test_a_label_that_is_sensitive_is_seen_in_every_way_of_writing_it() -> None:
    for text in ("{{ $labels.pool }}", '{{ index $labels "pool" }}', "{{ with .Labels }}{{ .pool }}{{ end }}"):
        spec = spec_with("description", "shop_size", text)
        spec = spec.replace("{description: Pool,", "{description: Pool, sensitive: true,")
        codes = [item.code for item in compile_text(spec).diagnostics]
        assert "sensitive-text" in codes, text


def test_a_chain_of_a_thousand_recording_rules_is_followed_to_its_end() -> None:
    links = "".join(
        f'  - {{name: "link:shop:n{number}", query: "link:shop:n{number + 1}"}}\n' for number in range(1000)
    )
    last = '  - {name: "link:shop:n1000", query: "sum by (pool) (shop_size)"}\n'
    spec = spec_with("description", "link:shop:n0", "{{ $labels.pool }} {{ $labels.job }}")
    spec = spec.replace("notification_channels:\n  - {name", f"{links}{last}notification_channels:\n  - {{name", 1)
    (item,) = found_in(spec)
    assert "`job`" in item.message


def test_what_never_has_a_result_draws_its_own_finding_and_none_for_the_labels() -> None:
    (item,) = found_in(spec_with("description", 'shop_size{pool="north"}', "{{ $labels.zone }}"))
    assert item.code == "value-outside-domain"


def test_a_label_that_was_lost_in_a_chain_of_rules_is_followed_to_the_one_that_lost_it() -> None:
    spec = spec_with("description", "second:shop_requests:rate5m", "{{ $labels.status }}")
    (item,) = found_in(spec)
    assert item.help == "`pool:shop_requests:rate5m` drops it: keep it in that rule."
    told = [related.message for related in item.related]
    assert told == [
        "the query",
        "`second:shop_requests:rate5m` is recorded here",
        "`pool:shop_requests:rate5m` is recorded here",
    ]


@pytest.mark.parametrize("quoted", ['"{}"', "`{}`"])
def test_a_query_in_a_text_is_pointed_at_through_every_kind_of_quotes(quoted: str) -> None:
    asked = quoted.format(
        "sum(shop_size) +\\n sum(shop_sise)" if quoted[0] == '"' else "sum(shop_size) + sum(shop_sise)"
    )
    spec = spec_with("description", "shop_size", "{{ query " + asked + " | first | value }}")
    for written in (spec, spec.replace("description: |-\n      ", "description: >-\n      ")):
        (item,) = found_in(written)
        place = item.place
        assert written.splitlines()[place.line - 1][place.column - 1 : place.end_column - 1] == "shop_sise"


def test_a_text_with_a_mistake_of_its_own_asks_nothing() -> None:
    (item,) = found_in(spec_with("description", "shop_size", '{{ query "sum(shop_sise)" | first | vale }}'))
    assert item.code == "template-syntax"


def test_a_finding_can_be_allowed() -> None:
    spec = spec_with("description", "shop_size", "{{ $labels.zone }}")
    allow = "allow: [{code: template-unknown-label, at: shop_alert, reason: It comes with the next release.}]\n"
    assert found_in(spec + allow) == []
