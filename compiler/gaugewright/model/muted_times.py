"""Which minutes of which days a schedule mutes: a cron expression's windows, cut at midnight.

A window that opens on some day mutes minutes of that day, of the next one where it passes midnight, and of
later ones where it lasts for days. Each of these is a `MutedTimes`; the windows are the union of all. What
is said twice is then joined or cut away, so that the time intervals made of it are few.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

from gaugewright.model.cron import Cron
from gaugewright.model.cron_fields import LAST
from gaugewright.model.date_cover import cover, ranges, reading_length
from gaugewright.model.date_sets import ALL_DATES, MAX_SHIFT, DateSet, dates

DAY = 1440
ALL_DAY = (1 << DAY) - 1
ALL_WEEK = (1 << 7) - 1
MAX_MINUTES = (MAX_SHIFT - 1) * DAY
"""The longest window, so that its last minute is at most `MAX_SHIFT` days after the day it opens on."""

_WORKDAYS = 0b0111110
_FRIDAY = 0b0100000


@dataclass(frozen=True, slots=True)
class MutedTimes:
    """The same minutes on every day that is one of `dates` and one of `weekdays`.

    Bit n of `weekdays` is the weekday n, Sunday being 0; bit n of `minutes` the minute n of the day.
    """

    dates: DateSet
    weekdays: int
    minutes: int

    def __bool__(self) -> bool:
        return bool(self.dates and self.weekdays and self.minutes)


def muted_times(cron: Cron, minutes: int, moved: int = 0) -> tuple[MutedTimes, ...]:
    """The union of the windows of `minutes` (1 to `MAX_MINUTES`) that open when `cron` says, or `moved` minutes
    later (up to a day; earlier where that is negative), as another zone's clock has it."""
    if not 1 <= minutes <= MAX_MINUTES - max(moved, 0) or abs(moved) > DAY:
        raise ValueError(f"a window lasts 1 to {MAX_MINUTES} minutes, not {minutes}, moved by {moved}")
    opened = sum(1 << (60 * hour + minute) for hour in cron.hours for minute in cron.minutes)
    before = 1 if moved < 0 else 0
    lasting = _smeared(opened, minutes) << (moved + before * DAY)
    found = []
    for later in range((lasting.bit_length() + DAY - 1) // DAY):
        todays = lasting >> (later * DAY) & ALL_DAY
        days = later - before
        for on in opening_days(cron):
            found.append(MutedTimes(on.dates.shifted(days), _turned(on.weekdays, days), todays))
    return _trimmed(_joined(filter(None, found)))


def muted_minutes(muted: Iterable[MutedTimes], day: date) -> int:
    """The minutes of this day that are muted, bit n for the minute n."""
    weekday = day.isoweekday() % 7
    return reduce(
        lambda so_far, one: so_far | (one.minutes if one.weekdays >> weekday & 1 and day in one.dates else 0),
        muted,
        0,
    )


def opening_days(cron: Cron) -> tuple[MutedTimes, ...]:
    """The days on which windows open, each whole (the minutes are not looked at)."""
    by_date, by_weekday = _by_date(cron), _by_weekday(cron)
    if cron.either_day:
        found = [*by_date, *by_weekday]
    else:
        found = [_both(one, other) for one in by_date for other in by_weekday]
    months = MutedTimes(dates(cron.months, tuple(range(1, 32))), ALL_WEEK, ALL_DAY)
    return tuple(filter(None, (_both(one, months) for one in found)))


def _by_date(cron: Cron) -> list[MutedTimes]:
    found = [MutedTimes(_every_month(tuple(sorted(cron.days))), ALL_WEEK, ALL_DAY)]
    if cron.last_workday:
        # The last day itself, or the Friday before it where it falls on a weekend.
        found.append(MutedTimes(_every_month((LAST,)), _WORKDAYS, ALL_DAY))
        found.append(MutedTimes(_every_month((-3, -2)), _FRIDAY, ALL_DAY))
    return found


def _by_weekday(cron: Cron) -> list[MutedTimes]:
    found = [MutedTimes(ALL_DATES, sum(1 << weekday for weekday in cron.weekdays), ALL_DAY)]
    for weekday, nth in sorted(cron.nth_weekdays):
        week = range(-7, 0) if nth == LAST else range(7 * nth - 6, min(7 * nth, 31) + 1)
        found.append(MutedTimes(_every_month(tuple(week)), 1 << weekday, ALL_DAY))
    return found


def _every_month(days: tuple[int, ...]) -> DateSet:
    return dates(frozenset(range(1, 13)), days)


def _both(one: MutedTimes, other: MutedTimes) -> MutedTimes:
    return MutedTimes(one.dates & other.dates, one.weekdays & other.weekdays, one.minutes & other.minutes)


def _smeared(minutes: int, length: int) -> int:
    """Each minute and the `length - 1` after it."""
    done = 1
    while done < length:
        step = min(done, length - done)
        minutes |= minutes << step
        done += step
    return minutes


def _turned(weekdays: int, days: int) -> int:
    """The weekdays that are `days` after these."""
    days %= 7
    return (weekdays << days | weekdays >> (7 - days)) & ALL_WEEK


def _joined(muted: Iterable[MutedTimes]) -> list[MutedTimes]:
    """Join what differs in one of the three parts alone, until nothing does."""
    found, before = list(muted), -1
    while len(found) != before:
        before = len(found)
        found = _joined_by(found, lambda one: (one.dates, one.weekdays))
        found = _joined_by(found, lambda one: (one.dates, one.minutes))
        found = _joined_by(found, lambda one: (one.weekdays, one.minutes))
    return found


def _joined_by(muted: list[MutedTimes], key: Callable[[MutedTimes], Hashable]) -> list[MutedTimes]:
    groups: dict[Hashable, MutedTimes] = {}
    for one in muted:
        other = groups.setdefault(key(one), one)
        groups[key(one)] = MutedTimes(
            one.dates | other.dates, one.weekdays | other.weekdays, one.minutes | other.minutes
        )
    return list(groups.values())


def _trimmed(muted: list[MutedTimes]) -> tuple[MutedTimes, ...]:
    """Cut away what another one says, where the rest is no longer to read; from the last, which is spill."""
    found = list(muted)
    for i in reversed(range(len(found))):
        for other in (*found[:i], *found[i + 1 :]):
            found[i] = _without(found[i], other)
            if not found[i]:
                break
    return tuple(filter(None, found))


def _without(one: MutedTimes, other: MutedTimes) -> MutedTimes:
    """`one` without what `other` holds of it, where that is a whole slice and leaves no more ranges."""
    slices = (
        one.dates <= other.dates,
        not one.weekdays & ~other.weekdays,
        not one.minutes & ~other.minutes,
    )
    if sum(slices) < 2:
        return one
    if not slices[0]:
        rest = replace(one, dates=one.dates - other.dates)
        return rest if reading_length(cover(rest.dates)) <= reading_length(cover(one.dates)) else one
    if not slices[1]:
        rest = replace(one, weekdays=one.weekdays & ~other.weekdays)
        return rest if _count(rest.weekdays, 7) <= _count(one.weekdays, 7) else one
    rest = replace(one, minutes=one.minutes & ~other.minutes)
    return rest if _count(rest.minutes, DAY) <= _count(one.minutes, DAY) else one


def _count(mask: int, size: int) -> int:
    """How many ranges the bits of `mask` make."""
    return len(ranges((n for n in range(size) if mask >> n & 1), range(size)))
