"""Sets of dates that repeat every year, such as "28 February": the calendar that suppression windows move in.

A set is two bit masks, since leap years number their days differently. Whole windows are moved by days
with `shifted`, so what spills over midnight, over a month's end, over 28 February and over New Year comes
out as the calendar has it, with no case of its own.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate

COMMON_YEAR: tuple[int, ...] = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LEAP_YEAR: tuple[int, ...] = (31, 29, *COMMON_YEAR[2:])
MONTHS = range(1, 13)
_ALL = {COMMON_YEAR: (1 << 365) - 1, LEAP_YEAR: (1 << 366) - 1}
_OFFSETS = {lengths: (0, *accumulate(lengths)) for lengths in (COMMON_YEAR, LEAP_YEAR)}

MAX_SHIFT = 300
"""Days. Up to here the previous year reaches into this one with days after February only, which are the
same in every year; further, the leap years of both would matter."""


@dataclass(frozen=True, slots=True)
class DateSet:
    """Bit n is the day n, from 0, of a year of 365 days in `common`, of 366 days in `leap`."""

    common: int
    leap: int

    def __bool__(self) -> bool:
        return bool(self.common or self.leap)

    def __or__(self, other: DateSet) -> DateSet:
        return DateSet(self.common | other.common, self.leap | other.leap)

    def __and__(self, other: DateSet) -> DateSet:
        return DateSet(self.common & other.common, self.leap & other.leap)

    def __sub__(self, other: DateSet) -> DateSet:
        return DateSet(self.common & ~other.common, self.leap & ~other.leap)

    def __le__(self, other: DateSet) -> bool:
        return not self - other

    def __contains__(self, day: date) -> bool:
        bits = self.leap if isleap(day.year) else self.common
        return bool(bits >> (day.timetuple().tm_yday - 1) & 1)

    def shifted(self, days: int) -> DateSet:
        """The dates that lie `days` (-1 to `MAX_SHIFT`) after those of this set."""
        if not -1 <= days <= MAX_SHIFT:
            raise ValueError(f"dates move by -1 to {MAX_SHIFT} days, not {days}")
        if days == -1:  # 31 December comes before 1 January, which is in a set in every year or in none
            return DateSet(
                self.common >> 1 | (self.common & 1) << 364,
                self.leap >> 1 | (self.leap & 1) << 365,
            )
        from_last_year = self.common >> (365 - days)
        return DateSet(
            (self.common << days) & _ALL[COMMON_YEAR] | from_last_year,
            (self.leap << days) & _ALL[LEAP_YEAR] | from_last_year,
        )


ALL_DATES = DateSet(_ALL[COMMON_YEAR], _ALL[LEAP_YEAR])


@lru_cache(maxsize=4096)
def dates(months: frozenset[int], days: tuple[int, ...]) -> DateSet:
    """The dates in these months (1 to 12) on these days: 1 to 31, or -1 to -31 from the month's end.
    A day that a month lacks is not in the set."""
    return DateSet(*(_bits(months, days, lengths) for lengths in (COMMON_YEAR, LEAP_YEAR)))


def _bits(months: Collection[int], days: Collection[int], lengths: tuple[int, ...]) -> int:
    bits = 0
    for month in months:
        length = lengths[month - 1]
        for day in days:
            number = day if day > 0 else length + 1 + day
            if 1 <= number <= length:
                bits |= 1 << (_OFFSETS[lengths][month - 1] + number - 1)
    return bits
