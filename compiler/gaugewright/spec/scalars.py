"""What a YAML scalar means, and which character of the file each character of its value is.

Plain scalars follow YAML 1.2's core schema as the spec's language narrows it: `true` and `false`
are the only booleans, and what other readers take for octal numbers, times or dates stays text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from gaugewright.spec.source import Span

_WORDS: dict[str, Any] = {"true": True, "false": False, "": None}
_WORDS.update(dict.fromkeys(("null", "Null", "NULL", "~")))
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAY_BE_VALUE = frozenset("0123456789+-.tfnN~")


class WrittenFloat(float):
    """A number that remembers how it was written, for fields that want text (`1.0` stays "1.0")."""

    __slots__ = ("text",)
    text: str


class WrittenInt(int):
    """As `WrittenFloat`, for whole numbers that Python would write otherwise (`+5`)."""

    text: str


def resolve_plain(text: str) -> Any:
    """The value of a plain scalar: text, a number, a boolean or None."""
    if text and text[0] not in _MAY_BE_VALUE:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return _written_int(text)
    if _FLOAT.fullmatch(text):
        return _written_float(text, text)
    if _SPECIAL.fullmatch(text):
        return _written_float(text, text.replace(".", ""))
    return text


def _written_int(text: str) -> int:
    if text[0] != "+" and text != "-0":
        return int(text)
    number = WrittenInt(text)
    number.text = text
    return number


def _written_float(text: str, digits: str) -> float:
    number = WrittenFloat(digits)
    number.text = text
    return number


def as_written(value: bool | int | float) -> str:
    """How a number or boolean stood in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.text if isinstance(value, (WrittenFloat, WrittenInt)) else str(value)


_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


@lru_cache(maxsize=16)
def value_offsets(text: str, span: Span, value: str) -> tuple[int, ...]:
    """The offset in the file of each character of a scalar's value, and of its end.

    A value and its source differ in white space (indentation, folding) and in escapes only, so the
    two are walked together. Where they cannot be brought together (an alias), every offset is the
    scalar's start.
    """
    at, end = _content(text, span)
    offsets: list[int] = []
    for character in value:
        while span.style == '"' and text.startswith("\\\n", at):
            at = _next_content(text, at, end, span.style)
        if character.isspace() and not _starts_escape(text, at, span.style):
            offsets.append(min(at, end))
            at += at < end and text[at].isspace()
            continue
        at = _next_content(text, at, end, span.style)
        found, after = _decoded(text, at, end, span.style)
        while found is not None and found.isspace() and not character.isspace():
            at = _next_content(text, after, end, span.style)  # white space that was counted already
            found, after = _decoded(text, at, end, span.style)
        if found != character:
            return (*[span.start] * len(value), span.end)
        offsets.append(at)
        at = after
    offsets.append(min(at, end))
    return tuple(offsets)


def character_end(text: str, at: int, span: Span) -> int:
    """Where the character of a scalar's value that is written at `at` ends: an escape is longer than one."""
    return max(_decoded(text, at, _content(text, span)[1], span.style)[1], at + 1)


def _content(text: str, span: Span) -> tuple[int, int]:
    if span.style in ("|", ">"):
        line_end = text.find("\n", span.start)
        return (line_end + 1 if line_end >= 0 else span.end), span.end
    if span.style in ("'", '"'):
        return span.start + 1, span.end - 1
    return span.start, span.end


def _starts_escape(text: str, at: int, style: str | None) -> bool:
    return style == '"' and text.startswith("\\", at) and not text.startswith("\\\n", at)


def _next_content(text: str, at: int, end: int, style: str | None) -> int:
    while at < end:
        if text[at].isspace():
            at += 1
        elif style == '"' and text.startswith("\\\n", at):
            at += 2
        else:
            break
    return at


def _decoded(text: str, at: int, end: int, style: str | None) -> tuple[str | None, int]:
    if at >= end:
        return None, at
    character = text[at]
    if style == "'" and character == "'":
        return "'", at + 2
    if style != '"' or character != "\\":
        return character, at + 1
    escape = text[at + 1]
    digits = _HEX_DIGITS.get(escape)
    if digits is None:
        return _ESCAPES.get(escape), at + 2
    return chr(int(text[at + 2 : at + 2 + digits], 16)), at + 2 + digits
