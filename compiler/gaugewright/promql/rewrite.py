"""The query as promql-parser is to read it: token for token the same, where it can read it.

Dashboard variables become stand-ins of their role. Strings that hold a variable or raw backslashes, numbers
with underscores and labels named like a keyword are written so that promql-parser takes them. It tells only
the tree's shape; every name, value and place is read from the user's own tokens, so nothing is mapped back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gaugewright.promql.literals import EscapeMistake, duration_seconds, number_value, quote, unquote
from gaugewright.promql.roles import Roles
from gaugewright.promql.tokens import DURATION, NAME, NUMBER, STRING, VARIABLE_WORD, Token
from gaugewright.promql.variables import names

_MAY_NEED = re.compile(r"[$`]|\[\[|[0-9]_|\b0+[smhdwy]|[{,]\s*or\b", re.IGNORECASE)
_STAND_INS = {
    "duration": "5m",
    "label": "variable",
    "matcher": 'variable="x"',
    "metric": "variable",
    "number": "1",
}
_MATCHES = frozenset({"=", "!=", "=~", "!~"})


def for_parser(
    text: str,
    tokens: Sequence[Token],
    roles: Roles,
    values: Mapping[str, str] | None,
    plain_regex: bool = False,
) -> str:
    """`text` with what promql-parser cannot read written otherwise.

    `values`: what the dashboard's variables may be; None where there is no dashboard, and `$x` in a string is
    just text. `plain_regex` replaces each regular expression by one that matches any value.
    """
    if not plain_regex and not _MAY_NEED.search(text):
        return text
    parts: list[str] = []
    position = 0
    for index, token in enumerate(tokens):
        written = _written(tokens, index, roles, values, plain_regex)
        if written != token.text:
            parts += (text[position : token.start], written)
            position = token.end
    parts.append(text[position:])
    return "".join(parts)


def _written(
    tokens: Sequence[Token], index: int, roles: Roles, values: Mapping[str, str] | None, plain_regex: bool
) -> str:
    token = tokens[index]
    if token.kind == VARIABLE_WORD:
        role = roles.by_index[index]
        return function_value(token, values) if role == "function" else _STAND_INS[role]
    if token.kind == STRING:
        before = tokens[index - 1].text if index else ""
        if before in ("=~", "!~") and plain_regex:
            return '".+"'
        return _string(token, may_vary=values is not None)
    if token.kind == DURATION and token.text[0] == "0" and duration_seconds(token.text) == 0:
        return "0"  # promql-parser refuses `0s`, which Prometheus takes as an offset and as a number
    if token.kind == NUMBER and "_" in token.text:
        value = number_value(token.text)
        return token.text if value is None else repr(value)
    if token.kind == NAME and token.text.lower() == "or" and _is_label(tokens, index):
        return "label_or"
    return token.text


def function_value(token: Token, values: Mapping[str, str] | None) -> str:
    """The function or aggregation that a variable names, as far as its value is known."""
    return (values or {}).get("".join(names(token.text)), "") or token.text


def _string(token: Token, may_vary: bool) -> str:
    if may_vary and names(token.text):
        return '"variable"'
    if token.text[0] != "`" or "\\" not in token.text:
        return token.text
    value = unquote(token.text)
    return token.text if isinstance(value, EscapeMistake) else quote(value)


def _is_label(tokens: Sequence[Token], index: int) -> bool:
    before = tokens[index - 1].text if index else ""
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return before in ("{", ",") and after in _MATCHES
