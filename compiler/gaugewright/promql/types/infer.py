"""The static type of a query, from its tree and its environment.

Each node's type follows from its children's alone (but for `sameness`, which looks at both sides of an operator),
so the cost grows with the query's length and not with the number of metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

from gaugewright.promql.syntax import (
    Aggregate,
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
    VectorSelector,
)
from gaugewright.promql.types import intervals, units
from gaugewright.promql.types.aggregations import aggregated
from gaugewright.promql.types.binary import combined
from gaugewright.promql.types.calls import called, scalar_type, unknown_result
from gaugewright.promql.types.environment import Environment
from gaugewright.promql.types.intervals import ANYTHING, exactly
from gaugewright.promql.types.labels import combinations
from gaugewright.promql.types.selectors import selected
from gaugewright.promql.types.set_operators import set_operation
from gaugewright.promql.types.state import MAYBE, NEVER, UNNAMED, Branch, Type, not_all
from gaugewright.promql.types.units import Bare


def infer(tree: Expr, environment: Environment) -> Type:
    """The type of the whole expression. Never raises for a tree that `parse` gave."""
    return _Inference(environment).of(tree)


def types_of(tree: Expr, environment: Environment) -> Mapping[int, Type]:
    """The type of every expression in the tree, by `id(node)`; the tree must be kept while the ids are used."""
    inference = _Inference(environment)
    inference.of(tree)
    return inference.found


class _Inference:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.found: dict[int, Type] = {}

    def of(self, node: Expr) -> Type:
        found = _NODES[type(node)](self, node)
        self.found[id(node)] = found
        return found

    def number(self, node: NumberLiteral) -> Type:
        unit = units.SECONDS if node.is_duration else Bare(None if isnan(node.value) else node.value)
        return scalar_type(exactly(node.value), unit)

    def variable(self, node: ScalarVariable) -> Type:
        known = scalar_type(ANYTHING, None)
        return Type("scalar", known.branches, guess=node.guessed)

    def string(self, node: StringLiteral) -> Type:
        branch = Branch({}, exists=Branch({}).exists, most=0)
        return Type("string", (branch,), text=None if node.variables else node.value)

    def selector(self, node: VectorSelector) -> Type:
        return Type("vector", selected(node, self.environment))

    def matrix(self, node: MatrixSelector) -> Type:
        inside = self.of(node.selector)
        branches = inside.branches
        if node.offset is not None or node.at is not None:
            branches = tuple(branch._replace(exists=not_all(branch.exists)) for branch in branches)
        step = self.environment.scrape_interval
        if any(branch.role == "unknown" for branch in branches):
            step = None  # somebody else's series
        return Type("matrix", branches, node.range.seconds, step)

    def subquery(self, node: SubqueryExpr) -> Type:
        inside = self.of(node.expr)
        branches = tuple(_over_time(branch) for branch in inside.branches)
        step = self.environment.evaluation_interval if node.step is None else node.step.seconds
        if not step or not node.range.seconds or node.range.seconds < step:
            # There may be no step in it.
            branches = tuple(branch._replace(exists=min(branch.exists, MAYBE)) for branch in branches)
        return Type("matrix", branches, node.range.seconds, step)

    def call(self, node: Call) -> Type:
        return called(node, [self.of(argument) for argument in node.args], self.environment)

    def aggregate(self, node: Aggregate) -> Type:
        param = None if node.param is None else self.of(node.param)
        inside = self.of(node.expr)
        return unknown_result() if node.op.variables else aggregated(node.op.text, inside, param, node.grouping)

    def binary(self, node: BinaryExpr) -> Type:
        left, right = self.of(node.lhs), self.of(node.rhs)
        if node.op.text in ("and", "or", "unless"):
            return set_operation(node, left, right)
        return combined(node, left, right, self.environment.expanded)

    def unary(self, node: UnaryExpr) -> Type:
        inside = self.of(node.expr)
        branches = tuple(
            branch._replace(
                names=UNNAMED,
                value=intervals.negative(branch.value),
                unit=Bare(None) if isinstance(branch.unit, Bare) else branch.unit,
                stage="derived",
            )
            for branch in inside.branches
        )
        return Type(inside.value_type, branches, guess=inside.guess)

    def parentheses(self, node: ParenExpr) -> Type:
        return self.of(node.expr)


def _over_time(branch: Branch) -> Branch:
    """All series of several instants: `topk(1, x)` is another one each time, so only labels bound them."""
    one_name = branch.names is not None and len(branch.names) == 1
    most = combinations(branch.labels.values()) if one_name and not branch.open else None
    return branch._replace(exists=not_all(branch.exists), most=0 if branch.exists is NEVER else most)


_NODES: dict[type, Callable[[_Inference, Any], Type]] = {
    Aggregate: _Inference.aggregate,
    BinaryExpr: _Inference.binary,
    Call: _Inference.call,
    MatrixSelector: _Inference.matrix,
    NumberLiteral: _Inference.number,
    ParenExpr: _Inference.parentheses,
    ScalarVariable: _Inference.variable,
    StringLiteral: _Inference.string,
    SubqueryExpr: _Inference.subquery,
    UnaryExpr: _Inference.unary,
    VectorSelector: _Inference.selector,
}
