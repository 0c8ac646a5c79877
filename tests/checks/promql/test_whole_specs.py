"""What is found across queries: several targets, circles of rules, panels of several queries, broken specs."""

from __future__ import annotations

import re

import pytest
from gaugewright.checks.promql import NODE_CHECKS, QUERY_CHECKS
from gaugewright.compile import compile_text
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import CATALOGUE

from tests.checks.promql.query_cases import FOLDER, RULES, SPEC
from tests.fragments import BASE

PANELS = """\
dashboards:
  - title: Overview
    time_range: {from_time: now-6h, to_time: now}
    panels:
      - title: Case
        panel_type: graph
        unit: bytes
        queries:
          - {query: shop_wait_seconds, legend: a}
          - {query: shop_cache_bytes, legend: b}
          - {query: shop_size, legend: c}
"""


def found(spec: str, *codes: str) -> list[Diagnostic]:
    return [item for item in compile_text(spec, "spec.yaml").diagnostics if not codes or item.code in codes]


def recorded(*queries: str) -> str:
    rules = "".join(f"  - {{name: 'case:shop:n{number}', query: '{query}'}}\n" for number, query in enumerate(queries))
    return SPEC + RULES + rules


def test_every_code_of_queries_has_a_case() -> None:
    texts = "\n".join(file.read_text("utf-8") for file in FOLDER.glob("*.txt"))
    shown = set(re.findall(r"([a-z]+(?:-[a-z]+)+): ", texts))
    codes = list(CATALOGUE)
    typed = codes[codes.index("histogram-base-name") + 1 :]
    assert len(typed) >= 30
    assert set(typed) <= shown


def test_every_check_is_listed_once_for_each_kind_of_node() -> None:
    for checks in (*NODE_CHECKS.values(), QUERY_CHECKS):
        assert len(checks) == len(set(checks))


def test_with_several_targets_a_match_without_the_instance_has_several_series() -> None:
    query = "shop_size / on (pool) shop_limit"
    assert found(recorded(query), "many-to-many") == []
    (item,) = found(recorded(query).replace('["a:9091"]', '["a:9091", "b:9091"]'), "many-to-many")
    assert item.severity == "error"
    assert "`instance`" in item.message


def test_a_circle_of_three_rules_is_told_once_with_its_way() -> None:
    spec = recorded("case:shop:n1 + 1", "case:shop:n2 + 1", "case:shop:n0 + 1", "shop_size")
    (item,) = found(spec, "rule-cycle")
    assert item.message == "`case:shop:n0` needs `case:shop:n1` needs `case:shop:n2` needs `case:shop:n0`"
    assert len(item.related) == 2
    assert item.entities == ("case:shop:n0", "case:shop:n1", "case:shop:n2")


def test_a_rule_that_reads_a_circle_is_not_part_of_it() -> None:
    spec = recorded("case:shop:n1 + 1", "case:shop:n0 + 1", "case:shop:n0 * 2")
    (item,) = found(spec, "rule-cycle")
    assert "n2" not in item.message


def test_what_reads_its_own_past_is_no_circle() -> None:
    assert found(recorded("shop_size or case:shop:n0 offset 1m"), "rule-cycle") == []


def test_a_query_of_rules_in_a_circle_draws_nothing_else() -> None:
    spec = recorded("case:shop:n1 + 1", "case:shop:n0 + 1", 'sum by (zone) (case:shop:n0{pool="north"}) > 5')
    assert {item.code for item in found(spec) if item.severity == "error"} == {"rule-cycle"}


def test_a_panel_of_several_queries_is_told_of_the_one_in_another_unit() -> None:
    (unit,) = found(SPEC + PANELS, "panel-unit")
    assert "seconds" in unit.message
    assert unit.entities == ("Case", "Overview")


def test_a_default_unit_of_a_panel_is_never_wrong() -> None:
    assert found(SPEC + PANELS.replace("        unit: bytes\n", ""), "panel-unit") == []


def test_labels_that_cannot_be_read_hide_no_other_mistake_and_make_none() -> None:
    broken = BASE.replace("labels:\n  route: [home, search, checkout]\n  status: [success, error]\n", "labels: none\n")
    assert broken != BASE
    assert {item.code for item in found(broken)} == {"invalid-value"}


def test_a_label_that_draws_an_error_makes_no_findings_in_queries() -> None:
    broken = BASE.replace("status: [success, error]", "status: {description: Outcome of it}")
    assert {item.code for item in found(broken)} == {"undefined-label"}


@pytest.mark.parametrize("written", ["scrape_interval_seconds: often", "scrape_interval: 5"])
def test_a_scrape_interval_that_cannot_be_read_makes_no_range_too_short(written: str) -> None:
    spec = recorded("rate(shop_requests_total[30s])")
    assert found(spec, "range-too-short")
    assert found(spec.replace("scrape_interval_seconds: 15", written), "range-too-short") == []


def test_a_recording_rule_that_cannot_be_read_makes_no_findings_where_it_is_used() -> None:
    spec = recorded("sum by (pool (shop_size)", 'sum by (zone) (case:shop:n0{zone="x"})')
    assert [item.code for item in found(spec) if item.severity == "error"] == ["promql-syntax"]


def test_a_chain_of_a_thousand_rules_is_followed() -> None:
    links = [f"case:shop:n{number + 1}" for number in range(1000)]
    (item,) = found(recorded(*links, "sum by (zone) (shop_size)"), "unknown-label", "rule-cycle")
    assert "`zone`" in item.message


def test_a_finding_can_be_allowed_at_its_rule() -> None:
    spec = recorded("rate(shop_size[5m])")
    assert found(spec, "rate-of-gauge")
    allow = "allow: [{code: rate-of-gauge, at: 'case:shop:n0', reason: It only grows in truth.}]\n"
    assert found(spec + allow, "rate-of-gauge") == []
