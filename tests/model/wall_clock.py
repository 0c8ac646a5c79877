"""Two independent ways to say which minutes are muted, as one bit for each minute of some years.

`by_cron` asks cronsim for the minutes at which windows open. `by_intervals` evaluates time intervals, from
their mappings, as Alertmanager documents it: all fields of an interval must match, one entry of a field is
enough, a negative day counts from the month's end, and days are clamped to the month.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from cronsim import CronSim

DAY = 1440
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)


@lru_cache
def days_between(start: date, end: date) -> tuple[date, ...]:
    return tuple(start + timedelta(days=n) for n in range((end - start).days))


MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""As crontab(5) has them. cronsim knows neither these nor `?`, which says in Quartz what `*` does here."""


def plain(text: str) -> str:
    """The expression in words that cronsim knows."""
    return MACROS.get(text, text).replace("?", "*")


def by_cron(text: str, minutes: int, start: date, end: date) -> int:
    """Bit n is the minute n from `start`: muted by a window of `minutes` that cronsim opens."""
    judge = CronSim(plain(text), datetime(2000, 1, 1))
    opened = sum(1 << (60 * hour + minute) for hour in judge.hours for minute in judge.minutes)
    early = minutes // DAY + 1
    blank, whole = bytes(DAY // 8), opened.to_bytes(DAY // 8, "little")
    days = days_between(start - timedelta(days=early), end)
    opens = b"".join(whole if day.month in judge.months and judge.match_day(day) else blank for day in days)
    muted, done = int.from_bytes(opens, "little"), 1
    while done < minutes:
        more = min(done, minutes - done)
        muted |= muted << more
        done += more
    return muted >> (early * DAY) & ((1 << (DAY * (end - start).days)) - 1)


def by_intervals(intervals: Iterable[Mapping[str, Any]], start: date, end: date) -> int:
    """Bit n is the minute n from `start`: muted by one of these intervals, on a clock without changes."""
    parts = [(_days(interval, start, end), _minutes(interval.get("times"))) for interval in intervals]
    muted = bytearray()
    for n in range((end - start).days):
        today = 0
        for days, minutes in parts:
            if days >> n & 1:
                today |= minutes
        muted += today.to_bytes(DAY // 8, "little")
    return int.from_bytes(muted, "little")


def _days(interval: Mapping[str, Any], start: date, end: date) -> int:
    days = (1 << (end - start).days) - 1
    for field in ("weekdays", "days_of_month", "months", "years"):
        if field in interval:
            entries = 0
            for entry in interval[field]:
                entries |= _matching(field, entry, start, end)
            days &= entries
    return days


@cache
def _matching(field: str, entry: str, start: date, end: date) -> int:
    """The days, bit n for the day n, that this entry of this field matches."""
    return sum(1 << n for n, day in enumerate(days_between(start, end)) if _matches(field, entry, day))


def _matches(field: str, entry: str, day: date) -> bool:
    first, _, last = entry.partition(":")
    last = last or first
    if field == "weekdays":
        return WEEKDAYS.index(first) <= day.isoweekday() % 7 <= WEEKDAYS.index(last)
    if field == "months":
        return MONTHS.index(first) < day.month <= MONTHS.index(last) + 1
    if field == "years":
        return int(first) <= day.year <= int(last)
    length = monthrange(day.year, day.month)[1]
    begin, finish = (int(n) if int(n) > 0 else length + 1 + int(n) for n in (first, last))
    if begin > length:
        return False
    begin, finish = (max(-length, min(length, n)) for n in (begin, finish))
    return begin <= day.day <= finish


def _minutes(times: Iterable[Mapping[str, str]] | None) -> int:
    if times is None:
        return (1 << DAY) - 1
    muted = 0
    for part in times:
        first, last = _minute(part["start_time"]), _minute(part["end_time"])
        muted |= (1 << last) - (1 << first)
    return muted


def _minute(clock: str) -> int:
    return 60 * int(clock[:2]) + int(clock[3:])


def first_difference(one: int, other: int, start: date) -> datetime | None:
    """The first minute that is muted in one and not in the other."""
    differing = one ^ other
    if not differing:
        return None
    midnight = datetime(start.year, start.month, start.day)
    return midnight + timedelta(minutes=(differing & -differing).bit_length() - 1)
