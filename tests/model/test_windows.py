"""The next windows are the moments at which the clock on the wall shows a muted minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from random import Random
from zoneinfo import ZoneInfo

import pytest
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.windows import Window, next_windows, windows

from tests.model import schedules, wall_clock

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
MINUTE = timedelta(minutes=1)

# Days of UTC that hold the clock changes of these zones, ordinary days, a month's end and New Year.
STARTS = (
    date(2026, 3, 6),
    date(2026, 3, 27),
    date(2026, 4, 3),
    date(2026, 10, 2),
    date(2026, 10, 23),
    date(2026, 12, 30),
)
DAYS = 4


def listed(text: str, minutes: int, zone: str, start: str, count: int) -> list[tuple[str, str]]:
    """The next windows, as local text."""
    found = next_windows(read(text), minutes, zone, datetime.fromisoformat(start), count)
    return [(f"{w.start:%Y-%m-%d %H:%M%z}", f"{w.end:%Y-%m-%d %H:%M%z}" if w.end else "never") for w in found]


def read(text: str) -> Cron:
    cron = parse_cron(text)
    assert isinstance(cron, Cron)
    return cron


def minutes_in(found: Iterator[Window], start: datetime, end: datetime) -> set[datetime]:
    minutes = set()
    for window in takewhile(lambda window: window.start < end, found):
        now = window.start.astimezone(UTC)
        last = min(window.end.astimezone(UTC), end) if window.end else end
        assert start <= now < last
        while now < last:
            minutes.add(now)
            now += MINUTE
    return minutes


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_is_in_a_window_when_the_wall_clock_says_so(zone: str) -> None:
    random, local = Random(zone), ZoneInfo(zone)
    for day in STARTS:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        moments = [start + n * MINUTE for n in range(DAYS * wall_clock.DAY)]
        first = day - timedelta(days=1)
        midnight = datetime(first.year, first.month, first.day)
        labels = [(moment.astimezone(local).replace(tzinfo=None) - midnight) // MINUTE for moment in moments]
        for _ in range(6):
            one = schedules.schedule(random)
            cron = parse_cron(one.cron)
            if not isinstance(cron, Cron):
                continue
            muted = bin(wall_clock.by_cron(one.cron, one.minutes, first, day + timedelta(days=DAYS + 2)))[:1:-1]
            wanted = {m for m, label in zip(moments, labels, strict=True) if muted[label : label + 1] == "1"}
            found = windows(cron, one.minutes, zone, start)
            assert minutes_in(found, start, moments[-1] + MINUTE) == wanted, (one, day)


def test_a_window_over_midnight_is_one() -> None:
    assert listed("30 23 * * 6", 120, "Europe/Berlin", "2026-11-24T00:00Z", 2) == [
        ("2026-11-28 23:30+0100", "2026-11-29 01:30+0100"),
        ("2026-12-05 23:30+0100", "2026-12-06 01:30+0100"),
    ]


def test_minutes_that_touch_are_one_window() -> None:
    assert listed("* 2-4 * * 6", 1, "UTC", "2026-11-24T00:00Z", 1) == [
        ("2026-11-28 02:00+0000", "2026-11-28 05:00+0000")
    ]


def test_a_window_that_is_open_begins_at_the_start() -> None:
    assert listed("0 2 * * *", 60, "UTC", "2026-11-24T02:20Z", 2) == [
        ("2026-11-24 02:20+0000", "2026-11-24 03:00+0000"),
        ("2026-11-25 02:00+0000", "2026-11-25 03:00+0000"),
    ]


def test_in_spring_a_window_is_shorter_and_in_autumn_longer() -> None:
    assert listed("30 1 * * 0", 120, "Europe/Berlin", "2026-03-28T00:00Z", 1) == [
        ("2026-03-29 01:30+0100", "2026-03-29 03:30+0200")
    ]
    assert listed("30 1 * * 0", 120, "Europe/Berlin", "2026-10-24T00:00Z", 1) == [
        ("2026-10-25 01:30+0200", "2026-10-25 03:30+0100")
    ]


def test_a_window_in_the_skipped_hour_does_not_happen() -> None:
    assert listed("15 2 * * *", 30, "Europe/Berlin", "2026-03-28T12:00Z", 1) == [
        ("2026-03-30 02:15+0200", "2026-03-30 02:45+0200")
    ]


def test_windows_in_the_repeated_hour_happen_twice_in_order() -> None:
    assert listed("10,30 2 25 10 *", 10, "Europe/Berlin", "2026-10-24T12:00Z", 4) == [
        ("2026-10-25 02:10+0200", "2026-10-25 02:20+0200"),
        ("2026-10-25 02:30+0200", "2026-10-25 02:40+0200"),
        ("2026-10-25 02:10+0100", "2026-10-25 02:20+0100"),
        ("2026-10-25 02:30+0100", "2026-10-25 02:40+0100"),
    ]


def test_rare_windows_are_found() -> None:
    assert [start for start, _ in listed("0 0 29 2 */7", 60, "UTC", "2026-01-01T00:00Z", 4)] == [
        "2032-02-29 00:00+0000",
        "2060-02-29 00:00+0000",
        "2088-02-29 00:00+0000",
        "2128-02-29 00:00+0000",
    ]


def test_a_window_that_never_closes_has_no_end_and_is_the_last() -> None:
    assert listed("* * * * *", 1, "Europe/Berlin", "2026-01-01T00:00Z", 3) == [("2026-01-01 01:00+0100", "never")]


def test_a_window_that_closes_in_leap_years_alone_has_an_end() -> None:
    assert listed("0 0 1 1,7 *", 184 * 1440 - 1, "UTC", "2026-07-02T00:00Z", 1) == [
        ("2026-07-02 00:00+0000", "2026-12-31 23:59+0000")
    ]
    assert listed("0 0 1 3,6,9 *", 181 * 1440, "UTC", "2025-04-01T00:00Z", 2) == [
        ("2025-04-01 00:00+0000", "2028-02-29 00:00+0000"),
        ("2028-03-01 00:00+0000", "2032-02-29 00:00+0000"),
    ]


def test_the_end_of_the_calendar_is_no_crash() -> None:
    assert listed("0 0 29 2 *", 1, "UTC", "9989-06-01T00:00Z", 3) == []


def test_an_instant_without_minutes_to_spare_is_kept() -> None:
    found = next_windows(read("* 2 * * *"), 1, "UTC", datetime(2026, 1, 1, 2, 0, 30, tzinfo=UTC), 1)
    assert found == (Window(datetime(2026, 1, 1, 2, 0, 30, tzinfo=UTC), datetime(2026, 1, 1, 3, tzinfo=UTC)),)
