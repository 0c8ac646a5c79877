"""Where a query needs parentheses, judged by reading it with and without them."""

import subprocess
import sys

import pytest
from gaugewright.promql.parse import parse
from gaugewright.promql.precedence import needs_parentheses
from gaugewright.promql.syntax import BinaryExpr, ParenExpr
from gaugewright.promql.value_type import value_type
from hypothesis import given
from hypothesis import strategies as st

from tests.promql.queries import Written, vectors


@given(vectors, st.sampled_from([">", "==", "and", "or", "+", "*", "^"]))
def test_parentheses_are_asked_for_where_the_reading_would_change(written: Written, op: str) -> None:
    tree = parse(written.text).tree
    assert tree is not None
    bare = parse(f"{written.text} {op} on () y").tree
    kept = isinstance(bare, BinaryExpr) and bare.op.text == op and bare.lhs == tree
    assert needs_parentheses(tree, as_left_operand_of=op) == (not kept)
    wrapped = parse(f"({written.text}\n) {op} on () y").tree
    assert isinstance(wrapped, BinaryExpr)
    assert isinstance(wrapped.lhs, ParenExpr)
    assert wrapped.lhs.expr == tree


@pytest.mark.parametrize(
    ("query", "needed"),
    [("a or b", True), ("a and b", True), ("a > 1", False), ("a + b", False), ("-a", False), ("(a or b)", False)],
)
def test_a_threshold_needs_parentheses_around_and_or_unless_alone(query: str, needed: bool) -> None:
    tree = parse(query).tree
    assert tree is not None
    assert needs_parentheses(tree, as_left_operand_of="comparison") == needed


def test_a_negative_number_needs_them_before_a_power() -> None:
    tree = parse("-2").tree
    assert tree is not None
    assert needs_parentheses(tree, as_left_operand_of="^")
    assert not needs_parentheses(tree, as_left_operand_of="*")


@pytest.mark.parametrize(
    ("query", "kind"),
    [("1", "scalar"), ('"a"', "string"), ("x", "vector"), ("x[5m]", "matrix"), ("x[5m:]", "matrix"), ("-(1)", "scalar"),
     ("1 + 2", "scalar"), ("1 + x", "vector"), ("time()", "scalar"), ("sum(x)", "vector"), ("vector(1)", "vector")],
)  # fmt: skip
def test_a_query_has_its_type(query: str, kind: str) -> None:
    tree = parse(query).tree
    assert tree is not None
    assert value_type(tree) == kind


def test_promql_parser_is_imported_with_the_first_query_only() -> None:
    script = "import sys, gaugewright.promql.parse; print([m for m in sys.modules if 'promql_parser' in m])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "[]", run.stderr
