"""Says a set of dates in Alertmanager's words: days of month (negative ones too), months and years.

A time interval holds the dates whose day *and* month *and* year match, so it is a rectangle of days by
months, and a set of dates is a union of some. We want few of them, made of few ranges, because people read
them. Rows of days are tried in several orders (from the month's start; with the last 1 to 7 days counted
from its end), grouped by days and by months, and the shortest wins. Dates that only leap years, or only the
others, have (the day after 28 February) need the years written out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_

from gaugewright.model.date_sets import COMMON_YEAR, LEAP_YEAR, MONTHS, DateSet, dates

Range = tuple[int, int]
"""Both ends are inclusive."""

LEAP_YEARS: tuple[Range, ...] = tuple((year, year) for year in range(2024, 2100, 4))
COMMON_YEARS: tuple[Range, ...] = (
    (2021, 2023),
    *((y + 1, y + 3) for y in range(2024, 2096, 4)),
    (2097, 2103),
)
"""Written out from the first Alertmanager with time intervals (2021) to the last year before the leap year
2104. 2100 is no leap year."""

_POSITIVE = tuple(range(1, 32))
_NEGATIVE = tuple(range(-1, -32, -1))
_WHOLE_MONTHS = tuple((month, dates(frozenset((month,)), _POSITIVE)) for month in MONTHS)
_WEEK = 7  # the longest tail of a month that cron can name: the week of `5L`


_ANY_MONTH = sum(1 << month for month in MONTHS)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Kinds of years that a rectangle holds in: their calendars, and how they are written out."""

    calendars: tuple[tuple[int, ...], ...]
    years: tuple[Range, ...]


_EVERY_YEAR = _Kind((COMMON_YEAR, LEAP_YEAR), ())
_COMMON = _Kind((COMMON_YEAR,), COMMON_YEARS)
_LEAP = _Kind((LEAP_YEAR,), LEAP_YEARS)


