"""Says why a query is no PromQL: what was found, what was expected, and the mend.

A precedence parser over the tokens, which keeps no tree, only each part's type and place. It runs only on
what promql-parser has refused. Mistakes of type (a range where a number is wanted) are noted and the reading
goes on; a mistake of grammar ends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gaugewright.diagnostics import TextFinding
from gaugewright.promql.explain.calls import check_aggregate, check_call, known_function
from gaugewright.promql.explain.cursor import END, UNSUPPORTED, Cursor, Mistake, Part
from gaugewright.promql.explain.lists import fill_values, label_list
from gaugewright.promql.explain.operators import Modifiers, check_binary
from gaugewright.promql.explain.ranges import postfix
from gaugewright.promql.explain.selectors import braces
from gaugewright.promql.explain.slips import no_operand, surprise, unclosed
from gaugewright.promql.functions import AGGREGATIONS
from gaugewright.promql.precedence import PRECEDENCE, SIGN
from gaugewright.promql.rewrite import function_value
from gaugewright.promql.roles import Roles
from gaugewright.promql.tokens import DURATION, NAME, NUMBER, OPERATOR, STRING, VARIABLE_WORD, Token

_MATCHING = ("on", "ignoring")
_GROUPS = ("group_left", "group_right")
_FILLS = ("fill", "fill_left", "fill_right")
_GROUPING = ("by", "without")
_NOT_METRICS = frozenset({"bool", *_MATCHING, *_GROUPS, "atan2"})


def explain(
    text: str, tokens: Sequence[Token], roles: Roles, values: Mapping[str, str] | None
) -> tuple[TextFinding, ...]:
    """What is wrong with the query; empty where nothing is found."""
    cursor = Cursor(text, tokens, roles, values)
    try:
        whole = expression(cursor)
        if cursor.next.kind != END:
            surprise(cursor, whole, None)
    except Mistake as mistake:
        # What was noted before may follow from this one: an open parenthesis makes ranges of operands.
        return (mistake.finding,)
    return tuple(cursor.found)


def expression(cursor: Cursor, lowest: int = 0) -> Part:
    """An expression whose operators bind at least as tightly as `lowest`."""
    left = _signed(cursor)
    while True:
        level = PRECEDENCE.get(cursor.word, 0)
        if not level or level < lowest or cursor.next.kind not in (OPERATOR, NAME):
            return left
        op = cursor.take()
        if op.text in ("</", ">/"):
            mend = "write the comparison, or histogram_fraction, instead"
            cursor.fail(op, f"our parser does not know the operator `{op.text}`", mend, UNSUPPORTED)
        modifiers = _modifiers(cursor)
        right = expression(cursor, level if op.text == "^" else level + 1)
        left = check_binary(cursor, left, op, modifiers, right)


def _signed(cursor: Cursor) -> Part:
    """An operand with its signs. A sign binds like `*`, so `-a ^ b` is `-(a ^ b)`."""
    sign = cursor.next
    if sign.text not in ("+", "-"):
        return postfix(cursor, _operand(cursor))
    cursor.take()
    operand = expression(cursor, SIGN + 1)
    if operand.type in ("matrix", "string"):
        what = "a range of samples" if operand.type == "matrix" else "a string"
        cursor.note(operand, f"`{sign.text}` cannot be put before {what}", "leave it out, or apply it to numbers")
        return operand._replace(type=None)
    kind = operand.kind if operand.kind == "number" else "signed"
    return Part(kind, operand.type, sign.start, operand.end)


def _modifiers(cursor: Cursor) -> Modifiers:
    """What may stand between an operator and its right side."""
    flag = cursor.take() if cursor.word == "bool" else None
    matching = label_list(cursor) if cursor.word in _MATCHING else None
    group = None
    if cursor.word in _GROUPS:
        if matching is None:
            words = f"`{cursor.word}` needs to know by which labels the sides match"
            cursor.fail(cursor.next, words, f"put `on (..)` or `ignoring (..)` before: `on (job) {cursor.word} ()`")
        group = label_list(cursor, optional=True)
    fill = fill_values(cursor) if cursor.word in _FILLS and cursor.peek().text == "(" else None
    return Modifiers(flag, matching, group, fill)


def _operand(cursor: Cursor) -> Part:
    token = cursor.next
    if token.text == "(":
        return _parenthesised(cursor)
    if token.text == "{":
        end = braces(cursor, None)
        return Part("selector", "vector", token.start, end)
    if token.kind == STRING:
        cursor.take()
        return Part("string", "string", token.start, token.end)
    if token.kind in (NUMBER, DURATION) or (token.kind == NAME and cursor.word in ("inf", "nan")):
        cursor.take()
        return Part("number", "scalar", token.start, token.end)
    if token.kind == VARIABLE_WORD:
        return _variable(cursor)
    if token.kind == NAME and cursor.word not in _NOT_METRICS:
        return _named(cursor, token.text)
    no_operand(cursor)


def _parenthesised(cursor: Cursor) -> Part:
    opener = cursor.take()
    if cursor.next.text == ")":
        both = Part("", None, opener.start, cursor.next.end)
        cursor.fail(both, "there is nothing in these parentheses", "write an expression inside, or leave them out")
    inner = expression(cursor)
    end = _close(cursor, opener, inner)
    return Part("paren", inner.type, opener.start, end)


def _close(cursor: Cursor, opener: Token, inner: Part | None) -> int:
    """Takes the closing parenthesis; its end."""
    if cursor.next.text == ")":
        return cursor.take().end
    if cursor.next.kind == END or inner is None:
        unclosed(cursor, opener)
    surprise(cursor, inner, opener)


def _variable(cursor: Cursor) -> Part:
    token = cursor.next
    role = cursor.roles.by_index.get(cursor.position)
    if role == "function":
        name = function_value(token, cursor.values)
        if name == token.text:
            words = f"the function is chosen by {token.text}, so the query cannot be checked"
            cursor.fail(token, words, "write the function, or one query for each choice", UNSUPPORTED)
        return _named(cursor, name)
    if role == "metric" and cursor.position not in cursor.roles.guessed:
        return _named(cursor, token.text)
    cursor.take()
    sure = cursor.position - 1 not in cursor.roles.guessed
    return Part("variable", "scalar" if role == "number" and sure else None, token.start, token.end)


def _named(cursor: Cursor, name: str) -> Part:
    """A call, an aggregation or a selector."""
    token, after = cursor.next, cursor.peek()
    if name.lower() in AGGREGATIONS and (after.text == "(" or after.text.lower() in _GROUPING):
        return _aggregate(cursor, name.lower())
    if after.text == "(" and name.lower() not in _GROUPING:
        cursor.take()
        function = known_function(cursor, token, name)
        arguments, end = _arguments(cursor, name)
        return check_call(cursor, token, function, arguments, end)
    cursor.take()
    if name.lower() in ("anchored", "smoothed"):
        mend = f'write `{{__name__="{name}"}}`'
        cursor.fail(token, f"our parser takes no metric named `{name}`", mend, UNSUPPORTED)
    end = token.end
    if cursor.next.text == "{":
        end = braces(cursor, token)
    return Part("selector", "vector", token.start, end, name)


def _aggregate(cursor: Cursor, name: str) -> Part:
    token = cursor.take()
    grouped = cursor.word in _GROUPING
    if grouped:
        label_list(cursor)
        if cursor.next.text != "(":
            words = f"what `{name}` aggregates goes in parentheses"
            place = cursor.next if cursor.next.kind != END else token
            cursor.fail(place, words, f"for example `{name} by (job) (x)`")
    arguments, end = _arguments(cursor, name)
    if not grouped and cursor.word in _GROUPING:
        grouped = True
        end = label_list(cursor).end
    return check_aggregate(cursor, token, name, arguments, end, grouped)


def _arguments(cursor: Cursor, name: str) -> tuple[list[Part], int]:
    """The arguments between parentheses, and where these end."""
    opener = cursor.take()
    cursor.calls.append(name)
    arguments: list[Part] = []
    while cursor.next.text != ")" or arguments:
        if cursor.next.kind == END:
            unclosed(cursor, opener)
        arguments.append(expression(cursor))
        if cursor.next.text != ",":
            break
        cursor.take()
    cursor.calls.pop()
    return arguments, _close(cursor, opener, arguments[-1] if arguments else None)
