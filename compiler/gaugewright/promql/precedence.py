"""How tightly PromQL's operators bind, from Prometheus's documentation ("Binary operator precedence").

`^` binds most tightly and is right-associative; all others are left-associative. A sign binds like `*`.
"""

from __future__ import annotations

from typing import Final

from gaugewright.promql.syntax import BinaryExpr, Expr, NumberLiteral, UnaryExpr

_LEVELS = (
    ("or",),
    ("and", "unless"),
    ("==", "!=", "<=", "<", ">=", ">", "</", ">/"),
    ("+", "-"),
    ("*", "/", "%", "atan2"),
    ("^",),
)
PRECEDENCE: Final = {op: level for level, ops in enumerate(_LEVELS, 1) for op in ops}
"""Binary operators; the larger binds more tightly."""

COMPARISONS: Final = frozenset({"==", "!=", "<=", "<", ">=", ">"})
SET_OPERATORS: Final = frozenset({"and", "or", "unless"})
SIGN: Final = PRECEDENCE["*"]


def needs_parentheses(tree: Expr, *, as_left_operand_of: str = "comparison") -> bool:
    """Whether `tree` must stand in parentheses to be the left operand of an operator (or of any comparison).

    `a == b` need not before `> 1`: comparisons are left-associative. `a or b` must.
    """
    outer = PRECEDENCE[">" if as_left_operand_of == "comparison" else as_left_operand_of.lower()]
    if isinstance(tree, BinaryExpr):
        own = PRECEDENCE[tree.op.text]
        return own < outer or (own == outer and tree.op.text == "^")
    signed = isinstance(tree, UnaryExpr) or (isinstance(tree, NumberLiteral) and str(tree.value).startswith("-"))
    return signed and outer > SIGN
