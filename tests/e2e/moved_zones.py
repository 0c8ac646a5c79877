"""Time zones made for a test: a server that reads them believes that it is another moment.

Alertmanager has no clock that a test can set. But it asks a time zone what the clock on the wall shows, and Go
looks for zones in the folder that ZONEINFO names before it looks anywhere else. So the test writes zones whose
clocks are as far from UTC as the moment it wants is from now. Format: TZif, RFC 9636.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Change = tuple[int, int]
"""From this moment (seconds since 1970, UTC) the clock is so many seconds ahead of UTC."""

STANDING_FOR = timedelta(hours=1)
_TICK = 30
"""A clock that stands is put back this often, in seconds: it shows the same minute all the time."""


def moved_zone(zone: str, shown: datetime, now: datetime) -> bytes:
    """A zone that has at `now`, and for an hour from then, the wall clock of `zone` at `shown`, which must be
    the begin of a minute. Its clock changes lie around that moment as the real ones do, for a year each way."""
    moved = round((now - shown).total_seconds())
    begin = round(now.timestamp())
    offset = _offset(zone, shown) - moved
    real = [(at + moved, ahead - moved) for at, ahead in _changes(zone, shown)]
    standing = [(begin + n * _TICK, offset - n * _TICK) for n in range(round(STANDING_FOR.total_seconds()) // _TICK)]
    goes_on = (standing[-1][0] + _TICK, _offset(zone, shown + STANDING_FOR) - moved)
    before = [change for change in real if change[0] <= begin]
    after = [change for change in real if change[0] > goes_on[0]]
    return zone_file([*before, *standing, goes_on, *after])


def zone_file(changes: Sequence[Change]) -> bytes:
    """The zone with these changes as a file, in version 2 of the format. Before the first it is like the first."""
    aheads = [changes[0][1], *(ahead for _, ahead in changes)]
    return _part([], aheads[:1]) + _part(changes, list(dict.fromkeys(aheads))) + b"\n\n"


def _part(changes: Sequence[Change], kinds: list[int]) -> bytes:
    assert len(kinds) < 256
    header = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, len(changes), len(kinds), 4)
    times = b"".join(struct.pack(">q", at) for at, _ in changes)
    return header + times + bytes(kinds.index(ahead) for _, ahead in changes) + _kinds(kinds) + b"???\0"


def _kinds(kinds: list[int]) -> bytes:
    return b"".join(struct.pack(">lBB", ahead, 0, 0) for ahead in kinds)


def _changes(zone: str, around: datetime) -> Iterator[Change]:
    """The changes of the zone's clock in the year before and the year after, to the second."""
    first = round(around.timestamp()) // 86400 * 86400 - 366 * 86400
    for begin in range(first, first + 732 * 86400, 86400):
        before, after = begin, begin + 86400
        ahead = _ahead(zone, after)
        if _ahead(zone, before) == ahead:
            continue
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (before, middle) if _ahead(zone, middle) == ahead else (middle, after)
        yield after, ahead


def _ahead(zone: str, moment: int) -> int:
    return _offset(zone, datetime.fromtimestamp(moment, UTC))


def _offset(zone: str, moment: datetime) -> int:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())
