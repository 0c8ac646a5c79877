"""Turns promql-parser's tree into ours, with the place of everything in the user's text.

promql-parser's tree has no places. So its shape is walked along with the user's tokens, each node taking the
tokens that it is written with. Only the shape comes from promql-parser (what is nested in what); names,
values, labels and operators are read from the tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import promql_parser as rust

from gaugewright.promql.literals import duration_seconds, number_value
from gaugewright.promql.parts import OutOfStep, Parts
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
    Word,
)
from gaugewright.promql.tokens import DURATION, VARIABLE_WORD
from gaugewright.promql.value_type import value_type
from gaugewright.promql.variables import names


class Placer(Parts):
    """Walks promql-parser's tree and the tokens together."""

    __slots__ = ()

    def tree(self, node: Any) -> Expr:
        """Our tree for the whole query. Raises OutOfStep where tokens are left over."""
        result = self.expression(node)
        if not self.at_end:
            raise OutOfStep
        return result

    def expression(self, node: Any) -> Expr:
        return _READERS[type(node)](self, node)

    def number(self, _: Any) -> Expr:
        first, negative = self.next, False
        while self.next.text in ("+", "-"):
            negative ^= self.take().text == "-"
        token = self.take()
        if token.kind == VARIABLE_WORD:
            stands = ScalarVariable(
                token.start, token.end, token.text, names(token.text), self.position - 1 in self.guessed
            )
            return UnaryExpr(first.start, token.end, stands) if negative else stands
        value = duration_seconds(token.text) if token.kind == DURATION else number_value(token.text)
        if value is None:
            raise OutOfStep
        return NumberLiteral(first.start, token.end, -value if negative else value, token.kind == DURATION)

    def string(self, _: Any) -> Expr:
        token = self.take()
        value, variables = self.unquoted(token)
        return StringLiteral(token.start, token.end, value, variables)

    def paren(self, node: Any) -> Expr:
        signed = self.next.text == "+"
        self.skip_plus()
        start = self.expect("(").start
        expr = self.expression(node.expr)
        if signed and value_type(expr) in ("matrix", "string"):
            raise OutOfStep
        return ParenExpr(start, self.expect(")").end, expr)

    def unary(self, node: Any) -> Expr:
        self.skip_plus()
        start = self.expect("-").start
        expr = self.expression(node.expr)
        return UnaryExpr(start, expr.end, expr)

    def call(self, node: Any) -> Expr:
        self.skip_plus()
        function = self.callee()
        self.expect("(")
        args = []
        for index, argument in enumerate(node.args):
            if index:
                self.expect(",")
            args.append(self.expression(argument))
        return Call(function.start, self.expect(")").end, function, tuple(args))

    def aggregate(self, node: Any) -> Expr:
        self.skip_plus()
        op = self.callee()
        op = Word(op.start, op.end, op.text.lower(), op.variables)
        grouping = self.label_list(("by", "without"))
        self.expect("(")
        param = None
        if node.param is not None:
            param = self.expression(node.param)
            self.expect(",")
        expr = self.expression(node.expr)
        end = self.expect(")").end
        if grouping is None:
            grouping = self.label_list(("by", "without"))
            end = grouping.end if grouping is not None else end
        return Aggregate(op.start, end, op, expr, param, grouping)

    def binary(self, node: Any) -> Expr:
        lhs = self.expression(node.lhs)
        token = self.take()
        op = Word(token.start, token.end, token.text.lower())
        returns_bool = self.next.text.lower() == "bool"
        if returns_bool:
            self.take()
        matching = group = fill = None
        if node.modifier is not None:
            matching = self.label_list(("on", "ignoring"))
            if matching is not None:
                group = self.label_list(("group_left", "group_right"))
            fill = self.fill()
        rhs = self.expression(node.rhs)
        return BinaryExpr(lhs.start, rhs.end, op, lhs, rhs, returns_bool, matching, group, fill)

    def vector(self, _: Any) -> Expr:
        bare = self.bare_selector()
        offset, at, end = self.modifiers()
        return VectorSelector(bare.start, end, bare.name, bare.matchers, offset, at) if end else bare

    def matrix(self, _: Any) -> Expr:
        self.refuse_plus()
        selector = self.bare_selector()
        self.expect("[")
        range_ = self.duration()
        closed = self.expect("]").end
        offset, at, end = self.modifiers()
        return MatrixSelector(selector.start, end or closed, selector, range_, offset, at)

    def subquery(self, node: Any) -> Expr:
        self.refuse_plus()
        expr = self.expression(node.expr)
        self.expect("[")
        range_ = self.duration()
        self.expect(":")
        step = None if self.next.text == "]" else self.duration()
        closed = self.expect("]").end
        offset, at, end = self.modifiers()
        return SubqueryExpr(expr.start, end or closed, expr, range_, step, offset, at)


_READERS: dict[type, Callable[[Placer, Any], Expr]] = {
    rust.NumberLiteral: Placer.number,
    rust.StringLiteral: Placer.string,
    rust.ParenExpr: Placer.paren,
    rust.UnaryExpr: Placer.unary,
    rust.Call: Placer.call,
    rust.AggregateExpr: Placer.aggregate,
    rust.BinaryExpr: Placer.binary,
    rust.VectorSelector: Placer.vector,
    rust.MatrixSelector: Placer.matrix,
    rust.SubqueryExpr: Placer.subquery,
}
