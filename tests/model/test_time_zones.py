"""Time zones: names that exist, and months that Alertmanager miscounts."""

import zoneinfo

import pytest
from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.time_intervals import TimeInterval, time_intervals
from gaugewright.model.time_zones import (
    NoZoneDatabase,
    march_31_flaw,
    shortened_months,
    similar_zone,
    zone_exists,
)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "EST5EDT", "Etc/GMT+5"])
def test_zones_of_the_database_exist(name: str) -> None:
    assert zone_exists(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "CEST", "Europe", "Europe/", "Europe/Berln", "../UTC", "/etc/localtime", "Europe//Berlin", "a\0b"),
        *("Zürich", "Local", "localtime", "posixrules", "right/Europe/Berlin", "zone.tab", "x" * 5000, "UTC+2"),
    ],
)
def test_what_alertmanager_could_not_load_does_not_exist(name: str) -> None:
    assert not zone_exists(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
        ("CEST", None),
        ("xyzzyqwert", None),
    ],
)
def test_what_a_wrong_name_meant(name: str, meant: str | None) -> None:
    assert similar_zone(name) == meant


def test_without_a_database_only_utc_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(name: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr("gaugewright.model.time_zones.ZoneInfo", not_found)
    monkeypatch.setattr("gaugewright.model.time_zones.available_timezones", set)
    assert zone_exists("UTC")
    with pytest.raises(NoZoneDatabase, match="install it"):
        zone_exists("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "months"),
    [("UTC", ()), ("Asia/Kolkata", ()), ("Europe/Berlin", (3,)), ("Australia/Sydney", (10,))],
)
def test_months_that_lose_an_hour(zone: str, months: tuple[int, ...]) -> None:
    assert shortened_months(zone) == months


@pytest.mark.parametrize(
    ("text", "flawed"),
    [
        ("0 2 31 * *", True),
        ("0 2 L * *", True),
        ("0 2 * * 5L", True),
        ("0 23 30 * *", False),
        ("0 2 31 3 *", True),
        ("0 2 L 4 *", False),
        ("0 2 31 1,12 *", False),
        ("0 2 29-31 1-5 *", True),
        ("0 2 1-30 * *", False),
        ("0 2 * 3 *", False),
        ("0 2 * * 6", False),
    ],
)
def test_days_that_alertmanager_loses_where_clocks_change(text: str, flawed: bool) -> None:
    cron = parse_cron(text)
    assert isinstance(cron, Cron)
    found = time_intervals(cron, 60)
    assert isinstance(found, tuple)
    assert march_31_flaw(found, "Europe/Berlin") is flawed
    assert march_31_flaw(found, "UTC") is False


def test_the_flaw_is_octobers_in_the_south() -> None:
    last_of = {month: (TimeInterval(days_of_month=("31",), months=(month,)),) for month in ("march", "october")}
    assert march_31_flaw(last_of["october"], "Australia/Sydney")
    assert not march_31_flaw(last_of["march"], "Australia/Sydney")
