"""Alertmanager itself says in which minutes it mutes: those that the clock on the wall, cron and duration say.

Each case is a schedule and a moment: near a change of the clock, at a window's first or last minute, or any.
All are judged by one server, each in a zone of its own whose clock stands at that moment (`moved_zones`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.time_intervals import TimeInterval, as_mapping, time_intervals
from gaugewright.model.time_zones import march_31_flaw

from tests.e2e.moved_zones import moved_zone
from tests.e2e.stack import Receiver, free_ports, get, stack
from tests.model import schedules, wall_clock
from tests.model.schedules import Schedule

pytestmark = pytest.mark.e2e

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC")
MINUTE = timedelta(minutes=1)
FIRST, LAST = date(2024, 1, 1), date(2028, 1, 1)
DAYS = (LAST - FIRST).days
CASES = 400


@dataclass(frozen=True, slots=True)
class Case:
    """Is this schedule's alert muted at this moment (aware, in UTC) in this zone?"""

    schedule: Schedule
    zone: str
    moment: datetime

    @property
    def intervals(self) -> tuple[TimeInterval, ...]:
        cron = parse_cron(self.schedule.cron)
        assert isinstance(cron, Cron)
        found = time_intervals(cron, self.schedule.minutes)
        assert isinstance(found, tuple)
        return found

    @property
    def muted(self) -> bool:
        """What cronsim says of the minute that the clock on the wall shows."""
        wall = self.moment.astimezone(ZoneInfo(self.zone))
        minute = 60 * wall.hour + wall.minute
        day = wall.date()
        said = wall_clock.by_cron(self.schedule.cron, self.schedule.minutes, day, day + timedelta(days=1))
        return bool(said >> minute & 1)


def clock_changes(zone: str) -> list[datetime]:
    """The hours of UTC in which the zone's clock changes, of four years."""
    local, begin = ZoneInfo(zone), datetime(FIRST.year, 1, 1, tzinfo=UTC)
    hours = [begin + timedelta(hours=n) for n in range(24 * DAYS)]
    offsets = [hour.astimezone(local).utcoffset() for hour in hours]
    return [hours[n] for n in range(1, len(hours)) if offsets[n] != offsets[n - 1]]


def near_a_change(random: Random, zone: str, change: datetime) -> Case:
    """A window of a night in which the clock changes, and a moment within two hours of that."""
    night = (change - timedelta(hours=3)).astimezone(ZoneInfo(zone))
    minute, hour = random.randrange(60), random.randrange(4)
    days = random.choice(("* * *", f"{night.day},{night.day % 28 + 1} * *", f"* {night.month} 0,6", "* * */2"))
    schedule = Schedule(f"{minute} {hour} {days}", random.randint(1, 240))
    return Case(schedule, zone, change + random.randint(-120, 120) * MINUTE)


def anywhere(random: Random, zone: str) -> Case:
    """A schedule of any kind, at the edge of a window, or wherever."""
    while True:
        one = schedules.schedule(random)
        if isinstance(parse_cron(one.cron), Cron):
            break
    moment = datetime(FIRST.year, 1, 1, tzinfo=UTC) + random.randrange(wall_clock.DAY * DAYS) * MINUTE
    year = moment.year
    muted = wall_clock.by_cron(one.cron, one.minutes, date(year, 1, 1), date(year + 1, 1, 1))
    edges = muted ^ muted << 1
    position = random.randrange(max(edges.bit_length(), 1))
    following = edges >> position
    if following and random.random() < 0.7:
        edge = position + (following & -following).bit_length() - 1 - random.randrange(2)
        wall = datetime(year, 1, 1) + edge * MINUTE
        moment = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return Case(one, zone, moment)


def cases(seed: int) -> Iterator[Case]:
    random = Random(seed)
    changes = {zone: clock_changes(zone) for zone in ZONES}
    for n in range(CASES):
        zone = ZONES[n % len(ZONES)]
        if changes[zone] and random.random() < 0.6:
            yield near_a_change(random, zone, random.choice(changes[zone]))
        else:
            yield anywhere(random, zone)


