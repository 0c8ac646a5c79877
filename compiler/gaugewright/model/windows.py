"""The next windows of a suppression schedule, as real moments: for people who ask when an alert is muted.

What a window is on the nights when the clock changes is said in `time_intervals`; here those nights come
out as they will happen, with windows that are shorter, longer, missing or there twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from gaugewright.model.cron import Cron
from gaugewright.model.muted_times import DAY, MutedTimes, muted_minutes, muted_times

_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)

ENDLESS = timedelta(days=3653)
"""A window of ten years is called endless: by then every leap year's gap has been met."""

PATIENCE = timedelta(days=41 * 366)
"""Where this passes without a window there is none: 29 February comes on a given weekday every 28 years, or
40 where a year such as 2100 lies between."""

_Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` until just before `end`: aware, in the schedule's zone. Without `end` it never closes."""

    start: datetime
    end: datetime | None


def next_windows(cron: Cron, duration_minutes: int, zone: str, start: datetime, count: int) -> tuple[Window, ...]:
    """The first `count` of `windows`; fewer where there are no more."""
    return tuple(islice(windows(cron, duration_minutes, zone, start), count))


def windows(cron: Cron, duration_minutes: int, zone: str, start: datetime) -> Iterator[Window]:
    """The windows from `start` (aware) on, in order; windows that touch or overlap are one.

    One that is open at `start` begins there. They go on until an endless one or the calendar's last years.
    Raises what `ZoneInfo` raises for no zone, and ValueError for a duration that `time_intervals` refuses.
    """
    local = ZoneInfo(zone)
    muted = muted_times(cron, duration_minutes)
    for first, last in _joined(_stretches(muted, local, start.astimezone(UTC))):
        yield Window(first.astimezone(local), None if last - first > ENDLESS else last.astimezone(local))


def _joined(stretches: Iterator[_Stretch]) -> Iterator[_Stretch]:
    """Stretches that touch become one. The last is one that is endless, if there is such a one."""
    current = next(stretches, None)
    if current is None:
        return
    for first, last in stretches:
        if first != current[1]:
            yield current
            current = (first, last)
            continue
        current = (current[0], last)
        if last - current[0] > ENDLESS:
            break
    yield current


def _stretches(muted: tuple[MutedTimes, ...], zone: ZoneInfo, start: datetime) -> Iterator[_Stretch]:
    """The muted stretches of each day of UTC, in UTC and in order."""
    begin, found = start.replace(second=0, microsecond=0), start
    while begin - found < PATIENCE and begin.year < 9990:
        for first, last in _of_a_day(muted, zone, begin):
            found = last
            yield max(first, start), last
        begin += _ONE_DAY


def _of_a_day(muted: tuple[MutedTimes, ...], zone: ZoneInfo, begin: datetime) -> Iterator[_Stretch]:
    """No clock is more than a day from UTC, so a day without muted neighbours has none, in any zone."""
    days = [begin.date() + offset * _ONE_DAY for offset in (-1, 0, 1, 2)]
    minutes = {day: muted_minutes(muted, day) for day in days}
    if not any(minutes.values()):
        return
    for first, last in _between_changes(zone, begin, begin + _ONE_DAY):
        wall = first.astimezone(zone).replace(tzinfo=None)
        length = (last - first) // _ONE_MINUTE
        for run_start, run_end in _runs(_from(minutes, wall) & ((1 << length) - 1)):
            yield first + run_start * _ONE_MINUTE, first + run_end * _ONE_MINUTE


def _between_changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[_Stretch]:
    """Cut a day where the clock changes, which is once at most and at a whole minute."""
    offset = begin.astimezone(zone).utcoffset()
    if offset == end.astimezone(zone).utcoffset():
        yield begin, end
        return
    before, after = 0, (end - begin) // _ONE_MINUTE
    while after - before > 1:
        middle = (before + after) // 2
        if (begin + middle * _ONE_MINUTE).astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    change = begin + after * _ONE_MINUTE
    yield begin, change
    yield change, end


def _from(minutes: dict[date, int], wall: datetime) -> int:
    """The muted minutes of the wall's clock from this one on: bit 0 is this minute."""
    today = wall.date()
    following = sum(mask << (DAY * (day - today).days) for day, mask in minutes.items() if day >= today)
    return following >> (60 * wall.hour + wall.minute)


def _runs(mask: int) -> Iterator[tuple[int, int]]:
    """Runs of set bits: the first, and the one after the last."""
    position = 0
    while mask:
        skipped = (mask & -mask).bit_length() - 1
        mask >>= skipped
        length = (~mask & (mask + 1)).bit_length() - 1
        position += skipped
        yield position, position + length
        mask >>= length
        position += length
