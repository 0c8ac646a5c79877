"""What kind of value an expression gives: a scalar, an instant vector, a range ("matrix") or a string."""

from __future__ import annotations

from gaugewright.promql.functions import FUNCTIONS
from gaugewright.promql.syntax import (
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    ScalarVariable,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    ValueType,
)


def value_type(node: Expr) -> ValueType:
    """The type of a query that Prometheus accepts."""
    while isinstance(node, (ParenExpr, UnaryExpr)):
        node = node.expr
    match node:
        case NumberLiteral() | ScalarVariable():
            return "scalar"
        case StringLiteral():
            return "string"
        case MatrixSelector() | SubqueryExpr():
            return "matrix"
        case Call():
            function = FUNCTIONS.get(node.function.text)
            return "vector" if function is None else function.returns
        case BinaryExpr():
            scalars = value_type(node.lhs) == value_type(node.rhs) == "scalar"
            return "scalar" if scalars else "vector"
        case _:
            return "vector"
