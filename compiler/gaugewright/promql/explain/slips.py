"""Words for tokens that stand where they cannot: the slips that people make, and what they meant.

Much of it comes from other languages (`=`, `<>`, `not`, `group by`), the rest from PromQL's order of things.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from gaugewright.diagnostics import replaced
from gaugewright.promql.explain.cursor import END, Cursor, Part, instead, shown_token
from gaugewright.promql.functions import AGGREGATIONS
from gaugewright.promql.precedence import PRECEDENCE
from gaugewright.promql.tokens import DURATION, NAME, NUMBER, STRING, VARIABLE_WORD, Token


class _Slip(NamedTuple):
    """What is wrong, what to do, and what was meant; `instead` is None where that is open."""

    words: str
    help: str
    instead: str | None = None


_PAIRS = {
    ("<", ">"): _Slip("PromQL has no `<>`", "write `!=`", "!="),
    ("==", "="): _Slip("PromQL has no `===`", "write `==`", "=="),
    ("!=", "="): _Slip("PromQL has no `!==`", "write `!=`", "!="),
    ("*", "*"): _Slip("PromQL has no `**`", "a power is written `^`", "^"),
    ("/", "/"): _Slip("PromQL has no `//`", "divide by a single `/`; a comment begins with `#`"),
    ("/", "*"): _Slip("PromQL has no `/* */`", "a comment begins with `#` and ends with the line"),
    (">", "="): _Slip("`>` and `=` are apart", "write `>=`", ">="),
    ("<", "="): _Slip("`<` and `=` are apart", "write `<=`", "<="),
    ("<=", ">"): _Slip("PromQL has no `<=>`", "write one comparison"),
    (">", ">"): _Slip("PromQL has no `>>`", "write `>`"),
    ("<", "<"): _Slip("PromQL has no `<<`", "write `<`"),
}
_AFTER_EQUALS = {">": ">=", "<": "<=", "=": "=="}

_WORDS = {
    "not": _Slip(
        "PromQL has no `not`",
        "`a unless b` keeps what b lacks; `!=` excludes values; `absent(a)` is 1 without a",
    ),
    "where": _Slip("PromQL has no `where`", 'put conditions on labels into braces: `x{job="a"}`'),
    "in": _Slip("PromQL has no `in`", 'match several values in braces: `{job=~"a|b"}`'),
    "is": _Slip("PromQL has no `is`", "compare with `==`", "=="),
    "like": _Slip("PromQL has no `like`", 'match in braces: `{job=~"a.*"}`'),
    "between": _Slip(
        "PromQL has no `between`",
        "write `x > 1 < 2`: comparisons are filters and can follow each other",
    ),
    "xor": _Slip("PromQL has no `xor`", "write `(a unless b) or (b unless a)`"),
    "mod": _Slip("PromQL has no `mod`", "write `%`", "%"),
    "div": _Slip("PromQL has no `div`", "write `/`", "/"),
    "group": _Slip("PromQL has no `group by`", "write the labels with the aggregation: `sum by (job) (x)`"),
    "as": _Slip("PromQL has no `as`", "to name a result, make it a recording rule"),
    "eq": _Slip("PromQL has no `eq`", "write `==`", "=="),
    "ne": _Slip("PromQL has no `ne`", "write `!=`", "!="),
    "gt": _Slip("PromQL has no `gt`", "write `>`", ">"),
    "ge": _Slip("PromQL has no `ge`", "write `>=`", ">="),
    "lt": _Slip("PromQL has no `lt`", "write `<`", "<"),
    "le": _Slip("PromQL has no `le` as an operator", "write `<=`", "<="),
}
_SET_WORDS = ("and", "or", "unless")
_JOINING = (
    "and",
    "or",
    "unless",
    "offset",
    "by",
    "without",
    "ignoring",
    "group_left",
    "group_right",
    "atan2",
    "bool",
)


def _fail(cursor: Cursor, place: Token | Part, slip: _Slip) -> NoReturn:
    cursor.fail(place, slip.words, slip.help, mend=instead(place, slip.instead))


def unclosed(cursor: Cursor, opener: Token) -> NoReturn:
    """The query ends before the parenthesis that opens at `opener` is closed."""
    last = cursor.previous
    if last is not None and last is not opener and (last.text in PRECEDENCE or last.text == ","):
        _nothing_right(cursor, last)
    end = last.end if last is not None else opener.end
    mend = replaced(end, end, ")") if last is not opener else None
    cursor.fail(opener, "this parenthesis is never closed", "add the missing `)`", mend=mend)


def no_operand(cursor: Cursor) -> NoReturn:
    """An expression was expected at the cursor, and something else is there."""
    token, before = cursor.next, cursor.previous
    pair = _PAIRS.get((before.text, token.text)) if before is not None else None
    if before is not None and pair is not None:
        _fail(cursor, Part("", None, before.start, token.end), pair)
    if before is not None and (token.kind == END or token.text in (")", ",", "]", "}")):
        _nothing_right(cursor, before)
    if cursor.word in ("bool", "on", "ignoring", "group_left", "group_right"):
        _modifier_out_of_place(cursor, token)
    if token.text == "[":
        cursor.fail(token, "a range needs a metric before it", "write `x[5m]`")
    if before is None and token.text in (")", "]", "}"):
        cursor.fail(token, f"`{token.text}` closes nothing", "leave it out, or open it before")
    if before is None or before.text in ("(", ","):
        cursor.fail(token, f"`{token.text}` has nothing on its left", "put an expression before it, or leave it out")
    words = f"after `{before.text}` an expression was expected, not {shown_token(token)}"
    cursor.fail(token, words, "write a metric, a number, a call or an expression in parentheses")


def _nothing_right(cursor: Cursor, before: Token) -> NoReturn:
    if before.text == "(":
        cursor.fail(before, "this parenthesis is never closed", "write an expression, and close it by `)`")
    if before.text == ",":
        words = "nothing follows this comma"
        mend = instead(before, "") if cursor.next.text == ")" else None
        cursor.fail(before, words, "leave the comma out, or write one more argument", mend=mend)
    words = f"`{before.text}` has nothing on its right"
    cursor.fail(before, words, "write what comes after it, or leave it out")


def _modifier_out_of_place(cursor: Cursor, token: Token) -> NoReturn:
    word = token.text.lower()
    if word == "bool":
        words = "`bool` stands right after a comparison, before `on` and `ignoring`"
        cursor.fail(token, words, "for example `a > bool 1`")
    if word in ("on", "ignoring"):
        words = f"`{word}` stands once, right after an operator"
        cursor.fail(token, words, f"for example `a / {word} (job) b`")
    words = f"`{word}` stands right after `on (..)` or `ignoring (..)`"
    cursor.fail(token, words, f"for example `a * on (job) {word} (pool) b`")


def surprise(cursor: Cursor, left: Part, opener: Token | None) -> NoReturn:
    """After the complete expression `left`, inside `opener` if it is given, the next token cannot stand."""
    token = cursor.next
    _equals(cursor, token)
    _closing(cursor, token, opener)
    _brackets(cursor, left, token)
    _keyword(cursor, left, token, opener)
    _side_by_side(cursor, left, token)
    words = f"{shown_token(token)} cannot stand here"
    cursor.fail(token, words, "leave it out, or write an operator before it")


def _equals(cursor: Cursor, token: Token) -> None:
    if token.text == "=":
        after = cursor.peek()
        if after.text in _AFTER_EQUALS:
            place, meant = Part("", None, token.start, after.end), _AFTER_EQUALS[after.text]
            _fail(cursor, place, _Slip(f"PromQL has no `={after.text}`", f"write `{meant}`", meant))
        help = 'write `==`; a single `=` stands in braces: `{job="a"}`'
        _fail(cursor, token, _Slip("`=` does not compare values", help, "=="))
    if token.text in ("=~", "!~"):
        words = f"`{token.text}` matches labels, and stands only in braces"
        cursor.fail(token, words, f'write `x{{label{token.text}"value"}}`')


def _closing(cursor: Cursor, token: Token, opener: Token | None) -> None:
    if token.text in ("]", "}") or (token.text == ")" and opener is None):
        words = f"`{token.text}` closes nothing"
        cursor.fail(token, words, "leave it out, or open it before", mend=instead(token, "", certain=False))
    if token.text == "," and (opener is None or not _is_call(cursor, opener)):
        words = "a comma stands only between arguments, labels and matchers"
        cursor.fail(token, words, "leave it out; to join two expressions, write an operator")
    if token.text == ":":
        cursor.fail(token, "`:` cannot stand here", "it belongs to names, and to subqueries such as `[1h:5m]`")


def _is_call(cursor: Cursor, opener: Token) -> bool:
    index = cursor.tokens.index(opener)
    return index > 0 and cursor.tokens[index - 1].kind in (NAME, VARIABLE_WORD)


def _brackets(cursor: Cursor, left: Part, token: Token) -> None:
    if token.text == "{":
        mends = {
            "selector": ("a selector has one pair of braces", 'put all matchers into one: `{a="1", b="2"}`'),
            "range": ("braces go before the range", 'write `x{job="a"}[5m]`'),
        }
        if left.kind == "variable":
            cursor.fail(token, "braces cannot stand here", "write them right after the metric's name")
        default = ("braces go right after a metric's name", "put them at the metric inside")
        cursor.fail(token, *mends.get(left.kind, default))
    if token.text == "(":
        words = f"nothing joins {_named(cursor, left)} and this parenthesis"
        if left.kind == "selector" and left.name.lower() in ("by", "without"):
            before = Part("", None, left.start, left.end)
            word = left.name.lower()
            cursor.fail(before, f"`{word}` follows an aggregation", f"write `sum {word} (..) (x)`")
        mend = "write an operator between them"
        if left.kind == "aggregate":
            mend = "an aggregation has one pair of parentheses for what it aggregates"
        cursor.fail(token, words, mend)


def _keyword(cursor: Cursor, left: Part, token: Token, opener: Token | None) -> None:
    if token.kind != NAME:
        return
    word = token.text.lower()
    if word in ("by", "without"):
        _label_list(cursor, left, token, opener)
    if word in ("bool", "on", "ignoring", "group_left", "group_right"):
        _modifier_out_of_place(cursor, token)
    if word in ("fill", "fill_left", "fill_right"):
        cursor.fail(token, f"`{word}` stands right after an operator", f"for example `a + {word} (0) b`")
    if word in _WORDS:
        _fail(cursor, token, _WORDS[word])


def _label_list(cursor: Cursor, left: Part, token: Token, opener: Token | None) -> NoReturn:
    word = token.text.lower()
    if left.kind == "aggregate" and left.grouped:
        cursor.fail(token, "this aggregation has a list of labels already", "keep one of them")
    around = cursor.tokens[cursor.tokens.index(opener) - 1].text.lower() if opener is not None else ""
    if around in AGGREGATIONS:
        words = f"`{word}` goes outside of the parentheses of `{around}`"
        cursor.fail(token, words, f"write `{around} {word} (..) (x)`, or `{around}(x) {word} (..)`")
    what = f"`{left.name}` is a function" if left.kind == "call" else "this is no aggregation"
    words = f"only aggregations take `{word}`, and {what}"
    cursor.fail(token, words, f"aggregate: `sum {word} (..) ({cursor.shown(left)})`")


def _side_by_side(cursor: Cursor, left: Part, token: Token) -> None:
    """Two expressions with nothing between them."""
    if token.kind not in (NAME, NUMBER, DURATION, STRING, VARIABLE_WORD):
        return
    if left.kind == "selector" and left.name.lower() in AGGREGATIONS:
        words = f"what `{left.name}` aggregates goes in parentheses"
        inner = f"{token.text}(..)" if cursor.peek().text == "(" else token.text
        cursor.fail(token, words, f"write `{left.name}({inner})`")
    _word_before(cursor)
    if left.kind == "selector" and token.kind == DURATION:
        mend = replaced(left.end, token.end, f"[{token.text}]")
        cursor.fail(token, "a range stands in brackets", f"write `{left.name or 'x'}[{token.text}]`", mend=mend)
    if left.kind == "number" and token.kind == NAME and len(token.text) <= 2:
        place = Part("", None, left.start, token.end)
        help = f"write `{cursor.shown(left)}{token.text}`"
        cursor.fail(
            place, "a duration has no spaces inside", help, mend=replaced(left.end, token.start, "", certain=True)
        )
    words = f"nothing joins {_named(cursor, left)} and {shown_token(token)}"
    cursor.fail(token, words, _joining_mend(left, token))


def _word_before(cursor: Cursor) -> None:
    """The word before the cursor was read as a metric and meant otherwise: `a and not b`, `x > and y`."""
    before = cursor.previous
    if before is None or before.kind != NAME:
        return
    word = before.text.lower()
    if word == "not":
        _fail(cursor, before, _WORDS[word])
    if word in _SET_WORDS and cursor.position > 1:
        left = cursor.tokens[cursor.position - 2]
        words = f"after `{left.text}` an expression was expected, not the operator `{word}`"
        cursor.fail(before, words, f"write what `{left.text}` is to be applied to, or keep one operator")


def _named(cursor: Cursor, left: Part) -> str:
    shown = cursor.shown(left)
    return f"`{shown}`" if shown != "x" or left.name == "x" else "the expression before"


def _joining_mend(left: Part, token: Token) -> str:
    from difflib import get_close_matches

    words = [token.text] + ([left.name] if left.name else [])
    for word in words:
        near = get_close_matches(word.lower(), _JOINING, n=1, cutoff=0.6)
        if near and token.kind == NAME and len(word) > 2:
            return f"did you mean `{near[0]}`? Otherwise write an operator between them"
    return "write an operator between them, such as `+`, `>` or `and`"