@dataclass(frozen=True, slots=True)
class DateRectangle:
    """Dates whose day, month and year are in one of these ranges; an empty tuple says any."""

    days: tuple[Range, ...] = ()
    months: tuple[Range, ...] = ()
    years: tuple[Range, ...] = ()

    @property
    def size(self) -> int:
        """How much there is to read."""
        return len(self.days) + len(self.months) + len(self.years)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row (a day) or a column (a month) of the table of days by months. The masks are over the other
    side: where it must be covered, and where it may be (more: what is covered anyway, or is no date)."""

    keys: tuple[int, ...]
    must: int
    may: int


@lru_cache(maxsize=1024)
def cover(wanted: DateSet) -> tuple[DateRectangle, ...]:
    """Rectangles whose union is `wanted` in every year (to 2103, where they need the years)."""
    best = min(_covers(wanted, 0), key=reading_length)
    allowed = _allowed_months(wanted, _EVERY_YEAR)
    for tail in range(1, _WEEK + 1):
        if len(best) > 1 and allowed[-tail]:
            best = min(best, *_covers(wanted, tail), key=reading_length)
    return best


def reading_length(rectangles: Iterable[DateRectangle]) -> tuple[int, int]:
    """Order of preference among covers: fewer rectangles, then fewer ranges in them."""
    sizes = [rectangle.size for rectangle in rectangles]
    return len(sizes), sum(sizes)


def _covers(wanted: DateSet, tail: int) -> tuple[tuple[DateRectangle, ...], ...]:
    """Covers with the last `tail` days of months counted from the end, grouped by days and by months. What no
    row can say in common and leap years alike is left over, and said for each of the two by itself."""
    order = (*_NEGATIVE[:tail], *_POSITIVE, *_NEGATIVE[tail:])
    rows, left = _rows(wanted, wanted, order, _EVERY_YEAR)
    common, _ = _rows(wanted, DateSet(left.common, 0), order, _COMMON)
    leap, _ = _rows(wanted, DateSet(0, left.leap), order, _LEAP)
    tables = ((rows, _EVERY_YEAR), (common, _COMMON), (leap, _LEAP))
    return tuple(
        tuple(rectangle for table, kind in tables for rectangle in _rectangles(table, by_month, kind))
        for by_month in (False, True)
    )


def _rows(wanted: DateSet, left: DateSet, order: tuple[int, ...], kind: _Kind) -> tuple[list[_Line], DateSet]:
    """The rows that cover `left` without leaving `wanted`, taken greedily in this order, and what remains."""
    rows = []
    allowed = _allowed_months(wanted, kind)
    for day in order:
        if not left:
            break
        row = dates(_members(allowed[day]), (day,))
        if left & row:
            rows.append(_Line((day,), _touched_months(left & row, kind), allowed[day]))
            left = left - row
    return rows, left


@lru_cache(maxsize=1024)
def _allowed_months(wanted: DateSet, kind: _Kind) -> dict[int, int]:
    """For each day, the months (bit n for the month n) in which saying it does not leave `wanted`."""
    every_month = frozenset(MONTHS)
    return {
        day: _ANY_MONTH & ~_touched_months(dates(every_month, (day,)) - wanted, kind) for day in _POSITIVE + _NEGATIVE
    }


def _touched_months(some: DateSet, kind: _Kind) -> int:
    """The months (bit n for the month n) that have any of these dates, in years of this kind."""
    common = some.common if COMMON_YEAR in kind.calendars else 0
    leap = some.leap if LEAP_YEAR in kind.calendars else 0
    if not common | leap:
        return 0
    return _mask(m for m, whole in _WHOLE_MONTHS if common & whole.common or leap & whole.leap)


def _rectangles(rows: list[_Line], by_month: bool, kind: _Kind) -> list[DateRectangle]:
    found = []
    for group in _grouped(_columns(rows) if by_month else rows):
        must = _mask(group.keys) if by_month else group.must
        used = [row for i, row in enumerate(rows) if group.must >> i & 1] if by_month else _of(rows, group)
        may = reduce(and_, (row.may for row in used))
        months = () if may == _ANY_MONTH else _runs(MONTHS, must, may)
        days = _day_ranges([row.keys[0] for row in used], months, kind)
        found.append(DateRectangle(days, months, kind.years))
    return found


def _of(rows: list[_Line], group: _Line) -> list[_Line]:
    return [row for row in rows if row.keys[0] in group.keys]


def _columns(rows: list[_Line]) -> list[_Line]:
    """The same table, by month."""
    columns = []
    for month in MONTHS:
        must = _mask(i for i, row in enumerate(rows) if row.must >> month & 1)
        may = _mask(i for i, row in enumerate(rows) if row.may >> month & 1)
        if must:
            columns.append(_Line((month,), must, may))
    return columns


def _grouped(lines: list[_Line]) -> list[_Line]:
    """Join lines that can be said in one rectangle: all must fits into what each may."""
    groups: list[_Line] = []
    for line in lines:
        for i, group in enumerate(groups):
            must, may = group.must | line.must, group.may & line.may
            if not must & ~may:
                groups[i] = _Line((*group.keys, *line.keys), must, may)
                break
        else:
            groups.append(line)
    return groups


def _day_ranges(days: Iterable[int], months: tuple[Range, ...], kind: _Kind) -> tuple[Range, ...]:
    """Ranges of days, from the start of the month first. All days of these months are no condition at all."""
    mask = _mask(day + 32 for day in days)
    numbers = [month for first, last in months for month in range(first, last + 1)] or MONTHS
    longest = max(lengths[month - 1] for month in numbers for lengths in kind.calendars)
    if not ~mask & _mask(day + 32 for day in range(1, longest + 1)):
        return ()
    backward, forward = range(1, 32), range(33, 64)
    return tuple((a - 32, b - 32) for side in (forward, backward) for a, b in _runs(side, mask, mask))


def _runs(numbers: range, must: int, may: int) -> tuple[Range, ...]:
    """The fewest ranges that hold all of `must` and nothing outside `may`."""
    found: list[Range] = []
    is_open = False
    for number in numbers:
        if not may >> number & 1:
            is_open = False
        elif must >> number & 1:
            first = found.pop()[0] if is_open else number
            found.append((first, number))
            is_open = True
    return tuple(found)


def ranges(numbers: Iterable[int], within: range) -> tuple[Range, ...]:
    """The fewest ranges of neighbours that hold exactly these numbers."""
    mask = _mask(numbers)
    return _runs(within, mask, mask)


def _mask(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def _members(mask: int) -> frozenset[int]:
    return frozenset(month for month in MONTHS if mask >> month & 1)
