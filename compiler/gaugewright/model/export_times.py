"""The times of a historical export: RFC 3339, or relative to now (`now-90d`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
LONGEST = timedelta(days=365)
"""The data model: `end_time - start_time` must be <= 365 days."""


def moment(text: str, now: datetime) -> datetime | None:
    """The time meant, in UTC; None for a date that does not exist."""
    relative = re.fullmatch(r"now(?:-([0-9]+)([smhdwy]))?", text)
    try:
        if relative:
            return now - timedelta(seconds=int(relative[1] or 0) * _UNIT_SECONDS[relative[2] or "s"])
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
