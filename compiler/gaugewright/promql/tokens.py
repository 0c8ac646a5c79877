"""Cuts a query into tokens, each with its place in the user's text.

The rules are those of Prometheus's lexer (promql/parser/lex.go), with two additions. Text that no
rule takes still becomes a token (`open`, `misnumber`, `bad`), so that a mistake can be explained at
its place. And Grafana's variables are words of their own, in every form that Grafana replaces;
a word with a variable inside (`node_${kind}_total`, `${n}m`) is one token, because that is what
Prometheus will see.

Space and comments are no tokens. Inside square brackets a colon stands alone (`[1h:5m]`); outside
it is part of a name (`job:errors:rate5m`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from gaugewright.promql.variables import VARIABLE

NAME, OPERATOR, STRING, NUMBER, DURATION = "name", "operator", "string", "number", "duration"
VARIABLE_WORD = "variable"
OPEN_STRING, MISNUMBER, BAD = "open", "misnumber", "bad"
_END = "end"


class Token(NamedTuple):
    """One token: what it is, its text, and its first and last-but-one character in the query."""

    kind: str
    text: str
    start: int
    end: int


_SPACE = r"(?:[ \t\r\n]++|\#[^\r\n]*+)*+"
_STRING = r"""
  (?P<string> "(?:[^"\\\n]++|\\[^\n])*+" | '(?:[^'\\\n]++|\\[^\n])*+' | `[^`]*+` )
"""
_DURATION = r"(?P<duration>(?:[0-9]++(?:ms|[smhdwy]))++(?![A-Za-z0-9_]))"
_NUMBER = r"""
  (?P<number>
    (?: 0[xX][0-9a-fA-F_]++
      | (?:[0-9][0-9_]*+(?:\.[0-9]*+)?+|\.[0-9]++) (?:[eE][+-]?[0-9]++)?+ )
    (?![A-Za-z0-9_.]) )
"""
_REST = r"""
  (?P<misnumber>[0-9]++[A-Za-z0-9_.]*+|\.[0-9][A-Za-z0-9_.]*+)
  | (?P<open>["'][^\n]*+|`.*+)
  | (?P<bad>&&|\|\||.)
  | (?P<end>\Z)
"""


def _pattern(name: str, operators: str, variable: bool) -> re.Pattern[str]:
    word = rf"(?P<variable>[A-Za-z0-9_:]*+(?:{VARIABLE})(?:[A-Za-z0-9_:]|{VARIABLE})*+)"
    if operators.startswith(":"):
        word = word.replace("_:]", "_]")
    parts = [
        rf"(?P<name>{name})",
        rf"(?P<operator>==|=~|!=|!~|<=|>=|</|>/|[{operators}\-+*/%^()\[\]{{}},@=<>])",
        _STRING,
        _DURATION,
        _NUMBER,
        _REST,
    ]
    if variable:
        parts.insert(0, word)
    return re.compile(_SPACE + "(?:" + "|".join(parts) + ")", re.VERBOSE | re.DOTALL | re.ASCII)


_OUTSIDE, _INSIDE = r"[A-Za-z_:][A-Za-z0-9_:]*+", r"[A-Za-z_][A-Za-z0-9_]*+"


@cache
def _patterns(variables: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns of a token outside and inside brackets; compiled when first used, for a quick start."""
    return _pattern(_OUTSIDE, "", variables), _pattern(_INSIDE, ":", variables)


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, in order. Takes any text; the time is linear in its length."""
    outside, inside = _patterns("$" in text or "[[" in text)
    if ":" not in text or "[" not in text:
        tokens = [_token(match) for match in outside.finditer(text)]
        while tokens and tokens[-1].kind == _END:
            tokens.pop()
        return tokens
    tokens = []
    pattern, position = outside, 0
    while (match := pattern.match(text, position)) is not None:
        token = _token(match)
        if token.kind == _END:
            break
        tokens.append(token)
        position = token.end
        if token.text == "[":
            pattern = inside
        elif token.text == "]":
            pattern = outside
    return tokens


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or _END
    start, end = match.span(kind)
    return Token(kind, match.string[start:end], start, end)


def ends_in_comment(text: str) -> bool:
    """Whether something appended to `text` on the same line would be part of a comment."""
    tokens = tokenize(text)
    rest = text[tokens[-1].end :] if tokens else text
    return "#" in re.split(r"[\r\n]", rest)[-1]