def configuration(asked: list[Case], receiver: str) -> dict[str, Any]:
    return {
        "route": {
            "receiver": "told",
            "group_by": ["..."],
            "group_wait": "0s",
            "routes": [{"matchers": [f'case="{n}"'], "mute_time_intervals": [str(n)]} for n in range(len(asked))],
        },
        "receivers": [{"name": "told", "webhook_configs": [{"url": f"{receiver}/told"}]}],
        "time_intervals": [
            {"name": str(n), "time_intervals": [as_mapping(one, f"Moved/{n}") for one in case.intervals]}
            for n, case in enumerate(asked)
        ],
    }


def muted_by(server: Path, asked: list[Case], folder: Path) -> list[bool]:
    """Alertmanager's own answers."""
    now = datetime.now(UTC)
    zones = folder / "zones" / "Moved"
    zones.mkdir(parents=True)
    for n, case in enumerate(asked):
        (zones / str(n)).write_bytes(moved_zone(case.zone, case.moment, now))
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    with Receiver() as receiver, stack(folder) as servers:
        file = folder / "alertmanager.yml"
        file.write_text(json.dumps(configuration(asked, receiver.address)))
        servers.start(
            "alertmanager",
            [
                server,
                f"--config.file={file}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            folder,
            ZONEINFO=str(zones.parent),
        )
        servers.wait_for("Alertmanager is ready", lambda: get(f"{address}/-/ready"))
        alerts = [{"labels": {"alertname": "asked", "case": str(n)}} for n in range(len(asked))]
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"{address}/api/v2/alerts", json.dumps(alerts).encode(), headers), timeout=10):
            pass

        def answers() -> dict[int, bool] | None:
            told = {int(one["labels"]["case"]) for body in receiver.posted_to("/told") for one in body["alerts"]}
            groups = get(f"{address}/api/v2/alerts/groups")
            held = {int(one["labels"]["case"]) for group in groups for one in group["alerts"] if is_muted(one)}
            assert not told & held
            found = {**dict.fromkeys(told, False), **dict.fromkeys(held, True)}
            return found if len(found) == len(asked) else None

        found = servers.wait_for("every case is judged", answers, 120)
    return [found[n] for n in range(len(asked))]


def is_muted(alert: dict[str, Any]) -> bool:
    return bool(alert["status"]["mutedBy"])


def test_alertmanager_mutes_in_the_minutes_of_the_wall_clock(alertmanager_server: Path, tmp_path: Path) -> None:
    right = [case for case in cases(6) if not march_31_flaw(case.intervals, case.zone)]
    assert {case.muted for case in right} == {True, False}
    said = muted_by(alertmanager_server, right, tmp_path)
    assert [case for case, muted in zip(right, said, strict=True) if muted != case.muted] == []


FLAW = {
    ("0 0 31 * *", "Europe/Berlin", "2026-03-31"): (True, False),
    ("0 0 L * *", "Europe/Berlin", "2026-03-31"): (True, False),
    ("0 0 L * *", "Europe/Berlin", "2026-03-30"): (False, True),
    ("0 0 L * *", "Australia/Sydney", "2026-10-31"): (True, False),
    ("0 0 31 * *", "Asia/Kolkata", "2026-03-31"): (True, True),
    ("0 0 31 * *", "Europe/Berlin", "2026-10-31"): (True, True),
}
"""Whether an alert should be muted at noon of a day, and whether Alertmanager mutes it."""


def test_the_flaw_that_we_warn_of_is_there(alertmanager_server: Path, tmp_path: Path) -> None:
    asked = [
        Case(
            Schedule(cron, wall_clock.DAY), zone, datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone))
        )
        for cron, zone, day in FLAW
    ]
    warned = [march_31_flaw(case.intervals, case.zone) for case in asked]
    assert warned == [zone != "Asia/Kolkata" for _, zone, _ in FLAW]
    said = muted_by(alertmanager_server, asked, tmp_path)
    assert [(case.muted, muted) for case, muted in zip(asked, said, strict=True)] == list(FLAW.values())
