"""Over four years in zones whose clocks change, windows are the real hours that cron and the duration give, but
for the nights of a change, where they follow the clock on the wall as `time_intervals` says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.time_intervals import as_mapping, time_intervals

from tests.model import schedules, wall_clock
from tests.model.schedules import Schedule

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago")
BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOST_OPENINGS = 12
"""A day: cronsim goes from opening to opening."""


@cache
def clock_changes(zone: ZoneInfo) -> list[datetime]:
    """The moments, to the minute, at which the clock changes."""
    hours = [BEGIN + n * HOUR for n in range((END - BEGIN) // HOUR + 1)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    found = []
    for n in range(1, len(hours)):
        if offsets[n] != offsets[n - 1]:
            minutes = (hours[n - 1] + m * MINUTE for m in range(1, 61))
            found.append(next(at for at in minutes if at.astimezone(zone).utcoffset() == offsets[n]))
    return found


def by_the_wall(one: Schedule, zone: ZoneInfo) -> int:
    """Bit n is the minute n of UTC from BEGIN, muted by the emitted intervals."""
    cron = parse_cron(one.cron)
    assert isinstance(cron, Cron)
    said = time_intervals(cron, one.minutes)
    assert isinstance(said, tuple)
    first = BEGIN.date() - DAY
    mask = wall_clock.by_intervals([as_mapping(interval) for interval in said], first, END.date() + DAY)
    midnight = datetime(first.year, first.month, first.day)
    cuts = [BEGIN, *clock_changes(zone), END]
    muted = 0
    for start, end in pairwise(cuts):
        wall = (start.astimezone(zone).replace(tzinfo=None) - midnight) // MINUTE
        muted |= (mask >> wall & ones(end - start)) << (start - BEGIN) // MINUTE
    return muted


def by_elapsed_time(one: Schedule, zone: ZoneInfo) -> int:
    """The same minutes, muted for the duration's real length each time that cronsim opens a window in this zone."""
    early = timedelta(minutes=one.minutes) + 2 * DAY
    minutes = bytearray(b"0" * ((END - BEGIN + 2 * early) // MINUTE))
    for opened in CronSim(wall_clock.plain(one.cron), (BEGIN - early).astimezone(zone)):
        start = (opened.astimezone(UTC) - BEGIN + early) // MINUTE
        if opened >= END:
            break
        minutes[start : start + one.minutes] = b"1" * one.minutes
    return int(minutes[::-1], 2) >> early // MINUTE & ones(END - BEGIN)


def ones(length: timedelta) -> int:
    return (1 << length // MINUTE) - 1


def near_changes(one: Schedule, zone: ZoneInfo) -> int:
    """The minutes in which the two may differ: windows that a change is in, and the hour that it repeats."""
    found = 0
    for change in clock_changes(zone):
        found |= ones(timedelta(minutes=one.minutes) + HOUR) << (change - BEGIN) // MINUTE
    return found & ones(END - BEGIN)


def made_up(random: Random, count: int) -> Iterator[Schedule]:
    """Schedules of few openings a day: cronsim goes from one to the next."""
    while count:
        one = schedules.schedule(random)
        cron = parse_cron(one.cron)
        if isinstance(cron, Cron) and len(cron.minutes) * len(cron.hours) <= MOST_OPENINGS:
            yield one
            count -= 1


@pytest.mark.parametrize("name", ZONES)
def test_windows_differ_from_elapsed_time_only_where_the_clock_changes(name: str) -> None:
    zone = ZoneInfo(name)
    nights = [Schedule(f"{minute} {hour} * * *", 90) for minute in (0, 30) for hour in range(4)]
    differing = 0
    for one in (*nights, *made_up(Random(name), 40)):
        wall, elapsed = by_the_wall(one, zone), by_elapsed_time(one, zone)
        difference = (wall ^ elapsed) & ~near_changes(one, zone)
        first = BEGIN + ((difference & -difference).bit_length() - 1) * MINUTE if difference else None
        assert first is None, (one, first.astimezone(zone))
        differing += bool(wall ^ elapsed)
    assert differing >= 3  # the nights of a change are among what was compared
