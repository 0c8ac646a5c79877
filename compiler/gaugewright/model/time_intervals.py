"""Turns a suppression schedule (cron and a window's length) into Alertmanager's time intervals, exactly.

**What is muted.** Time intervals speak of the clock on the wall, so a schedule does too: muted is every
minute whose local date and time lies in a window, from the minute that `cron` names up to, and without,
the minute `duration` later *on the wall's clock*. Where the zone has no summer time, that is elapsed time.
On the two nights a year when the clock changes it is not. In spring the skipped hour is muted for no time:
a window of 01:30 to 03:30 lasts one hour, and one that lies in the skipped hour does not happen. In autumn
the repeated hour is muted both times: the same window lasts three hours, and one of 02:10 to 02:20 happens
twice. A window that people know as "until 03:30" thus ends when their clock shows 03:30.

The intervals are exact in every minute of every year. Where leap years matter (the day after 28 February)
the years are written out, up to 2103. Semantics: https://prometheus.io/docs/alerting/latest/configuration/
(time_interval): all conditions of one interval must hold, and one interval is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil

from gaugewright.model.cron import Cron
from gaugewright.model.date_cover import DateRectangle, Range, cover, ranges
from gaugewright.model.muted_times import ALL_DAY, ALL_WEEK, DAY, MAX_MINUTES, MutedTimes, muted_times

_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTH_NAMES = (
    *("", "january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
"""Alertmanager's names, by number: January is 1."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """`start` and `end` as `HH:MM`; `end` is exclusive and may be `24:00`."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """One of Alertmanager's time intervals, in its own words: `saturday`, `monday:friday`, `1:7`, `-1`,
    `december`, `2025:2027`. An empty tuple is no condition. The location belongs to the schedule."""

    times: tuple[TimeRange, ...] = ()
    weekdays: tuple[str, ...] = ()
    days_of_month: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    years: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inexpressible:
    """Why time intervals cannot say a schedule, and the nearest that they can."""

    reason: str
    nearest: str


def time_intervals(cron: Cron, duration_minutes: int, moved: int = 0) -> tuple[TimeInterval, ...] | Inexpressible:
    """The intervals that mute in the windows of this schedule and in no other minute; at least one. `moved`:
    by so many minutes, as `muted_times` says."""
    if duration_minutes < 1:
        return Inexpressible("a window shorter than a minute mutes nothing for certain", "1m")
    if duration_minutes > MAX_MINUTES - max(moved, 0):
        longest = (MAX_MINUTES - max(moved, 0)) // DAY
        reason = f"a window of more than {longest} days reaches over so many years that no calendar rule holds"
        return Inexpressible(reason, f"{longest}d")
    return tuple(
        _interval(muted, rectangle)
        for muted in muted_times(cron, duration_minutes, moved)
        for rectangle in cover(muted.dates)
    )


def whole_minutes(seconds: float) -> int | Inexpressible:
    """A window's length in minutes, which is what time intervals count in."""
    if seconds >= 60 and seconds % 60 == 0:
        return int(seconds // 60)
    reason = f"time intervals count whole minutes, and the window lasts {seconds:g} seconds"
    return Inexpressible(reason, f"{max(ceil(seconds / 60), 1)}m")


def always_muted(intervals: Iterable[TimeInterval]) -> bool:
    """Whether one of these mutes in every minute there is, so that the alert notifies nobody, ever."""
    return TimeInterval(times=(TimeRange("00:00", "24:00"),)) in intervals


def as_mapping(interval: TimeInterval, location: str = "") -> dict[str, object]:
    """The interval under Alertmanager's own field names, without the empty ones: lists, strings, mappings.

    `location` (an IANA time zone) is left out where it is empty or `UTC`, which is Alertmanager's default.
    """
    fields: dict[str, object] = {
        "times": [{"start_time": times.start, "end_time": times.end} for times in interval.times],
        "weekdays": list(interval.weekdays),
        "days_of_month": list(interval.days_of_month),
        "months": list(interval.months),
        "years": list(interval.years),
        "location": "" if location == "UTC" else location,
    }
    return {name: value for name, value in fields.items() if value}


def _interval(muted: MutedTimes, rectangle: DateRectangle) -> TimeInterval:
    any_day = muted.weekdays == ALL_WEEK and rectangle == DateRectangle()
    return TimeInterval(
        times=() if muted.minutes == ALL_DAY and not any_day else _times(muted.minutes),
        weekdays=() if muted.weekdays == ALL_WEEK else _weekdays(muted.weekdays),
        days_of_month=tuple(_spoken(days, str) for days in rectangle.days),
        months=tuple(_spoken(months, MONTH_NAMES.__getitem__) for months in rectangle.months),
        years=tuple(_spoken(years, str) for years in rectangle.years),
    )


def _times(minutes: int) -> tuple[TimeRange, ...]:
    runs = ranges((n for n in range(DAY) if minutes >> n & 1), range(DAY))
    return tuple(TimeRange(_clock(first), _clock(last + 1)) for first, last in runs)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _weekdays(weekdays: int) -> tuple[str, ...]:
    """Ranges run from Sunday to Saturday and cannot wrap; a Sunday that no Monday follows goes last."""
    runs = ranges((n for n in range(7) if weekdays >> n & 1), range(7))
    if runs[0] == (0, 0):
        runs = (*runs[1:], runs[0])
    return tuple(_spoken(days, _WEEKDAYS.__getitem__) for days in runs)


def _spoken(numbers: Range, name: Callable[[int], str]) -> str:
    first, last = numbers
    return name(first) if first == last else f"{name(first)}:{name(last)}"
