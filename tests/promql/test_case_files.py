"""The written cases: syntax.txt, dashboard_queries.txt and trees.txt."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from gaugewright.promql.parse import parse

from tests.promql.case_files import Case, cases, drawn, mend_line, mended
from tests.promql.dashboards import VARIABLES
from tests.promql.drawing import drawn_tree

SYNTAX = list(cases("syntax.txt"))
RENAMED = "holt_winters(x[1h], 0.5, 0.5)"
PROMETHEUS_3_ONLY = {'{"http.requests", job="a"}', "x > 0m and y offset 0s"}


def _query(case: Case) -> str:
    return case.query


@pytest.mark.parametrize("case", SYNTAX, ids=_query)
def test_a_mistake_is_found_at_its_characters_and_explained(case: Case) -> None:
    parsed = parse(case.query)
    shown = (drawn(parsed.findings), mend_line(case.query))
    assert "\n".join(filter(None, shown)) == case.expected
    assert parsed.tree is not None or parsed.findings


def test_promtool_takes_the_mended_queries(promtool: Path, tmp_path: Path) -> None:
    after = [mended(case.query)[0] for case in SYNTAX if mend_line(case.query)]
    assert len(after) > 50
    assert refused_by(promtool, after, tmp_path) == set()


@pytest.mark.parametrize("case", list(cases("trees.txt")), ids=_query)
def test_every_part_of_a_query_has_its_place(case: Case) -> None:
    parsed = parse(case.query)
    assert not parsed.findings
    assert parsed.tree is not None
    assert drawn_tree(parsed.tree) == case.expected


@pytest.mark.parametrize("case", list(cases("dashboard_queries.txt")), ids=_query)
def test_a_dashboard_variable_stands_for_what_its_place_says(case: Case) -> None:
    parsed = parse(case.query, variables=VARIABLES)
    tree = drawn_tree(parsed.tree) if parsed.tree is not None else ""
    assert "\n".join(filter(None, (tree, drawn(parsed.findings)))) == case.expected


def test_one_mistake_gives_one_finding() -> None:
    assert [case.query for case in SYNTAX if case.expected.count("help: ") > 1] == []


def refused_by(promtool: Path, queries: list[str], folder: Path) -> set[str]:
    rules = [{"record": f"r{number}", "expr": query} for number, query in enumerate(queries)]
    path = folder / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "cases", "rules": rules}]}), "utf-8")
    run = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, timeout=60)
    return {queries[int(number)] for number in re.findall(r'"r(\d+)": could not parse', run.stderr)}


def test_promtool_refuses_what_is_found_wrong_and_nothing_else(promtool: Path, tmp_path: Path) -> None:
    ours = ("unsupported-syntax", "query-too-deep")  # what Prometheus takes
    queries = [case.query for case in SYNTAX if not any(code in case.expected for code in ours)]
    refused = refused_by(promtool, queries, tmp_path)
    wrong = {query for query in queries if parse(query).findings}
    # Prometheus 2 still has the function under its old name, and knows nothing of Prometheus 3's syntax.
    is_current = RENAMED in refused
    assert refused ^ wrong <= (set() if is_current else {RENAMED, *PROMETHEUS_3_ONLY})
