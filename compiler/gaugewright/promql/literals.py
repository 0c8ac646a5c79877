"""The values of PromQL's literals: numbers, durations and strings.

As Prometheus reads them: numbers by Go's ParseInt and ParseFloat, durations by its `model.ParseDuration`
(units from large to small, each at most once), strings by Go's escapes.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?", re.ASCII)
_SIMPLE_DURATION = re.compile(r"(\d{1,9})(ms|[smhdwy])", re.ASCII)

LONGEST_DURATION = 9_223_372_036.0
"""In seconds, about 292 years: what Prometheus holds. promql-parser panics on much longer ones."""


def number_value(text: str) -> float | None:
    """The value of a number as written; None where Prometheus takes it for no number or for too large a one.

    A leading zero makes it octal (`010` is 8), as in Go.
    """
    if text.isdecimal() and (text[0] != "0" or text == "0") and len(text) < 16:
        return float(text)
    word = text.lower()
    if word in ("inf", "nan"):
        return math.inf if word == "inf" else math.nan
    if "_" not in word and (word[0] != "0" or word.startswith("0.")):
        value = float(word)
        return None if value == math.inf else value
    return _unusual_number(word)


def _unusual_number(word: str) -> float | None:
    """A number with underscores, a hexadecimal or an octal one."""
    digits = word.replace("_", "")
    try:
        if word.startswith("0x"):
            value = int(digits, 16)
            return float(value) if value < 2**63 else None
        if re.fullmatch(r"0[0-7]+", digits):
            return float(int(digits, 8))
        if "_" in word and not (re.fullmatch(r"\d+(_\d+)*", word, re.ASCII) and not word.startswith("0")):
            return None
        value_ = float(digits)
    except (ValueError, OverflowError):
        return None
    return None if value_ == math.inf else value_


def duration_seconds(text: str) -> float | None:
    """The seconds of `1h30m`; None where the units are out of order or repeated."""
    if (simple := _SIMPLE_DURATION.fullmatch(text)) is not None:
        return int(simple[1]) * _UNITS[simple[2]]
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    milliseconds = sum(
        int(count[:20]) * round(_UNITS[unit] * 1000)
        for count, unit in zip(match.groups(), _UNITS, strict=True)
        if count
    )
    return milliseconds / 1000


class EscapeMistake(NamedTuple):
    """A backslash that Prometheus does not take: where it is in the literal, and why."""

    start: int
    end: int
    words: str


_SIMPLE_ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}
_CODED_ESCAPE = re.compile(r"([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")


def unquote(literal: str) -> str | EscapeMistake:
    """The text that a quoted string stands for."""
    quote, body = literal[0], literal[1:-1]
    if quote == "`" or "\\" not in body:
        return body
    out = bytearray()
    position = 0
    while (slash := body.find("\\", position)) >= 0:
        out += body[position:slash].encode("utf-8", "replace")
        escape = body[slash + 1]
        if escape == quote or escape in _SIMPLE_ESCAPES:
            out.append(_SIMPLE_ESCAPES.get(escape, ord(quote)))
            position = slash + 2
            continue
        match = _CODED_ESCAPE.match(body, slash + 1)
        coded = _coded(match) if match is not None else None
        if match is None or coded is None:
            return EscapeMistake(slash + 1, slash + 3, f"`\\{escape}` is no escape that PromQL knows")
        out += coded
        position = match.end()
    out += body[position:].encode("utf-8", "replace")
    return out.decode("utf-8", "replace")


def _coded(match: re.Match[str]) -> bytes | None:
    """The bytes of an escape by number: octal and \\x give one byte, \\u and \\U a character."""
    octal, byte, short, long = match.groups()
    if octal or byte:
        value = int(octal, 8) if octal else int(byte, 16)
        return bytes([value]) if value < 256 else None
    code = int(short or long, 16)
    return None if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code).encode()


def quote(value: str) -> str:
    """`value` as a double-quoted PromQL string."""
    body = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{body}"'


def whole_duration(seconds: float) -> str:
    """A length of time in whole units, as few as one: "90m"; "1ms" where it is shorter."""
    milliseconds = round(seconds * 1000)
    for unit in ("w", "d", "h", "m", "s", "ms"):
        size = round((duration_seconds(f"1{unit}") or 0.0) * 1000)
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return "1ms"
