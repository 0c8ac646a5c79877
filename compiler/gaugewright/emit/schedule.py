"""Muted times in words, for people: `Saturday 23:30-24:00; Sunday 00:00-01:30`."""

from __future__ import annotations

from gaugewright.model.rules import Suppression
from gaugewright.model.time_intervals import TimeInterval

MOST_INTERVALS = 6
"""Beyond this a list says less than the cron expression beside it."""


def schedule_in_words(suppression: Suppression) -> str:
    """What is muted, in the suppression's own time zone; the zone itself is not said."""
    shown = suppression.intervals[:MOST_INTERVALS]
    more = len(suppression.intervals) - len(shown)
    words = "; ".join(_interval(interval) for interval in shown)
    return f"{words}; and {more} intervals more" if more else words


def _interval(interval: TimeInterval) -> str:
    days = _days(interval) or "every day"
    times = " and ".join(f"{time.start}-{time.end}" for time in interval.times)
    return f"{days} {times}" if times else f"{days}, all day"


def _days(interval: TimeInterval) -> str:
    parts = [", ".join(_range(text.title()) for text in interval.weekdays)]
    if interval.days_of_month:
        days = ", ".join(_day_of_month(text) for text in interval.days_of_month)
        parts.append(f"if it is {days}" if interval.weekdays else days)
    for texts in (interval.months, interval.years):
        if texts:
            parts.append(f"in {', '.join(_range(text.title()) for text in texts)}")
    return " ".join(filter(None, parts))


def _day_of_month(text: str) -> str:
    first, _, last = text.partition(":")
    if not last or first == last:
        return _one_day(int(first))
    return f"{_one_day(int(first))} to {_one_day(int(last))}"


def _one_day(day: int) -> str:
    if day > 0:
        return f"day {day}"
    return "the last day of the month" if day == -1 else f"day {-day} from the month's end"


def _range(text: str) -> str:
    first, _, last = text.partition(":")
    return f"{first} to {last}" if last and last != first else first
