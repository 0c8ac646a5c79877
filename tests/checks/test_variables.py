"""Dashboard variables in the queries of panels and in their own, each in a whole spec; and the mends of what is wrong.

`GAUGEWRIGHT_UPDATE=1` writes the findings anew; read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from gaugewright.compile import compile_text
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.mend import edited

FILE = Path(__file__).parent / "variables.txt"
SPEC = """\
gaugewright: 1
service: {name: shop}
metrics_config: {exposition_port: 9091}
labels:
  pool: {description: Pool, values: [east, west]}
  region: {description: Region, values: [eu, us]}
  status: {description: Outcome, values: [ok, failed]}
metrics:
  - {name: shop_requests_total, metric_type: counter, description: Many requests., labels: [pool, region, status]}
  - {name: shop_size, metric_type: gauge, description: Size of it., labels: [pool]}
dashboards:
  - title: Overview
    time_range: {from_time: now-6h, to_time: now}
    variables:
      - {name: pool, label_of: pool, multi: true}
      - {name: region, label_of: region, include_all: true}
      - {name: one, label_of: pool}
      - {name: window, values: [5m, 1h]}
      - {name: windows, values: [5m, 1h], multi: true}
      - name: asked
        query: |-
          VARIABLE
    panels:
      - title: One
        panel_type: graph
        query: |-
          PANEL
"""
USUAL = {"PANEL": "shop_size", "VARIABLE": "label_values(pool)"}
LEFT_OUT = ("unused-variable", "unused-label")


class Case(NamedTuple):
    where: str
    query: str
    expected: str


def cases() -> Iterator[Case]:
    where = query = ""
    expected: list[str] = []
    for line in [*FILE.read_text("utf-8").splitlines(), "in: end"]:
        if line.startswith(("$ ", "in: ")) and query:
            yield Case(where, query, "\n".join(expected))
            query, expected = "", []
        if line.startswith("$ "):
            query = line.removeprefix("$ ")
        elif line.startswith("in: "):
            where = line.removeprefix("in: ").upper()
        elif line and not line.startswith("#"):
            expected.append(line)


def spec_of(case: Case) -> str:
    text = SPEC
    for name, usual in USUAL.items():
        text = text.replace(f"          {name}\n", f"          {case.query if name == case.where else usual}\n")
    return text


def found(case: Case) -> list[Diagnostic]:
    return [item for item in compile_text(spec_of(case), "spec.yaml").diagnostics if item.code not in LEFT_OUT]


def told(case: Case) -> str:
    lines = []
    (begin,) = {line.index(case.query) for line in spec_of(case).splitlines() if line.strip() == case.query}
    for item in found(case):
        indent = " " * (2 + item.place.column - 1 - begin)
        carets = "^" * (item.place.end_column - item.place.column)
        lines += [f"{indent}{carets} {item.code}: {item.message}", f"{indent}help: {item.help}"]
        if item.mend is not None and item.code == "several-values":
            lines.append(f"{indent}mend: {edited(case.query, item.mend.edits)}")
    return "\n".join(lines)


def _update() -> None:
    where, lines = "", []
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("in: "):
            where = line.removeprefix("in: ").upper()
        if line.startswith("$ "):
            lines += [line, *told(Case(where, line.removeprefix("$ "), "")).splitlines()]
        elif not line or line.startswith(("#", "in: ")):
            lines.append(line)
    FILE.write_text("\n".join(lines) + "\n", "utf-8")


if os.environ.get("GAUGEWRIGHT_UPDATE"):
    _update()
CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.query)
def test_a_query_draws_the_findings_that_its_case_shows(case: Case) -> None:
    assert told(case) == case.expected


def test_a_mended_query_draws_no_finding() -> None:
    mended = [case._replace(query=edited(case.query, item.mend.edits)) for case in CASES
              for item in found(case) if item.mend is not None]  # fmt: skip
    assert len(mended) >= 7
    for case in mended:
        assert found(case) == [], case.query
