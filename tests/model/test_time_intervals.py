"""Time intervals mute exactly the minutes that the cron and the duration name, and read well."""

import json
import os
import subprocess
from calendar import isleap
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.muted_times import MAX_MINUTES
from gaugewright.model.rules import Suppression
from gaugewright.model.time_intervals import (
    Inexpressible,
    TimeInterval,
    always_muted,
    as_mapping,
    time_intervals,
    whole_minutes,
)
from gaugewright.model.utc_intervals import fixed_offset, in_utc

from tests.model import schedules, wall_clock
from tests.model.schedules import Schedule

# A longer run: GAUGEWRIGHT_SCHEDULES=100000 pytest tests/model/test_time_intervals.py
COUNT = int(os.environ.get("GAUGEWRIGHT_SCHEDULES", "2000"))
LOTS = 10


def intervals(text: str, minutes: int) -> list[dict[str, Any]]:
    return [as_mapping(interval) for interval in time_intervals_of(Schedule(text, minutes))]


@cache
def time_intervals_of(one: Schedule) -> tuple[TimeInterval, ...]:
    cron = parse_cron(one.cron)
    assert isinstance(cron, Cron), cron
    found = time_intervals(cron, one.minutes)
    assert isinstance(found, tuple), found
    return found


def made_up(seed: int, count: int) -> Iterator[Schedule]:
    random = Random(seed)
    while count:
        one = schedules.schedule(random)
        if isinstance(parse_cron(one.cron), Cron):
            yield one
            count -= 1


def difference(one: Schedule, start: date, end: date) -> str | None:
    wanted = wall_clock.by_cron(one.cron, one.minutes, start, end)
    said = intervals(one.cron, one.minutes)
    found = wall_clock.first_difference(wanted, wall_clock.by_intervals(said, start, end), start)
    return f"{one.cron!r} for {one.minutes} min, at {found}: {said}" if found else None


@pytest.mark.parametrize("lot", range(LOTS))
def test_the_muted_minutes_of_four_years_are_those_of_cron_and_duration(lot: int) -> None:
    start, end = date(2024, 1, 1), date(2028, 1, 1)
    wrong = [difference(one, start, end) for one in made_up(lot, COUNT // LOTS)]
    assert [one for one in wrong if one] == []


def test_the_century_without_a_leap_year_is_right_too() -> None:
    start, end = date(2096, 1, 1), date(2104, 1, 1)
    february = [Schedule(text, 1440 * n) for text in ("0 9 28 2 *", "0 9 29 2 *", "0 9 * 2 5L") for n in (1, 3, 40)]
    wrong = [difference(one, start, end) for one in (*february, *made_up(2100, 40))]
    assert [one for one in wrong if one] == []


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "0 0 29 2 *",
        "30 23 31 12 *",
        "0 0 L * *",
        "0 0 LW * *",
        "0 0 */2 * */2",
        "0 12 * * 5L",
        "0 0 13 * 5",
    ],
)
@pytest.mark.parametrize("minutes", [1, 1440, 7 * 1440, 60 * 1440, 200 * 1440 + 7, MAX_MINUTES])
def test_the_longest_windows_are_exact(text: str, minutes: int) -> None:
    assert difference(Schedule(text, minutes), date(2024, 1, 1), date(2028, 1, 1)) is None


def times(start: str, end: str) -> dict[str, list[dict[str, str]]]:
    return {"times": [{"start_time": start, "end_time": end}]}


READABLE: list[tuple[str, int, list[dict[str, Any]]]] = [
    ("* 2-4 * * 6", 1, [{**times("02:00", "05:00"), "weekdays": ["saturday"]}]),
    ("0 * * * *", 60, [times("00:00", "24:00")]),
    ("0 0 * * 6", 2880, [{"weekdays": ["saturday", "sunday"]}]),
    ("0 0 * * 1-5", 1440, [{"weekdays": ["monday:friday"]}]),
    ("0 9 * * FRI#2", 60, [{**times("09:00", "10:00"), "weekdays": ["friday"], "days_of_month": ["8:14"]}]),
    ("0 9 * * 5L", 60, [{**times("09:00", "10:00"), "weekdays": ["friday"], "days_of_month": ["-7:-1"]}]),
    ("0 0 1,L * *", 1440, [{"days_of_month": ["1", "-1"]}]),
    ("0 0 31 * *", 1440, [{"days_of_month": ["31"]}]),
    ("0 0 13 * 5", 1440, [{"days_of_month": ["13"]}, {"weekdays": ["friday"]}]),
    (
        "0 0 15 12 *",
        21 * 1440,
        [
            {"days_of_month": ["1:4"], "months": ["january"]},
            {"days_of_month": ["15:31"], "months": ["december"]},
        ],
    ),
    (
        "0 0,12 * * 1-5",
        18 * 60,
        [{"weekdays": ["monday:friday"]}, {**times("00:00", "06:00"), "weekdays": ["saturday"]}],
    ),
    (
        "0 23 L * *",
        120,
        [
            {**times("23:00", "24:00"), "days_of_month": ["-1"]},
            {**times("00:00", "01:00"), "days_of_month": ["1"]},
        ],
    ),
    (
        "30 23 * * 6",
        120,
        [
            {**times("23:30", "24:00"), "weekdays": ["saturday"]},
            {**times("00:00", "01:30"), "weekdays": ["sunday"]},
        ],
    ),
    (
        "0 0 * 6-8 *",
        1440,
        [{"months": ["june:august"]}],
    ),
]


@pytest.mark.parametrize(("text", "minutes", "wanted"), READABLE)
def test_what_people_read_is_short(text: str, minutes: int, wanted: list[dict[str, Any]]) -> None:
    assert intervals(text, minutes) == wanted


