"""The tree of a query: our own frozen classes, each with its place in the user's text.

`start` and `end` (exclusive) count characters from 0. Places do not take part in equality and hashes:
two trees are equal where they mean the same, so `a[5m]` equals `a[300s]`. Where a dashboard variable
stands for something, the text is kept as written and `variables` names it.

A leading `+` means nothing and is no node. `offset` and `@` belong to the node they are written after:
in `a[5m] offset 1h` to the range, not to the selector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

ValueType = Literal["scalar", "vector", "matrix", "string"]


@dataclass(frozen=True, slots=True)
class Placed:
    """Anything with a place."""

    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Word(Placed):
    """A name, an operator or a label's value, without quotes; its place includes them."""

    text: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duration(Placed):
    """A range, step or offset. `seconds` is None where a dashboard variable decides it."""

    seconds: float | None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class At(Placed):
    """`@`: Unix time in seconds, "start" or "end" of the query, or None where a variable decides it."""

    time: float | Literal["start", "end"] | None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matcher(Placed):
    """`label op value`. A quoted metric's name in braces is a matcher of `__name__` with `=`."""

    label: Word
    op: Word
    value: Word


@dataclass(frozen=True, slots=True)
class LabelList(Placed):
    """`by (a, b)`, `without`, `on`, `ignoring`, `group_left`, `group_right`: the keyword and its labels."""

    keyword: Word
    labels: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Fill(Placed):
    """The values that `fill`, `fill_left` and `fill_right` give to missing series."""

    left: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class NumberLiteral(Placed):
    """A number, with its sign. `is_duration` tells that `300` was written `5m`."""

    value: float
    is_duration: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ScalarVariable(Placed):
    """A dashboard variable that stands for a number.

    `guessed` where a metric would fit as well (`x / $a`): nothing certain follows from its being a number.
    """

    text: str
    variables: tuple[str, ...]
    guessed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class StringLiteral(Placed):
    value: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VectorSelector(Placed):
    """`name{matchers} offset .. @ ..`. `name` is None where only the braces select."""

    name: Word | None
    matchers: tuple[Matcher, ...] = ()
    offset: Duration | None = None
    at: At | None = None


@dataclass(frozen=True, slots=True)
class MatrixSelector(Placed):
    """`selector[range] offset .. @ ..`; the selector itself has neither offset nor @."""

    selector: VectorSelector
    range: Duration
    offset: Duration | None = None
    at: At | None = None


@dataclass(frozen=True, slots=True)
class SubqueryExpr(Placed):
    """`expr[range:step]`; without a step the server's evaluation interval is taken."""

    expr: Expr
    range: Duration
    step: Duration | None
    offset: Duration | None = None
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Call(Placed):
    function: Word
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Placed):
    """`op by (..) (param, expr)`. `op.text` is in lower case."""

    op: Word
    expr: Expr
    param: Expr | None
    grouping: LabelList | None


@dataclass(frozen=True, slots=True)
class BinaryExpr(Placed):
    """`lhs op rhs`. `op.text` is in lower case; `matching` is on/ignoring, `group` group_left/group_right."""

    op: Word
    lhs: Expr
    rhs: Expr
    returns_bool: bool = False
    matching: LabelList | None = None
    group: LabelList | None = None
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class UnaryExpr(Placed):
    """`-expr`."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class ParenExpr(Placed):
    expr: Expr


Expr: TypeAlias = (
    NumberLiteral
    | ScalarVariable
    | StringLiteral
    | VectorSelector
    | MatrixSelector
    | SubqueryExpr
    | Call
    | Aggregate
    | BinaryExpr
    | UnaryExpr
    | ParenExpr
)


def children(node: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside `node`, in the order of the text."""
    inside = _CHILDREN.get(type(node))
    return inside(node) if inside is not None else ()


def _aggregated(node: Aggregate) -> tuple[Expr, ...]:
    return (node.expr,) if node.param is None else (node.param, node.expr)


# A table, since walking is the larger part of every check: nodes without children are not in it.
_CHILDREN: dict[type, Callable[[Any], tuple[Expr, ...]]] = {
    Aggregate: _aggregated,
    BinaryExpr: lambda node: (node.lhs, node.rhs),
    Call: lambda node: node.args,
    MatrixSelector: lambda node: (node.selector,),
    ParenExpr: lambda node: (node.expr,),
    SubqueryExpr: lambda node: (node.expr,),
    UnaryExpr: lambda node: (node.expr,),
}


def walk(node: Expr) -> Iterator[Expr]:
    """`node` and everything below it, parents first, in the order of the text."""
    waiting: list[Expr] = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += children(node)[::-1]


def selectors(node: Expr) -> Iterator[VectorSelector]:
    """Every selector in `node`, those inside ranges and subqueries too."""
    return (found for found in walk(node) if isinstance(found, VectorSelector))


def unwrap(node: Expr) -> Expr:
    """`node` without the parentheses around it."""
    while isinstance(node, ParenExpr):
        node = node.expr
    return node
