"""Cases of `query → findings`: text files that are read without knowing Python.

`in:` says where the queries below it stand: `rule`, `alert greater_than 5` (comparison and threshold) or
`panel graph s` (kind and unit); `labels:` gives a rule or alert static labels. A query follows `$ `, and under it
the findings, each with carets under what it points at; `at` names what is outside of the query. Last comes the query
once it is mended: `fix:` where `check --fix` writes that, `mend:` where a person chooses it; other fields that change
stand below. `still:` names the codes of findings that no mend knows how to mend.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gaugewright.compile import Compilation, compile_text
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import CATALOGUE
from gaugewright.mends.rounds import Mended, mend
from gaugewright.spec.reader import read_yaml

FOLDER = Path(__file__).parent

SPEC = """\
gaugewright: 1
service:
  name: shop
  targets: ["a:9091"]
  target_labels: {environment: test}
  external_labels: {cluster: one}
metrics_config: {exposition_port: 9091, scrape_interval_seconds: 15, label_cardinality_limit: 5000}
labels:
  pool: [east, west]
  region: [eu, us]
  status: [success, error]
  tenant: {max_values: 50}
metrics:
  - {name: shop_requests_total, metric_type: counter, description: Many requests., labels: [pool, region, status]}
  - {name: shop_errors_total, metric_type: counter, description: Failures of the shop., labels: [pool, region]}
  - {name: shop_tenant_requests_total, metric_type: counter, description: Many requests., labels: [tenant, status]}
  - name: shop_request_duration_seconds
    metric_type: histogram
    description: Duration of the shop.
    labels: [pool]
    unit: seconds
    buckets: [0.1, 0.5, 1, 5]
  - {name: shop_answer_bytes, metric_type: summary, description: Size of answers., labels: [pool], unit: bytes}
  - {name: shop_size, metric_type: gauge, description: Size of a pool., labels: [pool]}
  - {name: shop_limit, metric_type: gauge, description: Limit of a pool., labels: [pool]}
  - {name: shop_load, metric_type: gauge, description: Load of the shop., labels: [pool, region]}
  - {name: shop_late, metric_type: gauge, description: Not there at first., labels: [pool, status], initialize: false}
  - {name: shop_version, metric_type: gauge, description: The version., labels: [pool, {version: {max_values: 3}}]}
  - {name: shop_cache_bytes, metric_type: gauge, description: Size of the cache., unit: bytes}
  - {name: shop_heap_bytes, metric_type: gauge, description: Size of the heap., unit: bytes}
  - {name: shop_wait_seconds, metric_type: gauge, description: Time in the queue., unit: seconds}
  - {name: shop_lag_milliseconds, metric_type: gauge, description: Time behind., unit: milliseconds}
  - {name: shop_start_timestamp_seconds, metric_type: gauge, description: When it began., unit: seconds}
  - {name: shop_hit_ratio, metric_type: gauge, description: Hits of the cache., unit: ratio}
notification_channels:
  - {name: hook, type: webhook, url: "http://localhost:5001/"}
"""
RULES = """\
recording_rules:
  - {name: "pool:shop_requests:sum", query: "sum by (pool) (shop_requests_total)"}
  - {name: "pool:shop_requests:rate5m", query: "sum by (pool) (rate(shop_requests_total[5m]))"}
  - {name: "pool:shop_size:sum", query: "sum by (pool) (shop_size)"}
  - name: pool:shop_duration:p95
    query: histogram_quantile(0.95, sum by (pool, le) (rate(shop_request_duration_seconds_bucket[5m])))
"""
_RULE = """\
  - name: shop:case:this
    query: |-
      {query}
"""
_ALERT = """\
alert_rules:
  - name: shop_case
    query: |-
      {query}
    comparison: {where[1]}
    threshold: {where[2]}
    severity: warning
    summary: A summary of the alert.
    description: A description of the whole alert.
    notification_channels: [hook]
"""
_PANEL = """\
dashboards:
  - title: Overview
    time_range: {{from_time: now-6h, to_time: now}}
    variables:
      - {{name: pool, label_of: pool}}
      - {{name: limit, values: ["5", "10"]}}
    panels:
      - title: Case
        panel_type: {where[1]}
        unit: {where[2]}
        legend: __auto
        query: |-
          {query}
