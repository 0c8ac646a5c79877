"""A schedule's time intervals in UTC, for engines that know no time zone: exact, or not at all.

A zone whose clocks never change is so many minutes from UTC all year, and a schedule there is another one in
UTC. Where they change, no interval says it for all the year.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gaugewright.model.cron import Cron, parse_cron
from gaugewright.model.rules import Suppression
from gaugewright.model.time_intervals import Inexpressible, TimeInterval, time_intervals

_FROM, _TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
"""Clock changes are looked up between these: rules are kept in tables to 2037."""


@lru_cache(maxsize=256)
def fixed_offset(zone: str) -> timedelta | None:
    """How far a zone is from UTC, where that is always the same."""
    local = ZoneInfo(zone)
    offset = _FROM.astimezone(local).utcoffset()
    days = (_TO - _FROM).days
    return offset if all((_FROM + timedelta(n)).astimezone(local).utcoffset() == offset for n in range(days)) else None


def in_utc(schedule: Suppression) -> tuple[TimeInterval, ...] | None:
    """The same muted minutes in UTC; None where no intervals say them."""
    offset = fixed_offset(schedule.timezone)
    cron = parse_cron(schedule.schedule or "")
    if offset is None or offset % timedelta(minutes=1) or not isinstance(cron, Cron):
        return None
    found = time_intervals(cron, schedule.duration_minutes, -offset // timedelta(minutes=1))
    return None if isinstance(found, Inexpressible) else found
