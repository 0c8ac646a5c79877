"""Turns promql-parser's tree into ours, with the place of everything in the user's text.

promql-parser's tree has no places. So its shape is walked along with the user's tokens, each node taking the
tokens that it is written with. Only the shape comes from promql-parser (what is nested in what); names,
values, labels and operators are read from the tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import promql_parser as rust

from gaugewright.promql.literals import EscapeMistake, duration_seconds, number_value, unquote
from gaugewright.promql.rewrite import function_value
from gaugewright.promql.syntax import (
    Aggregate,
    At,
    BinaryExpr,
    Call,
    Duration,
    Expr,
    Fill,
    LabelList,
    Matcher,
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
from gaugewright.promql.tokens import DURATION, STRING, VARIABLE_WORD, Token
from gaugewright.promql.value_type import value_type
from gaugewright.promql.variables import names

_MATCHES = frozenset({"=", "!=", "=~", "!~"})
_END = Token("end", "", 0, 0)


class OutOfStep(Exception):
    """The tokens do not fit the tree: promql-parser has read the query otherwise than we do."""


class Placer:
    """Walks promql-parser's tree and the tokens together. `next` is the first token not taken yet.

    `values`: as in `rewrite.for_parser`; `guessed`: the indices of variables whose role is a guess.
    """

    __slots__ = ("guessed", "next", "position", "tokens", "values")

    def __init__(
        self,
        tokens: Sequence[Token],
        values: Mapping[str, str] | None = None,
        guessed: frozenset[int] = frozenset(),
    ) -> None:
        self.tokens = [*tokens, _END]
        self.values = values
        self.guessed = guessed
        self.position = 0
        self.next = self.tokens[0]

    def tree(self, node: Any) -> Expr:
        """Our tree for the whole query. Raises OutOfStep where tokens are left over."""
        result = self.expression(node)
        if self.next is not _END:
            raise OutOfStep
        return result

    def expression(self, node: Any) -> Expr:
        return _READERS[type(node)](self, node)

    def take(self) -> Token:
        token = self.next
        if token is _END:
            raise OutOfStep
        self.position += 1
        self.next = self.tokens[self.position]
        return token

    def expect(self, text: str) -> Token:
        if self.next.text != text:
            raise OutOfStep
        return self.take()

    def skip_plus(self) -> None:
        while self.next.text == "+":
            self.take()

    def refuse_plus(self) -> None:
        """promql-parser drops every `+`, even before a range, where Prometheus takes none."""
        if self.next.text == "+":
            raise OutOfStep

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

    def callee(self) -> Word:
        token = self.take()
        if token.kind == VARIABLE_WORD:
            return Word(token.start, token.end, function_value(token, self.values), names(token.text))
        return Word(token.start, token.end, token.text)

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

    def fill(self) -> Fill | None:
        start = self.next.start
        values: dict[str, float] = {}
        end = start
        while self.next.text.lower() in ("fill", "fill_left", "fill_right"):
            if self.tokens[self.position + 1].text != "(":
                break
            side = self.take().text.lower()
            self.take()
            literal = self.number(None)
            values[side] = literal.value if isinstance(literal, NumberLiteral) else float("nan")
            end = self.expect(")").end
        if not values:
            return None
        both = values.get("fill")
        return Fill(start, end, values.get("fill_left", both), values.get("fill_right", both))

    def unquoted(self, token: Token) -> tuple[str, tuple[str, ...]]:
        """A string's text and the variables in it. Only in dashboards is `$x` in a string a variable."""
        value = unquote(token.text)
        if isinstance(value, EscapeMistake):
            raise OutOfStep
        return value, () if self.values is None else names(token.text)

    def word(self, token: Token) -> Word:
        if token.kind == STRING:
            return Word(token.start, token.end, *self.unquoted(token))
        return Word(token.start, token.end, token.text, names(token.text))

    def label_list(self, keywords: tuple[str, str]) -> LabelList | None:
        token = self.next
        if token.text.lower() not in keywords:
            return None
        self.take()
        keyword = Word(token.start, token.end, token.text.lower())
        if self.next.text != "(":
            return LabelList(token.start, token.end, keyword, ())
        self.take()
        labels = []
        while self.next.text != ")":
            labels.append(self.word(self.take()))
            if self.next.text == ",":
                self.take()
        return LabelList(token.start, self.take().end, keyword, tuple(labels))

    def bare_selector(self) -> VectorSelector:
        """A selector without what may follow it."""
        self.skip_plus()
        start = self.next.start
        name, end = None, 0
        if self.next.text != "{":
            token = self.take()
            name, end = Word(token.start, token.end, token.text, names(token.text)), token.end
        matchers: list[Matcher] = []
        if self.next.text == "{":
            self.take()
            while self.next.text != "}":
                matchers.append(self.matcher())
                if self.next.text == ",":
                    self.take()
            end = self.take().end
        return VectorSelector(start, end, name, tuple(matchers))

    def matcher(self) -> Matcher:
        label = self.take()
        if self.next.text in (",", "}"):
            op = Word(label.start, label.end, "=")
            value = self.word(label)
            named = Word(label.start, label.end, "__name__" if label.kind == STRING else label.text, value.variables)
            return Matcher(label.start, label.end, named, op, value)
        op_token, value_token = self.take(), self.take()
        if op_token.text not in _MATCHES or value_token.kind != STRING:
            raise OutOfStep  # `or` inside braces, which promql-parser takes
        op = Word(op_token.start, op_token.end, op_token.text)
        return Matcher(label.start, value_token.end, self.word(label), op, self.word(value_token))

    def modifiers(self) -> tuple[Duration | None, At | None, int]:
        """`offset` and `@`, in any order, and where the last of them ends (0: there is none)."""
        offset, at, end = None, None, 0
        while self.next.text == "@" or self.next.text.lower() == "offset":
            start = self.take().start
            if self.tokens[self.position - 1].text == "@":
                at = self.at(start)
                end = at.end
            else:
                offset = self.duration(start)
                end = offset.end
        return offset, at, end

    def at(self, start: int) -> At:
        anchor = self.next.text.lower()
        if anchor in ("start", "end"):
            self.take()
            self.expect("(")
            time: Literal["start", "end"] = "start" if anchor == "start" else "end"
            return At(start, self.expect(")").end, time)
        read = self.duration(start)
        return At(read.start, read.end, read.seconds, read.variables)

    def duration(self, start: int | None = None) -> Duration:
        """A number or duration with its signs, from `start` (by default from itself)."""
        first, negative = self.next.start if start is None else start, False
        while self.next.text in ("+", "-"):
            negative ^= self.take().text == "-"
        token = self.take()
        if token.kind == VARIABLE_WORD:
            return Duration(first, token.end, None, names(token.text))
        seconds = duration_seconds(token.text) if token.kind == DURATION else number_value(token.text)
        if seconds is None:
            raise OutOfStep
        return Duration(first, token.end, -seconds if negative else seconds)

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
