"""What each dashboard variable of a query stands for, told from where it stands.

A variable may be a range, a label, a metric's name or a number, and only its place tells which. Where both a
number and a metric would fit (`$a / 2`), the likelier is taken and marked, so that the other can be tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from gaugewright.promql.functions import AGGREGATIONS, FUNCTIONS
from gaugewright.promql.tokens import VARIABLE_WORD, Token
from gaugewright.promql.variables import GLOBAL_VARIABLES, names, without_variables

Role = Literal["duration", "label", "matcher", "metric", "number", "function"]

_LABEL_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_COMPUTING = frozenset({"+", "-", "*", "/", "%", "^", "==", "!=", "<=", "<", ">=", ">", "atan2", "bool"})


class Roles(NamedTuple):
    """The role of each variable token, by its index, and the indices where it is only a guess."""

    by_index: dict[int, Role]
    guessed: frozenset[int]

    def other(self) -> Roles:
        """Every guess turned: a number for a metric, a metric for a number."""
        turned: dict[int, Role] = {
            index: "number" if self.by_index[index] == "metric" else "metric" for index in self.guessed
        }
        return Roles({**self.by_index, **turned}, self.guessed)


class _Opened(NamedTuple):
    bracket: str
    callee: str
    argument: int


def variable_roles(tokens: Sequence[Token], values: Mapping[str, str]) -> Roles:
    """`values` gives, by name, a value that the variable may have; "" where none is known."""
    roles: dict[int, Role] = {}
    guessed: set[int] = set()
    opened: list[_Opened] = []
    for index, token in enumerate(tokens):
        if token.kind == VARIABLE_WORD:
            role, sure = _role(tokens, index, opened[-1] if opened else None, values)
            roles[index] = role
            if not sure:
                guessed.add(index)
        elif token.text in ("(", "[", "{"):
            opened.append(_Opened(token.text, _callee(tokens, index), 0))
        elif token.text in (")", "]", "}") and opened:
            opened.pop()
        elif token.text == "," and opened:
            opened[-1] = opened[-1]._replace(argument=opened[-1].argument + 1)
    return Roles(roles, frozenset(guessed))


def _callee(tokens: Sequence[Token], index: int) -> str:
    """The word before the bracket at `index`; of an aggregation with its labels first, the aggregation."""
    before = tokens[index - 1].text.lower() if index else ""
    if before != ")":
        return before
    depth = 0
    for position in range(index - 1, 0, -1):
        text = tokens[position].text
        depth += (text == ")") - (text == "(")
        if depth == 0:
            return tokens[position - 2].text.lower() if position > 1 else ""
    return ""


def _role(tokens: Sequence[Token], index: int, opened: _Opened | None, values: Mapping[str, str]) -> tuple[Role, bool]:
    before = tokens[index - 1].text.lower() if index else ""
    after = tokens[index + 1].text.lower() if index + 1 < len(tokens) else ""
    signed = before in ("+", "-") and index > 1
    anchor = tokens[index - 2].text.lower() if signed else before
    if opened is not None and opened.bracket == "{":
        return ("matcher" if after in (",", "}") else "label"), True
    if anchor == "offset" or (opened is not None and opened.bracket == "["):
        return "duration", True
    if opened is not None and opened.callee in _LABEL_LISTS:
        return "label", True
    if after in ("(", "by", "without"):
        return "function", True
    if after in ("{", "["):
        return "metric", True
    if anchor == "@":
        return "number", True
    return _operand(tokens[index], before, opened, values)


def _operand(token: Token, before: str, opened: _Opened | None, values: Mapping[str, str]) -> tuple[Role, bool]:
    rest = without_variables(token.text)
    if rest:
        is_number = rest.isdigit() or rest.lstrip("0123456789") in ("ms", "s", "m", "h", "d", "w", "y")
        return ("number" if is_number else "metric"), True
    name = names(token.text)[:1]
    if name and GLOBAL_VARIABLES.get(name[0]) in ("duration", "number"):
        return "number", True
    value = values.get(name[0], "") if name else ""
    if value:
        return ("number" if value[0].isdigit() or value[0] in "+-." else "metric"), True
    if opened is not None and opened.bracket == "(" and before in ("(", ","):
        wanted = _wanted(opened)
        if wanted is not None:
            return ("number" if wanted == "scalar" else "metric"), wanted in ("scalar", "vector")
    return ("number" if before in _COMPUTING else "metric"), False


def _wanted(opened: _Opened) -> str | None:
    """The type of the argument at which the innermost call stands."""
    function = FUNCTIONS.get(opened.callee)
    if function is not None:
        return function.argument(opened.argument)
    param = AGGREGATIONS.get(opened.callee)
    return param if param is not None and opened.argument == 0 else None
