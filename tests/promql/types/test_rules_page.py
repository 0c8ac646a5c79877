"""docs/promql-types.md has a row for everything that PromQL knows, and every such thing has a case."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from gaugewright.promql.functions import AGGREGATIONS, FUNCTIONS, RENAMED_FUNCTIONS
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Call, walk

from tests.promql.case_files import cases
from tests.promql.types.shop import tree_of

PAGE = (Path(__file__).parents[3] / "docs" / "promql-types.md").read_text("utf-8")
OPERATORS = ("+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless")


def first_column(section: str) -> list[str]:
    """What stands in backticks in the first column of the section's first table."""
    body = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    table = re.search(r"(?:^\|.*\n)+", body, re.M)
    assert table is not None
    return [word for row in table[0].splitlines()[2:] for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


@cache
def used_in_cases() -> set[str]:
    used = set()
    for case in cases("types/cases.txt"):
        for node in walk(tree_of(case.query)):
            if isinstance(node, Call):
                used.add(node.function.text)
            elif isinstance(node, (Aggregate, BinaryExpr)):
                used.add(node.op.text)
    return used


def test_every_function_has_one_row_and_every_row_is_a_function() -> None:
    assert sorted(first_column("Functions")) == sorted([*FUNCTIONS, *RENAMED_FUNCTIONS])


def test_every_aggregation_has_one_row() -> None:
    named = first_column("Aggregations")
    assert sorted({"by (L)", "without (L)", *AGGREGATIONS}) == sorted(set(named) - {"by (__name__)"})
    assert len(named) == len(set(named))


def test_every_operator_has_one_row() -> None:
    named = [word for word in first_column("Operators") if word not in ("-x", "bool")]
    assert sorted(named) == sorted(OPERATORS)


@pytest.mark.parametrize("name", [*FUNCTIONS, *AGGREGATIONS, *OPERATORS])
def test_everything_has_a_case(name: str) -> None:
    assert name in used_in_cases()
