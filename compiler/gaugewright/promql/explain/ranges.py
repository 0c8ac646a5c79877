"""Explains what may follow a selector: ranges and subqueries in brackets, `offset` and `@`."""

from __future__ import annotations

from typing import NoReturn

from gaugewright.diagnostics import Edit, Mend, replaced
from gaugewright.promql.explain.cursor import END, UNSUPPORTED, Cursor, Part, instead, shown_token
from gaugewright.promql.functions import FUNCTIONS
from gaugewright.promql.literals import duration_seconds, number_value, whole_duration
from gaugewright.promql.tokens import DURATION, NAME, NUMBER, STRING, VARIABLE_WORD, Token

_SIZED = (NUMBER, DURATION, VARIABLE_WORD)
_ARITHMETIC = ("+", "-", "*", "/", "%", "^")


def postfix(cursor: Cursor, part: Part) -> Part:
    """What follows an operand and belongs to it: ranges, subqueries, `offset`, `@`."""
    while True:
        if cursor.next.text == "[":
            part = _brackets(cursor, part)
        elif cursor.word == "offset":
            part = _offset(cursor, part)
        elif cursor.next.text == "@":
            part = _at(cursor, part)
        elif cursor.word in ("anchored", "smoothed") and part.kind in ("selector", "range"):
            words = f"our parser does not know `{cursor.word}`"
            cursor.fail(cursor.next, words, "leave it out, or keep this query outside of the spec", UNSUPPORTED)
        else:
            return part


def _brackets(cursor: Cursor, part: Part) -> Part:
    opener = cursor.take()
    length = _length(cursor, opener)
    if "#" in cursor.text[opener.start : cursor.next.end]:
        place = Part("", None, opener.start, cursor.next.end)
        cursor.fail(place, "our parser takes no comment inside brackets", "put it elsewhere", UNSUPPORTED)
    if cursor.next.text == ":":
        cursor.take()
        if cursor.next.text != "]":
            _length(cursor, opener)
        closed = _close_bracket(cursor, opener)
        if part.type not in ("vector", None):
            what = {"matrix": "a range already", "scalar": "a number", "string": "a string"}[part.type]
            cursor.note(part, f"a subquery needs an instant vector, and this is {what}", "leave the brackets out")
        return Part("subquery", "matrix", part.start, closed)
    closed = _close_bracket(cursor, opener)
    place = Part("", None, opener.start, closed)
    if part.kind == "selector" and not part.modified:
        return Part("range", "matrix", part.start, closed, part.name)
    if part.kind == "selector":
        cursor.note(place, "the range goes before `offset` and `@`", f"write `{part.name or 'x'}[{length}] offset ..`")
    elif part.kind == "range":
        cursor.note(place, "this has a range already", "leave the second one out")
    else:
        words = "a range in brackets goes right after a metric, and this is " + _what(part)
        cursor.forget("wants a range of samples", part)
        cursor.note(place, words, _inside(part, length), mend=_moved(cursor, part, place))
    return Part("range", None, part.start, closed)


def _moved(cursor: Cursor, part: Part, brackets: Part) -> Mend | None:
    """The range at the metric that a call takes it of; else a subquery."""
    function = FUNCTIONS.get(part.name) if part.kind == "call" else None
    before = cursor.text[: part.end - 1].rstrip()[-1:]
    if function is not None and function.arguments[-1:] == ("matrix",) and (before.isalnum() or before in "_}"):
        written = cursor.text[brackets.start : brackets.end]
        return Mend((Edit(part.end - 1, part.end - 1, written), Edit(brackets.start, brackets.end, "")))
    return replaced(brackets.end - 1, brackets.end - 1, ":") if part.type in ("vector", None) else None


def _inside(part: Part, length: str) -> str:
    """Where a range is to go that stands after `part`."""
    if part.kind == "call":
        return f"put it inside, `{part.name}(x[{length}])`, or make it a subquery: `[{length}:]`"
    if part.kind == "aggregate":
        return f"put it at the metric, `{part.name}(rate(x[{length}]))`, or make it a subquery: `[{length}:]`"
    return f"put it at the metric, or make it a subquery: `[{length}:]`"


def _what(part: Part) -> str:
    return {
        "call": f"the result of `{part.name}`",
        "aggregate": f"the result of `{part.name}`",
        "number": "a number",
        "string": "a string",
        "paren": "an expression in parentheses",
        "subquery": "a subquery",
    }.get(part.kind, "an expression")


def _length(cursor: Cursor, opener: Token) -> str:
    """Takes the duration in brackets; its text."""
    token = cursor.next
    negative = token.text == "-"
    if token.text in ("+", "-"):
        cursor.take()
    length = cursor.next
    if length.kind in _SIZED:
        cursor.take()
        _after_length(cursor, length, opener)
        if negative:
            words = "a range must be longer than 0"
            place = Part("", None, token.start, length.end)
            mend = instead(place, length.text, certain=False)
            cursor.note(place, words, f"write `[{length.text}]`; to look further back, add `offset`", mend=mend)
        elif _is_zero(length):
            cursor.note(length, "a range must be longer than 0", "write a duration such as `[5m]`")
        elif token.text == "+" or length.text.startswith("."):
            plain = length.text if not length.text.startswith(".") else "0" + length.text
            place = Part("", None, token.start, length.end)
            words = "our parser does not take a duration so written"
            cursor.fail(place, words, f"write `[{plain}]`", UNSUPPORTED, instead(place, plain))
        return length.text
    if length.kind == END:
        _open_bracket(cursor, opener)
    if length.text in ("]", ":"):
        place = Part("", None, opener.start, length.end)
        cursor.fail(place, "the brackets hold no duration", "write how far to look back: `[5m]`")
    if length.kind == STRING:
        plain = length.text.strip(length.text[0])
        mend = instead(length, plain if duration_seconds(plain) is not None else None)
        cursor.fail(length, "a duration has no quotes", f"write `[{plain}]`", mend=mend)
    if cursor.word in ("step", "range", "max_of", "min_of") or length.text == "(":
        _arithmetic(cursor, length)
    if length.text == "$":
        cursor.fail(length, "`$` stands alone", "a dashboard's variable is written `$name`")
    words = f"in brackets a duration was expected, not {shown_token(length)}"
    cursor.fail(length, words, "write how far to look back: `[5m]`; the units are ms, s, m, h, d, w, y")


