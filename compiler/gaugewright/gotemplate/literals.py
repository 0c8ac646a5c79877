"""Go's strings, characters and numbers in templates (strconv, and newNumber of text/template/parse)."""

from __future__ import annotations

import re
from math import isfinite
from typing import Literal

NumberKind = Literal["int", "float", "complex"]

_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\\)", re.S
)
_INTEGER = re.compile(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)"
)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEXADECIMAL = re.compile(
    r"[+-]?0[xX](?:(?:_?[0-9a-fA-F])+\.?(?:[0-9a-fA-F](?:_?[0-9a-fA-F])*)?|\.[0-9a-fA-F](?:_?[0-9a-fA-F])*)"
    r"[pP][+-]?[0-9](?:_?[0-9])*"
)
_RADIX = {"x": 16, "o": 8, "b": 2}


def unquoted(text: str) -> str | None:
    """The value of a string with its quotes, or None where an escape is not Go's."""
    inner = text[1:-1]
    if text[0] == "`":
        return inner.replace("\r", "")
    return _unescaped(inner, '"') if "\\" in inner else inner


def value_places(text: str) -> tuple[int, ...]:
    """Where each character of a string's value begins in the string with its quotes; one more for its end."""
    if text[0] == "`":
        return tuple(at for at in range(1, len(text)) if text[at] != "\r")
    if "\\" not in text:
        return tuple(range(1, len(text)))
    places, at = [], 1
    while at < len(text) - 1:
        places.append(at)
        escape = _ESCAPE.match(text, at)
        at = escape.end() if escape is not None else at + 1
    return (*places, len(text) - 1)


def is_character(text: str) -> bool:
    """Whether `'x'`, with its quotes, is one character."""
    value = _unescaped(text[1:-1], "'")
    return value is not None and len(value) == 1


def _unescaped(inner: str, quote: str) -> str | None:
    good = True

    def replaced(match: re.Match[str]) -> str:
        nonlocal good
        simple, octal, *hexadecimal, _ = match.groups()
        if simple is not None:
            good = good and (simple not in "'\"" or simple == quote)
            return _ESCAPES.get(simple, simple)
        digits = next((digits for digits in hexadecimal if digits), None)
        code = int(octal, 8) if octal else int(digits, 16) if digits else -1
        good = good and 0 <= code <= (0xFF if octal else 0x10FFFF) and not 0xD800 <= code < 0xE000
        return chr(code) if good else ""

    value = _ESCAPE.sub(replaced, inner)
    return value if good else None


def scan_number(text: str, at: int) -> tuple[int, bool]:
    """Where a number that begins at `at` ends, and whether nothing of a word hangs on to it."""
    end = _past(text, at, "+-", once=True)
    digits = "0123456789_"
    if text[end : end + 1] == "0":
        end += 1
        letter = text[end : end + 1]
        if letter and letter in "xXoObB":
            end += 1
            digits = {"x": "0123456789abcdefABCDEF_", "o": "01234567_", "b": "01_"}[letter.lower()]
    end = _past(text, end, digits)
    if text[end : end + 1] == ".":
        end = _past(text, end + 1, digits)
    exponent = {11: "eE", 23: "pP"}.get(len(digits), "")
    if text[end : end + 1] and text[end] in exponent:
        end = _past(text, _past(text, end + 1, "+-", once=True), "0123456789_")
    end = _past(text, end, "i", once=True)
    hanging = text[end : end + 1]
    if hanging == "_" or hanging.isalpha() or hanging.isdecimal():
        return end + 1, False
    return end, True


def _past(text: str, at: int, characters: str, once: bool = False) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
        if once:
            break
    return at


def number_kind(text: str) -> NumberKind | None:
    """What Go takes a number for where nothing else decides; None where it is no number, or too large."""
    if text.endswith("i") and _is_float(text[:-1]):
        return "complex"
    if not _is_integer(text) and not (_is_float(text) and any(letter in text for letter in ".eEpP")):
        return None
    is_hexadecimal = text[:2].lower() == "0x" and "p" not in text.lower()
    return "float" if not is_hexadecimal and any(letter in text for letter in ".eEpP") else "int"


def is_complex(text: str) -> bool:
    """Whether `1+2i` is a pair of numbers."""
    match = re.fullmatch(r"(.+?)([+-][^+-]+|[+-][^+-]+[eEpP][+-][^+-]+)i", text.replace("_", ""))
    return match is not None and _is_float(match[1]) and _is_float(match[2])


def _is_integer(text: str) -> bool:
    if _INTEGER.fullmatch(text) is None:
        return False
    digits = text.lstrip("+-").replace("_", "").lower()
    radix = _RADIX.get(digits[1:2], 8 if digits.startswith("0") else 10)
    if len(digits) > 70:  # no integer of 64 bits is that long
        return False
    value = int(digits[2:] if digits[1:2] in _RADIX else digits, radix)
    return value < 2**64 if text[0] not in "+-" else value < 2**63 + (text[0] == "-")


def _is_float(text: str) -> bool:
    """A float that is not too large. Underscores may stand in hexadecimal ones alone."""
    try:
        if _HEXADECIMAL.fullmatch(text):
            return isfinite(float.fromhex(text.replace("_", "")))
        return _DECIMAL.fullmatch(text) is not None and isfinite(float(text))
    except OverflowError:
        return False