def test_years_are_written_out_only_for_the_day_after_28_february() -> None:
    said = intervals("0 23 28 2 *", 120)
    assert [list(interval) for interval in said] == [
        ["times", "days_of_month", "months"],
        ["times", "days_of_month", "months"],
        ["times", "days_of_month", "months", "years"],
    ]


@pytest.mark.parametrize(("text", "leap"), [("0 23 28 2 *", False), ("0 23 29 2 *", True)])
def test_the_years_that_are_written_out_are_all_of_their_kind(text: str, leap: bool) -> None:
    spans = [years.partition(":") for years in intervals(text, 120)[-1]["years"]]
    said = [year for first, _, last in spans for year in range(int(first), int(last or first) + 1)]
    assert said == [year for year in range(2021, 2104) if isleap(year) is leap]


def test_a_location_is_named_unless_it_is_the_default() -> None:
    interval = TimeInterval(weekdays=("saturday",))
    assert as_mapping(interval, "Europe/Berlin") == {"weekdays": ["saturday"], "location": "Europe/Berlin"}
    assert as_mapping(interval, "UTC") == as_mapping(interval) == {"weekdays": ["saturday"]}


@pytest.mark.parametrize(("minutes", "nearest"), [(0, "1m"), (-5, "1m"), (MAX_MINUTES + 1, "299d")])
def test_impossible_lengths_are_refused_with_the_nearest_possible_one(minutes: int, nearest: str) -> None:
    cron = parse_cron("0 0 1 1 *")
    assert isinstance(cron, Cron)
    refused = time_intervals(cron, minutes)
    assert isinstance(refused, Inexpressible)
    assert refused.reason
    assert refused.nearest == nearest


def test_seconds_become_whole_minutes_or_are_refused() -> None:
    assert whole_minutes(60) == 1
    assert whole_minutes(7200) == 120
    assert [(whole_minutes(s)) for s in (30, 90, 0)] == [
        Inexpressible(f"time intervals count whole minutes, and the window lasts {s} seconds", nearest)
        for s, nearest in ((30, "1m"), (90, "2m"), (0, "1m"))
    ]


@pytest.mark.parametrize(
    ("text", "minutes", "always"),
    [
        ("* * * * *", 1, True),
        ("0 0 1-15,16-31 * *", 1440, True),
        ("0 0 1 1,7 *", 184 * 1440, True),
        ("*/5 * * * *", 4, False),
        ("0 0 * * 1-6", 1440, False),
    ],
)
def test_a_schedule_that_never_lets_go_is_told_from_others(text: str, minutes: int, always: bool) -> None:
    cron = parse_cron(text)
    assert isinstance(cron, Cron)
    found = time_intervals(cron, minutes)
    assert isinstance(found, tuple)
    assert always_muted(found) is always


ZONES = ("Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")


def test_alertmanager_accepts_every_interval_of_the_proof(amtool: Path, tmp_path: Path) -> None:
    proven = [one for lot in range(LOTS) for one in made_up(lot, COUNT // LOTS)]
    named = [
        {
            "name": f"schedule-{n}",
            "time_intervals": [as_mapping(one, ZONES[n % 5]) for one in time_intervals_of(schedule)],
        }
        for n, schedule in enumerate([*proven, *(Schedule(text, minutes) for text, minutes, _ in READABLE)])
    ]
    assert len(named) >= COUNT
    names = [interval["name"] for interval in named]
    config = tmp_path / "alertmanager.yml"
    config.write_text(
        json.dumps(
            {
                "route": {"receiver": "none", "routes": [{"mute_time_intervals": names}]},
                "receivers": [{"name": "none"}],
                "time_intervals": named,
            }
        ),
        "utf-8",
    )
    checked = subprocess.run([amtool, "check-config", config], capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_kind_of_cron_is_among_the_proven() -> None:
    proven = [one.cron for lot in range(LOTS) for one in made_up(lot, COUNT // LOTS)]
    days = [cron.split() for cron in proven if not cron.startswith("@")]
    for words in ("@", "?", ",", "-", "/", "L", "LW", "#", "mon", "JAN"):
        assert sum(words in cron for cron in proven) > 3, words
    either = [fields for fields in days if fields[2][0] not in "*?" and fields[4][0] not in "*?"]
    assert len(either) > COUNT // 20


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Etc/GMT+11", "Pacific/Kiritimati", "UTC"])
def test_a_schedule_of_a_zone_without_clock_changes_is_exact_in_utc(zone: str) -> None:
    start, end = date(2024, 1, 1), date(2028, 1, 1)
    day, whole = timedelta(days=1), (1 << 1440 * (end - start).days) - 1
    for one in (*made_up(len(zone), 60), *(Schedule(text, minutes) for text, minutes, _ in READABLE)):
        offset = fixed_offset(zone)
        assert offset is not None
        local = wall_clock.by_cron(one.cron, one.minutes, start - day, end + day)
        wanted = local >> (1440 + offset // timedelta(minutes=1)) & whole
        said = in_utc(Suppression(one.cron, one.minutes, zone, time_intervals_of(one)))
        assert said is not None
        found = wall_clock.by_intervals([as_mapping(interval) for interval in said], start, end)
        assert wall_clock.first_difference(wanted, found, start) is None, (one, zone)


def test_a_zone_whose_clocks_change_has_no_intervals_in_utc() -> None:
    for zone in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"):
        assert in_utc(Suppression("0 2 * * *", 60, zone, time_intervals_of(Schedule("0 2 * * *", 60)))) is None
