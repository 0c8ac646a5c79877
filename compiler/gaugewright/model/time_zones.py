"""Time zones: whether a name is one, what it may have meant, and where Alertmanager miscounts a month."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from gaugewright.model.date_sets import COMMON_YEAR, MONTHS
from gaugewright.model.time_intervals import MONTH_NAMES, TimeInterval

_YEARS = range(2024, 2038)
"""Clock changes are looked up in these years: rules are kept in tables to 2037, and Ramadan, by which
Morocco sets its clocks, passes through several months meanwhile."""

_NOT_PORTABLE = ("Factory", "Local", "localtime", "posixrules", "posix/", "right/")


class NoZoneDatabase(LookupError):
    """This system knows no time zones, so that a name can neither be accepted nor refused."""

    def __init__(self) -> None:
        super().__init__(
            "this system has no time zone database: install it (the package tzdata, of the system or of PyPI)"
        )


def zone_exists(name: str) -> bool:
    """Whether `name` is an IANA time zone, which Alertmanager too can load: `Europe/Berlin`, not `CEST`.

    UTC is always one. Raises NoZoneDatabase where that is the reason why no other is found.
    """
    if name == "UTC":
        return True
    if not name.isascii() or not name or name.startswith(_NOT_PORTABLE):
        return False
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # not found; no zone name at all; a folder such as `Europe`
        if not available_timezones():
            raise NoZoneDatabase from None
        return False
    return True


def similar_zone(name: str) -> str | None:
    """The zone that `name` probably meant: other case, a city alone (`Berlin`), a slip of the fingers."""
    zones = sorted(zone for zone in available_timezones() if not zone.startswith(_NOT_PORTABLE))
    wanted = name.strip().replace(" ", "_").lower()
    by_name = {zone.lower(): zone for zone in zones}
    by_city = {zone.rsplit("/", 1)[-1].lower(): zone for zone in zones}
    for table in (by_name, by_city):
        if wanted in table:
            return table[wanted]
    # Short names are all alike: an abbreviation such as `CEST` is not a slip for `EST`.
    close = get_close_matches(wanted, by_name, n=1, cutoff=0.75) if len(wanted) > 4 else []
    return by_name[close[0]] if close else None


def march_31_flaw(intervals: Iterable[TimeInterval], zone: str) -> bool:
    """Whether Alertmanager, in this zone, gets days of month of these intervals wrong once a year.

    It divides a month's hours by 24. A month that loses an hour to summer time (March in Europe and North
    America, October in Sydney) thus has a day less: its last day never matches, and `-1` means the day
    before it. Known in Alertmanager 0.34.2 and older; mended by its pull request 5447.
    """
    shortened = shortened_months(zone)
    return any(_is_miscounted(interval, month) for interval in intervals for month in shortened)


@lru_cache(maxsize=256)
def shortened_months(zone: str) -> tuple[int, ...]:
    """The months (1 to 12) that in some year have fewer hours than their days. Raises as `ZoneInfo` does."""
    local = ZoneInfo(zone)
    return tuple(month for month in MONTHS if any(_loses_time(local, year, month) for year in _YEARS))


def _loses_time(zone: ZoneInfo, year: int, month: int) -> bool:
    first = datetime(year, month, 1, tzinfo=zone)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    before, after = first.utcoffset(), following.utcoffset()
    assert before is not None
    assert after is not None
    return after > before


def _is_miscounted(interval: TimeInterval, month: int) -> bool:
    if not interval.days_of_month or not _has_month(interval, month):
        return False
    lengths = (COMMON_YEAR[month - 1], COMMON_YEAR[month - 1] - 1)
    right, wrong = (_days(interval, length) for length in lengths)
    return right != wrong


def _has_month(interval: TimeInterval, month: int) -> bool:
    ranges = [_ends(months, MONTH_NAMES.index) for months in interval.months]
    return not ranges or any(first <= month <= last for first, last in ranges)


def _days(interval: TimeInterval, length: int) -> set[int]:
    """The days that match in a month that is believed to have this length."""
    found: set[int] = set()
    for days in interval.days_of_month:
        first, last = ((n if n > 0 else length + 1 + n) for n in _ends(days, int))
        found.update(range(first, min(last, length) + 1))
    return found


def _ends(text: str, number: Callable[[str], int]) -> tuple[int, int]:
    first, _, last = text.partition(":")
    return number(first), number(last or first)
