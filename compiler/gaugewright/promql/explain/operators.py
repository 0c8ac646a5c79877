"""Checks the two sides of an operator and what stands beside it, by Prometheus's rules of types."""

from __future__ import annotations

from typing import NamedTuple

from gaugewright.diagnostics import replaced
from gaugewright.promql.explain.cursor import Cursor, Part, instead
from gaugewright.promql.explain.lists import Labels
from gaugewright.promql.precedence import COMPARISONS, SET_OPERATORS
from gaugewright.promql.syntax import ValueType
from gaugewright.promql.tokens import Token


class Modifiers(NamedTuple):
    """What stands between an operator and its right side."""

    bool: Token | None
    matching: Labels | None
    group: Labels | None
    fill: Token | None


def check_binary(cursor: Cursor, left: Part, op: Token, modifiers: Modifiers, right: Part) -> Part:
    """Notes what is wrong between `left` and `right`; the part that they make."""
    word = op.text.lower()
    sound = _operand(cursor, left, op) and _operand(cursor, right, op)
    if modifiers.bool is not None and word not in COMPARISONS:
        words = f"`bool` goes with a comparison, and `{word}` is none"
        cursor.note(modifiers.bool, words, "leave it out", mend=replaced(op.end, modifiers.bool.end, "", certain=True))
    types = {left.type, right.type}
    if sound and word in COMPARISONS and modifiers.bool is None and types == {"scalar"}:
        words = "two numbers are compared only with `bool`, which gives 0 or 1"
        cursor.note(op, words, f"write `{word} bool`", mend=replaced(op.end, op.end, " bool", certain=True))
        sound = False
    if sound and word in SET_OPERATORS:
        _set_operands(cursor, left, op, modifiers, right)
    elif sound and "scalar" in types:
        _no_matching(cursor, op, modifiers)
    _label_twice(cursor, modifiers)
    result: ValueType | None = "scalar" if types == {"scalar"} else "vector"
    if not sound or None in types:
        result = None
    return Part("binary", result, left.start, right.end)


def _operand(cursor: Cursor, part: Part, op: Token) -> bool:
    if part.type == "matrix":
        shown = cursor.shown(part)
        words = f"`{op.text}` computes with instant vectors and numbers, and this is a range of samples"
        mend = f"take a function of it, such as `rate({shown})` or `avg_over_time({shown})`"
        rate = None if cursor.calls else instead(part, f"rate({cursor.text[part.start : part.end]})", certain=False)
        cursor.note(part, words, mend, mend=rate)
        return False
    if part.type == "string":
        words = f"`{op.text}` computes with instant vectors and numbers, and this is a string"
        cursor.note(part, words, "write a number without quotes; labels are matched in braces")
        return False
    return True


def _set_operands(cursor: Cursor, left: Part, op: Token, modifiers: Modifiers, right: Part) -> None:
    word = op.text.lower()
    for part in (left, right):
        if part.type == "scalar":
            words = f"`{word}` joins instant vectors, and this is a number"
            mend = instead(part, f"vector({cursor.text[part.start : part.end]})", certain=False)
            cursor.note(part, words, f"write `vector({cursor.shown(part)})`, or compare with it", mend=mend)
            return
    if modifiers.group is not None:
        keyword = modifiers.group.keyword
        words = f"`{word}` takes no `{keyword.text}`: it copies no labels"
        cursor.note(keyword, words, "leave it out")
    if modifiers.fill is not None:
        cursor.note(modifiers.fill, f"`{word}` takes no `{modifiers.fill.text}`", "leave it out")


def _no_matching(cursor: Cursor, op: Token, modifiers: Modifiers) -> None:
    """One side is a number, so there are no labels to match."""
    matching = modifiers.matching
    if matching is not None and matching.names:
        words = f"`{matching.keyword.text}` matches labels, but one side of `{op.text}` is a number"
        cursor.note(matching.keyword, words, "leave it out")
    elif modifiers.fill is not None:
        words = f"`{modifiers.fill.text}` is for two vectors, and one side of `{op.text}` is a number"
        cursor.note(modifiers.fill, words, "leave it out")


def _label_twice(cursor: Cursor, modifiers: Modifiers) -> None:
    matching, group = modifiers.matching, modifiers.group
    if matching is None or group is None or matching.keyword.text.lower() != "on":
        return
    twice = [name for name in group.names if name in matching.names]
    if twice:
        words = f"`{twice[0]}` stands in `on` and in `{group.keyword.text}`"
        cursor.note(group.keyword, words, f"leave it out of `{group.keyword.text}`: both sides have it already")
