"""Explains lists of labels (`by`, `on`, `group_left`, ...) and the values of `fill`."""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from gaugewright.diagnostics import replaced
from gaugewright.promql.explain.cursor import END, SYNTAX, UNSUPPORTED, Cursor, instead, shown_token
from gaugewright.promql.tokens import DURATION, NAME, NUMBER, STRING, VARIABLE_WORD, Token


class Labels(NamedTuple):
    """A label list that has been read: its keyword, the names, and where it ends."""

    keyword: Token
    names: tuple[str, ...]
    end: int


def label_list(cursor: Cursor, optional: bool = False) -> Labels:
    """The list at the cursor, keyword first; after group_left it is optional."""
    keyword = cursor.take()
    if cursor.next.text != "(":
        if optional:
            return Labels(keyword, (), keyword.end)
        _no_list(cursor, keyword)
    opener = cursor.take()
    names: list[str] = []
    while cursor.next.text != ")":
        names.append(_label(cursor, keyword, opener))
        _separator(cursor, keyword, opener)
    return Labels(keyword, tuple(names), cursor.take().end)


def _no_list(cursor: Cursor, keyword: Token) -> NoReturn:
    word = keyword.text.lower()
    if cursor.next.kind in (NAME, VARIABLE_WORD):
        cursor.fail(
            cursor.next,
            f"the labels after `{word}` go in parentheses",
            f"write `{word} ({cursor.next.text})`",
            mend=instead(cursor.next, f"({cursor.next.text})"),
        )
    place = keyword if cursor.next.kind == END else cursor.next
    words = f"`{word}` wants a list of labels, and here is {shown_token(cursor.next)}"
    cursor.fail(place, words, f"write the labels in parentheses: `{word} (job)`, or `{word} ()` for none")


def _label(cursor: Cursor, keyword: Token, opener: Token) -> str:
    token = cursor.take()
    if token.text.lower() in ("inf", "nan"):
        cursor.fail(token, f"`{token.text}` is a number here", f'write `{keyword.text} ("{token.text}")`')
    if token.text.lower() in ("without", "anchored", "smoothed"):
        code = SYNTAX if token.text.lower() == "without" else UNSUPPORTED
        mend = f'as a label, write it in quotes: `{keyword.text} ("{token.text}")`'
        cursor.fail(token, f"`{token.text}` is a keyword, and cannot stand here", mend, code)
    if token.kind == NAME:
        if ":" in token.text:
            mend = f'write it in quotes: `{keyword.text} ("{token.text}")`'
            cursor.fail(token, "our parser takes no label with a colon in its name", mend, UNSUPPORTED)
        return token.text
    if token.kind in (STRING, VARIABLE_WORD):
        return token.text.strip("'\"`")
    if token.kind == END:
        cursor.fail(opener, f"the list after `{keyword.text}` is never closed", "add `)` after the last label")
    if token.text == ",":
        cursor.fail(token, "a label is missing before this comma", "leave the comma out, or name a label")
    cursor.fail(
        token,
        f"here a label's name was expected, not {shown_token(token)}",
        "name labels only: `(job, pool)`",
    )


def _separator(cursor: Cursor, keyword: Token, opener: Token) -> None:
    token = cursor.next
    if token.text == ",":
        cursor.take()
    elif token.kind == END:
        cursor.fail(opener, f"the list after `{keyword.text}` is never closed", "add `)` after the last label")
    elif token.text in ("=", "==", "!=", "=~", "!~"):
        words = f"`{keyword.text}` takes labels' names alone, no values"
        cursor.fail(token, words, 'put the condition into the selector\'s braces: `x{job="a"}`')
    elif token.text != ")":
        words = f"between labels a comma was expected, not {shown_token(token)}"
        before = cursor.previous.end if cursor.previous is not None else token.start
        mend = replaced(before, before, ",", certain=True) if token.kind == NAME else None
        cursor.fail(token, words, "separate labels by `,`", mend=mend)


def fill_values(cursor: Cursor) -> Token:
    """Takes `fill (n)` or its one-sided forms; the first keyword."""
    first = cursor.next
    while cursor.word in ("fill", "fill_left", "fill_right") and cursor.peek().text == "(":
        keyword = cursor.take()
        opener = cursor.take()
        if cursor.next.text in ("+", "-"):
            cursor.take()
        value = cursor.take()
        if value.kind not in (NUMBER, DURATION, VARIABLE_WORD) and value.text.lower() not in ("inf", "nan"):
            place = opener if value.kind == END else value
            cursor.fail(place, f"`{keyword.text}` wants one number", f"for example `{keyword.text} (0)`")
        if cursor.next.text != ")":
            place = opener if cursor.next.kind == END else cursor.next
            cursor.fail(place, f"after the number of `{keyword.text}` a `)` was expected", "add the `)`")
        cursor.take()
    return first