"""


class Case(NamedTuple):
    where: str
    labels: str
    query: str
    expected: str


def cases(file: Path) -> Iterator[Case]:
    where, labels, query = "rule", "", ""
    expected: list[str] = []
    for line in [*file.read_text("utf-8").splitlines(), "in: end"]:
        if line.startswith(("$ ", "in: ", "labels:")) and query:
            yield Case(where, labels, query, "\n".join(expected))
            query, expected = "", []
        if line.startswith("$ "):
            query = line.removeprefix("$ ")
        elif line.startswith("in: "):
            where, labels = line.removeprefix("in: "), ""
        elif line.startswith("labels:"):
            labels = line.removeprefix("labels:").strip()
        elif line and not line.startswith("#"):
            expected.append(line)


def updated(file: Path) -> str:
    """The file's text with the findings as they are now."""
    found = {(case.where, case.labels, case.query): findings(case) for case in cases(file)}
    where, labels = "rule", ""
    lines: list[str] = []
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("in: "):
            where, labels = line.removeprefix("in: "), ""
        elif line.startswith("labels:"):
            labels = line.removeprefix("labels:").strip()
        if line.startswith("$ "):
            lines += [line, *found[where, labels, line.removeprefix("$ ")].splitlines()]
        elif not line or line.startswith(("#", "in: ", "labels:")):
            lines.append(line)
    return "\n".join(lines) + "\n"


def spec_of(case: Case) -> str:
    where = case.where.split()
    template = {"rule": _RULE, "alert": _ALERT, "panel": _PANEL}[where[0]]
    labels = f"    labels: {case.labels}\n" if case.labels else ""
    return SPEC + RULES + template.format(query=case.query, where=where) + labels


def diagnostics(case: Case) -> list[Diagnostic]:
    """The findings of the case's own rule, alert or panel."""
    return own(compile_text(spec_of(case), "spec.yaml"))


def own(compilation: Compilation) -> list[Diagnostic]:
    return [item for item in compilation.diagnostics if is_own(item)]


def is_own(item: Diagnostic) -> bool:
    """Whether it is about the case's rule, alert or panel."""
    return bool({"shop:case:this", "shop_case", "Case"}.intersection(item.entities))


def mended(case: Case) -> Mended:
    """The case's spec with every mend of its own findings, those that a person chooses too."""
    return mend(spec_of(case).encode(), "spec.yaml", chosen=lambda item: item.mend is not None and is_own(item))


def findings(case: Case) -> str:
    """As the case files show them."""
    lines = spec_of(case).splitlines()
    at = next(number for number, line in enumerate(lines, 1) if line.strip() == case.query.strip())
    shown = []
    for item in diagnostics(case):
        place = item.place
        told = f"{item.code}: {item.message}"
        if item.severity != CATALOGUE[item.code].severity:
            told = f"({item.severity}) {told}"
        if place.line == at:
            indent = " " * (2 + place.column - 1 - lines[at - 1].index(case.query))
            carets = "^" * (place.end_column - place.column)
            shown += [f"{indent}{carets} {told}", f"{indent}help: {item.help}"]
        else:
            text = lines[place.line - 1][place.column - 1 : place.end_column - 1]
            shown += [f"  at `{text}`: {told}", f"  help: {item.help}"]
    return "\n".join([*shown, *_mend_lines(case)])


def _mend_lines(case: Case) -> Iterator[str]:
    found = mended(case)
    if not found.changes:
        return
    before, after = (dict(_fields(spec)) for spec in (spec_of(case).encode(), found.content))
    certain = all(change.finding.mend is not None and change.finding.mend.certain for change in found.changes)
    for path, value in after.items():
        if value != before[path]:
            field = "" if path[-1] == "query" else f"{path[-1]}: "
            yield f"  {'fix' if certain else 'mend'}: {field}{value}"
    left = sorted({item.code for item in own(found.compilation)})
    if left:
        yield f"  still: {', '.join(left)}"


def _fields(spec: bytes) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value of a spec that is no list or mapping, by its path."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), read_yaml(spec, "spec.yaml").document.root)]
    while waiting:
        path, value = waiting.pop(0)
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting += [((*path, step), item) for step, item in inside]
        if not isinstance(value, (dict, list)):
            yield path, value
