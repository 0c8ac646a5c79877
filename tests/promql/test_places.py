"""Every node's place, on queries that hypothesis makes."""

import pytest
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    children,
    selectors,
    unwrap,
    walk,
)
from hypothesis import given

from tests.promql.queries import Written, vectors


def _tree(text: str) -> Expr:
    parsed = parse(text)
    assert parsed.tree is not None, (text, parsed.findings)
    assert not parsed.findings
    return parsed.tree


def _shape(node: Expr) -> str:
    match node:
        case VectorSelector():
            assert node.name is not None
            matchers = ",".join(f"{m.label.text}{m.op.text}{m.value.text!r}" for m in node.matchers)
            return node.name.text + (f"{{{matchers}}}" if matchers else "") + ("@offset" if node.offset else "")
        case MatrixSelector():
            return f"{_shape(node.selector)}[]"
        case SubqueryExpr():
            return f"{_shape(node.expr)}[:]"
        case Call():
            return f"{node.function.text}({', '.join(map(_shape, node.args))})"
        case Aggregate():
            return f"{node.op.text}({_shape(node.expr)})"
        case BinaryExpr():
            return f"[{_shape(node.lhs)} {node.op.text} {_shape(node.rhs)}]"
        case UnaryExpr():
            return f"-{_shape(node.expr)}"
        case ParenExpr():
            return f"({_shape(node.expr)})"
        case NumberLiteral():
            return str(node.value)
    raise AssertionError(node)


@given(vectors)
def test_the_tree_has_the_shape_that_precedence_gives(written: Written) -> None:
    assert _shape(_tree(written.text)) == written.shape


@given(vectors)
def test_the_text_at_every_node_means_that_node(written: Written) -> None:
    for node in walk(_tree(written.text)):
        assert _tree(written.text[node.start : node.end]) == node


@given(vectors)
def test_children_lie_inside_their_parents_in_order(written: Written) -> None:
    for node in walk(_tree(written.text)):
        position = node.start
        for child in children(node):
            assert position <= child.start < child.end <= node.end
            position = child.end if not isinstance(node, MatrixSelector) else position


@given(vectors)
def test_every_named_part_is_at_its_place(written: Written) -> None:
    for node in walk(_tree(written.text)):
        if isinstance(node, Aggregate | BinaryExpr):
            assert written.text[node.op.start : node.op.end].lower() == node.op.text
        if isinstance(node, Call):
            assert written.text[node.function.start : node.function.end] == node.function.text
        if isinstance(node, VectorSelector) and node.name is not None:
            assert written.text[node.name.start : node.name.end] == node.name.text
            for matcher in node.matchers:
                assert written.text[matcher.label.start : matcher.label.end] == matcher.label.text
                assert written.text[matcher.op.start : matcher.op.end] == matcher.op.text


@given(vectors)
def test_equal_trees_have_equal_hashes(written: Written) -> None:
    first, second = _tree(written.text), _tree(f"  {written.text} ")
    assert first == second
    assert hash(first) == hash(second)
    assert first.start + 2 == second.start


def test_a_range_in_other_units_is_the_same_range() -> None:
    assert _tree("x[5m]") == _tree("x[300s]")
    assert _tree("x[5m]") != _tree("x[6m]")


def test_selectors_are_found_in_ranges_and_subqueries() -> None:
    tree = _tree("max_over_time(rate(a[5m])[1h:]) and topk(3, b) / -(c)")
    assert [found.name.text for found in selectors(tree) if found.name] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["((x))", "x"])
def test_parentheses_can_be_taken_off(text: str) -> None:
    assert isinstance(unwrap(_tree(text)), VectorSelector)