def _is_zero(length: Token) -> bool:
    if length.kind == VARIABLE_WORD:
        return False
    value = number_value(length.text) if length.kind == NUMBER else duration_seconds(length.text)
    return value == 0


def _after_length(cursor: Cursor, length: Token, opener: Token) -> None:
    token = cursor.next
    if token.text in _ARITHMETIC:
        _arithmetic(cursor, token, _computed(cursor, length))
    if token.kind == NAME or token.kind in _SIZED:
        place = Part("", None, length.start, token.end)
        joined = length.text + token.text
        mend = instead(place, joined if duration_seconds(joined) is not None else None)
        cursor.fail(place, "a duration has no spaces inside", f"write `{joined}`", mend=mend)
    if token.kind == END or token.text in (")", "}"):
        _open_bracket(cursor, opener)


def _arithmetic(cursor: Cursor, place: Token, mend: Mend | None = None) -> NoReturn:
    words = "our parser does not compute durations"
    cursor.fail(place, words, "write the result: `[5m]` for `[2m+3m]`", UNSUPPORTED, mend)


def _computed(cursor: Cursor, length: Token) -> Mend | None:
    """The sum or difference of two durations, the whole of a range."""
    op, other, after = cursor.next, cursor.peek(), cursor.peek(2)
    ours, theirs = duration_seconds(length.text), duration_seconds(other.text)
    if op.text not in ("+", "-") or ours is None or theirs is None or after.text not in ("]", ":"):
        return None
    seconds = ours + theirs if op.text == "+" else ours - theirs
    return replaced(length.start, other.end, whole_duration(seconds), certain=True) if seconds > 0 else None


def _open_bracket(cursor: Cursor, opener: Token) -> NoReturn:
    cursor.fail(opener, "this bracket is never closed", "add `]` after the duration")


def _close_bracket(cursor: Cursor, opener: Token) -> int:
    token = cursor.next
    if token.text == "]":
        return cursor.take().end
    if token.kind == END or token.text in (")", "}"):
        _open_bracket(cursor, opener)
    if token.text == ":":
        cursor.fail(token, "a subquery has a range and one step", "write `[range:step]`, as in `[1h:5m]`")
    cursor.fail(token, f"in the brackets `]` was expected, not {shown_token(token)}", "close the brackets before it")


def _offset(cursor: Cursor, part: Part) -> Part:
    keyword = cursor.take()
    if part.kind not in ("selector", "range", "subquery"):
        _misplaced(cursor, keyword, part, "offset")
    if cursor.next.text in ("+", "-"):
        cursor.take()
    value = cursor.next
    if value.kind in _SIZED:
        cursor.take()
    elif value.kind == END or value.text in (")", ",", "]", "}"):
        cursor.fail(keyword, "`offset` has no duration after it", "write how far to shift: `offset 1h`")
    elif cursor.word in ("step", "range", "max_of", "min_of", "(") or value.text in ("+", "-"):
        _arithmetic(cursor, value)
    else:
        words = f"after `offset` a duration was expected, not {shown_token(value)}"
        cursor.fail(value, words, "write how far to shift: `offset 1h`")
    if part.grouped:
        cursor.note(keyword, "`offset` is given twice", "keep one of them")
    return part._replace(end=value.end, modified=True, grouped=True)


def _at(cursor: Cursor, part: Part) -> Part:
    keyword = cursor.take()
    if part.kind not in ("selector", "range", "subquery"):
        _misplaced(cursor, keyword, part, "@")
    if cursor.word in ("start", "end") and cursor.peek().text == "(" and cursor.peek(2).text == ")":
        cursor.take(), cursor.take()
        return part._replace(end=cursor.take().end, modified=True)
    if cursor.next.text in ("+", "-"):
        cursor.take()
    value = cursor.next
    if value.kind in _SIZED:
        cursor.take()
        return part._replace(end=value.end, modified=True)
    place = keyword if value.kind == END else value
    words = f"after `@` a Unix time in seconds was expected, not {shown_token(value)}"
    cursor.fail(place, words, "write a time such as `@ 1767225600`, or `@ start()` or `@ end()`")


def _misplaced(cursor: Cursor, keyword: Token, part: Part, word: str) -> NoReturn:
    sample = "offset 1h" if word == "offset" else "@ end()"
    words = f"`{word}` goes right after a metric or its range, and this is {_what(part)}"
    cursor.fail(keyword, words, f"put it inside: `rate(x[5m] {sample})`, `sum(x {sample})`")
