"""Reads one field of a cron expression: `1-5,10/15`, `FRI#2`, `L`. What has no meaning is refused by term."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gaugewright.diagnostics import TextFinding

CODE = "invalid-cron"
LAST = -1
"""The last day of the month among `Cron.days`; the last such weekday among `Cron.nth_weekdays`."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field may say. `low` and `high` are inclusive."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def limits(self) -> str:
        named = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.low} to {self.high}{named}"


_WEEKDAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MINUTE = FieldRule("minute", 0, 59)
_HOUR = FieldRule("hour", 0, 23)
_DAY = FieldRule("day-of-month", 1, 31)
_MONTH = FieldRule("month", 1, 12, MONTH_NAMES)
_WEEKDAY = FieldRule("day-of-week", 0, 7, _WEEKDAY_NAMES)
FIELDS = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)


@dataclass(frozen=True, slots=True)
class FieldValues:
    """What a field says, collected term by term."""

    numbers: set[int] = field(default_factory=set)
    nth: set[tuple[int, int]] = field(default_factory=set)
    workday: set[int] = field(default_factory=set)


class RefusedTerm(Exception):
    """A term that has no meaning; carries the finding out of the depths of a field."""

    def __init__(self, place: tuple[int, int], message: str, help: str = "") -> None:
        super().__init__(message)
        self.finding = TextFinding(CODE, *place, message, help)


def read_field(rule: FieldRule, word: str, start: int) -> FieldValues:
    values = FieldValues()
    offset = start
    for term in word.split(","):
        place = (offset, offset + len(term)) if term else (start, start + len(word))
        _read_term(rule, term, place, values)
        offset += len(term) + 1
    return values


def _read_term(rule: FieldRule, term: str, place: tuple[int, int], values: FieldValues) -> None:
    if not term:
        raise RefusedTerm(place, f"{rule.name}: a list has a value on both sides of each comma")
    if _read_special(rule, term.upper(), place, values):
        return
    base, slash, step_text = term.partition("/")
    step = _step(rule, step_text, place) if slash else 1
    low, dash, high = base.partition("-")
    if base == "*" or (base == "?" and rule in (_DAY, _WEEKDAY)):
        span = range(rule.low, rule.high + 1)
    elif dash:
        span = _span(rule, low, high, place)
    else:
        first = _number(rule, base, place)
        span = range(first, rule.high + 1 if slash else first + 1)
    values.numbers.update(span[::step])


def _read_special(rule: FieldRule, term: str, place: tuple[int, int], values: FieldValues) -> bool:
    """The last days and the nth weekdays. False where the term is none of them."""
    if rule is _DAY and term in ("L", "LW"):
        (values.numbers if term == "L" else values.workday).add(LAST)
        return True
    if rule is not _WEEKDAY:
        return False
    name, mark, nth = term.partition("#")
    if mark:
        if nth not in ("1", "2", "3", "4", "5"):
            raise RefusedTerm(place, f"{rule.name}: after `#` comes which one of the month, 1 to 5")
        values.nth.add((_number(rule, name, place) % 7, int(nth)))
    elif len(term) > 1 and term.endswith("L"):
        values.nth.add((_number(rule, term[:-1], place) % 7, LAST))
    return bool(mark) or (len(term) > 1 and term.endswith("L"))


def _step(rule: FieldRule, text: str, place: tuple[int, int]) -> int:
    if not re.fullmatch("[0-9]+", text) or not text.strip("0"):
        raise RefusedTerm(place, f"{rule.name}: a step (after `/`) is a whole number from 1, not {shown(text)}")
    return int(text.lstrip("0")[:4])  # no field has 10,000 values, so every longer step is as good as 9999


def _span(rule: FieldRule, low: str, high: str, place: tuple[int, int]) -> range:
    first, last = _number(rule, low, place), _number(rule, high, place)
    if first > last:
        message = f"{rule.name}: the range {shown(f'{low}-{high}')} runs backwards, which cron refuses"
        raise RefusedTerm(place, message, f"Write it as `{','.join(_unwrapped(rule, first, last))}`.")
    return range(first, last + 1)


def _unwrapped(rule: FieldRule, first: int, last: int) -> Iterator[str]:
    """The two ranges that a backwards one stands for. In a week, 7 ends the first and 1 begins the second."""
    begin = 1 if rule is _WEEKDAY else rule.low
    for low, high in ((first, rule.high), (begin, last)):
        if low <= high:
            yield str(low) if low == high else f"{low}-{high}"


def _number(rule: FieldRule, text: str, place: tuple[int, int]) -> int:
    if text.upper() in rule.names:
        return rule.names.index(text.upper()) + (1 if rule is _MONTH else 0)
    if not re.fullmatch("[0-9]+", text):
        raise RefusedTerm(place, f"{rule.name}: {_not_a_value(text)}", f"It takes {rule.limits}.")
    digits = text.lstrip("0") or "0"
    if len(digits) > 2 or not rule.low <= int(digits) <= rule.high:
        raise RefusedTerm(place, f"{rule.name}: {shown(text)} is out of range", f"It takes {rule.limits}.")
    return int(digits)


def _not_a_value(text: str) -> str:
    upper = text.upper()
    if not text:
        return "a value is missing"
    if upper == "H" or "~" in text:
        return f"{shown(text)} is a time that the scheduler picks; a window needs a certain one"
    if upper.endswith("W") and upper[:-1].isdigit():
        return f"{shown(text)} (the nearest weekday) is not known; `LW`, the last one of the month, is"
    short = upper[:3]
    if upper.isalpha() and short in _WEEKDAY_NAMES + MONTH_NAMES:
        return f"{shown(text)} is not a value here" if len(upper) == 3 else f"names are short: {short}"
    return f"{shown(text)} is not a value"


def shown(text: str) -> str:
    """Text of the user, quoted, and cut where it would fill the screen."""
    return f"`{text}`" if len(text) <= 40 else f"`{text[:37]}...`"
