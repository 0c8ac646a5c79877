"""Reads from a query's tokens what its nodes are made of: names, matchers, label lists, durations.

Each method takes the tokens of one part. `places` walks promql-parser's tree and calls them in the order of the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from gaugewright.promql.literals import EscapeMistake, duration_seconds, number_value, unquote
from gaugewright.promql.rewrite import function_value
from gaugewright.promql.syntax import At, Duration, Fill, LabelList, Matcher, VectorSelector, Word
from gaugewright.promql.tokens import DURATION, STRING, VARIABLE_WORD, Token
from gaugewright.promql.variables import names

_MATCHES = frozenset({"=", "!=", "=~", "!~"})
_END = Token("end", "", 0, 0)


class OutOfStep(Exception):
    """The tokens do not fit the tree: promql-parser has read the query otherwise than we do."""


class Parts:
    """Tokens that are taken one after the other. `next` is the first one not taken yet.

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

    def callee(self) -> Word:
        token = self.take()
        if token.kind == VARIABLE_WORD:
            return Word(token.start, token.end, function_value(token, self.values), names(token.text))
        return Word(token.start, token.end, token.text)

    def fill(self) -> Fill | None:
        start = self.next.start
        values: dict[str, float] = {}
        end = start
        while self.next.text.lower() in ("fill", "fill_left", "fill_right"):
            if self.tokens[self.position + 1].text != "(":
                break
            side = self.take().text.lower()
            self.take()
            value = self.duration().seconds
            values[side] = float("nan") if value is None else value
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

    @property
    def at_end(self) -> bool:
        return self.next is _END
