"""What must not reach promql-parser, since it would take the whole process down or print to the terminal.

It is recursive and copies each subtree into every node above, so a query nested some hundred levels deep may
overflow the stack, which no exception handler survives. That is told from the tokens, before it is called.
Real queries reach a depth of 16. (Durations beyond its range make it panic: `lexical` finds them.) Lists are
bounded for what comes later: each label of one may have a finding, with a mend that writes the list anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from gaugewright.diagnostics import TextFinding
from gaugewright.promql.tokens import NAME, Token

LARGEST_QUERY = 64 * 1024
"""In bytes of UTF-8."""

DEEPEST = 100
"""Nesting plus operators on one level."""

LONGEST_LIST = 250
"""Labels, matchers or arguments between one pair of brackets; real queries have some twenty."""

_OPERATORS = frozenset({"+", "-", "*", "/", "%", "^", "==", "!=", "<=", "<", ">=", ">", "</", ">/", "="})
_WORD_OPERATORS = frozenset({"and", "or", "unless", "atan2"})
_SPLIT = "write parts of it as recording rules, and query their names here"


def size_finding(text: str) -> TextFinding | None:
    """A finding where the text alone is too long to be read."""
    if len(text) * 4 <= LARGEST_QUERY or len(text.encode("utf-8", "replace")) <= LARGEST_QUERY:
        return None
    kib = LARGEST_QUERY // 1024
    return TextFinding("query-too-deep", 0, len(text), f"the query is longer than {kib} KiB", _SPLIT)


def depth_finding(tokens: Sequence[Token]) -> TextFinding | None:
    """A finding at the token that makes the query deeper than `DEEPEST`, or a list longer than `LONGEST_LIST`."""
    if len(tokens) <= DEEPEST:
        return None
    outer = 0
    operators = deepest = level = commas = 0
    stack: list[tuple[int, int, int, int]] = []
    for token in tokens:
        text = token.text
        if text in ("(", "[", "{"):
            stack.append((operators, deepest, level, commas))
            outer += operators + 1
            operators = deepest = level = commas = 0
        elif text in (")", "]", "}") and stack:
            inner = 1 + max(level, operators + deepest)
            operators, deepest, level, commas = stack.pop()
            outer -= operators + 1
            deepest = max(deepest, inner)
            operators += text == "]"
        elif text == ",":
            level = max(level, operators + deepest)
            operators = deepest = 0
            commas += 1
            if commas >= LONGEST_LIST:
                return _too_much(token, f"the list holds more than {LONGEST_LIST:,} entries here")
        elif text in _OPERATORS or (token.kind == NAME and text.lower() in _WORD_OPERATORS):
            operators += 1
        else:
            continue
        if outer + operators + deepest > DEEPEST:
            return _too_much(token, f"the query nests or chains more than {DEEPEST} operations here")
    return None


def _too_much(token: Token, words: str) -> TextFinding:
    return TextFinding("query-too-deep", token.start, token.end, words, _SPLIT)
