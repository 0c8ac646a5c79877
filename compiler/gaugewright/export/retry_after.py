"""The header Retry-After (RFC 9110, 10.2.3): a number of seconds, or a date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MOST_DIGITS = 6


def pause_asked(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, not below 0; None where there is no such header or no sense in it."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text) if len(text) <= _MOST_DIGITS else None
    until = _date(text)
    if until is None:
        return None
    # The answer's own date, since the server's clock may differ from ours.
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
