"""Reads a cron expression: text in, the minutes it names out, or what is wrong with it and where.

The meaning is that of Vixie's cron as Debian ships it and as the library `cronsim` simulates it: five
fields with lists, ranges, steps and English names; 7 is Sunday; `5/15` runs from 5 to the field's end; and
where neither day field begins with `*`, a day matches when *either* does. From the wider family of crons
we take what has one meaning everywhere: the `@daily` words, `?` (a `*` in a day field), `L` and `LW` (the
last day, and the last Monday-to-Friday, of the month), `FRI#2` and `FRIL` or `5L` (the second, and the
last, Friday). Ranges that run backwards (`22-2`, `FRI-MON`) are refused, as cron does, with the way to
write them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from gaugewright.diagnostics import TextFinding
from gaugewright.model.cron_fields import (
    CODE,
    FIELDS,
    LAST,
    MONTH_NAMES,
    FieldValues,
    RefusedTerm,
    read_field,
    shown,
)

_ORDER = "minute, hour, day-of-month, month, day-of-week"
_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes at which windows open.

    Weekdays count from Sunday, 0, as in cron and in Alertmanager. `either_day` is cron's rule that a day
    of the month *or* a day of the week is enough; otherwise both must match.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    last_workday: bool = False
    nth_weekdays: frozenset[tuple[int, int]] = frozenset()
    either_day: bool = False


@lru_cache(maxsize=1024)
def parse_cron(text: str) -> Cron | tuple[TextFinding, ...]:
    """The schedule that `text` names, or its mistakes: at most one for each field, code `invalid-cron`."""
    words = [(match.group(), match.start()) for match in re.finditer(r"\S+", text)]
    if len(words) == 1 and words[0][0].startswith("@"):
        return _macro(*words[0], text)
    if len(words) != len(FIELDS):
        return (_wrong_count(text, words),)
    read: list[FieldValues] = []
    findings: list[TextFinding] = []
    for rule, (word, start) in zip(FIELDS, words, strict=True):
        try:
            read.append(read_field(rule, word, start))
        except RefusedTerm as refused:
            findings.append(refused.finding)
    if findings:
        return tuple(findings)
    cron = _cron(text, [word for word, _ in words], read)
    return cron if _ever_opens(cron) else (_never_opens(cron, words),)


def opens_on(cron: Cron, day: date) -> bool:
    """Whether windows open on this day, at the cron's hours and minutes."""
    if day.month not in cron.months:
        return False
    last = monthrange(day.year, day.month)[1]
    weekday = day.isoweekday() % 7
    by_date = (
        day.day in cron.days
        or (LAST in cron.days and day.day == last)
        or (cron.last_workday and day.day == _last_workday(day.year, day.month))
    )
    nth = ((day.day + 6) // 7, LAST) if day.day + 7 > last else ((day.day + 6) // 7,)
    by_weekday = weekday in cron.weekdays or any((weekday, n) in cron.nth_weekdays for n in nth)
    return by_date or by_weekday if cron.either_day else by_date and by_weekday


def _last_workday(year: int, month: int) -> int:
    first, length = monthrange(year, month)
    return length - max((first + length - 1) % 7 - 4, 0)


def _cron(text: str, words: list[str], read: list[FieldValues]) -> Cron:
    minutes, hours, days, months, weekdays = read
    stars = words[2].startswith(("*", "?")) or words[4].startswith(("*", "?"))
    return Cron(
        text,
        minutes=frozenset(minutes.numbers),
        hours=frozenset(hours.numbers),
        days=frozenset(days.numbers),
        months=frozenset(months.numbers),
        weekdays=frozenset(n % 7 for n in weekdays.numbers),
        last_workday=bool(days.workday),
        nth_weekdays=frozenset(weekdays.nth),
        either_day=not stars,
    )


def _ever_opens(cron: Cron) -> bool:
    """Looked up in 28 years, which hold every date, 29 February too, on every weekday."""
    day, end = date(2000, 1, 1), date(2028, 1, 1)
    while day < end:
        if day.month not in cron.months:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        elif opens_on(cron, day):
            return True
        else:
            day += timedelta(days=1)
    return False


def _never_opens(cron: Cron, words: list[tuple[str, int]]) -> TextFinding:
    word, start = words[2]
    if len(cron.weekdays) == 7:
        months = ", ".join(MONTH_NAMES[month - 1].title() for month in sorted(cron.months))
        message = f"this schedule never opens: no {months} has the day-of-month {shown(word)}"
    else:
        message = (
            f"this schedule never opens: the day-of-month {shown(word)} and the day-of-week "
            f"{shown(words[4][0])} never meet in these months, and one of them begins with `*`, so both must"
        )
    return TextFinding(CODE, start, start + len(word), message, "`L` is the last day of a month.")


def _macro(word: str, start: int, text: str) -> Cron | tuple[TextFinding, ...]:
    expansion = _MACROS.get(word.lower())
    if expansion is not None:
        meant = parse_cron(expansion)
        assert isinstance(meant, Cron)
        return Cron(text, meant.minutes, meant.hours, meant.days, meant.months, meant.weekdays)
    if word.lower() == "@reboot":
        message, help = (
            "@reboot names no minute: a window must open at a time",
            "Name one, as in `0 2 * * 6`.",
        )
    else:
        message = f"{shown(word)} is not a schedule that cron knows"
        help = f"Known are {', '.join(_MACROS)}, and five fields ({_ORDER})."
    return (TextFinding(CODE, start, start + len(word), message, help),)


def _wrong_count(text: str, words: list[tuple[str, int]]) -> TextFinding:
    count = len(words)
    if count == 0:
        return TextFinding(CODE, 0, len(text), "the schedule is empty", f"Write five fields: {_ORDER}.")
    begin = words[0][1] if count <= 5 else words[5][1]
    end = words[-1][1] + len(words[-1][0])
    if count in (6, 7):
        shorter = shown(" ".join(word for word, _ in words[1:6]))
        year = ", and years are not either" if count == 7 else ""
        message = f"{count} fields, where cron has five: seconds are not part of a cron schedule{year}"
        return TextFinding(CODE, begin, end, message, f"Without the seconds in front it is {shorter}.")
    message = f"{count} {'field' if count == 1 else 'fields'}, where cron has five: {_ORDER}"
    return TextFinding(CODE, begin, end, message, "Every Saturday at 02:00 is `0 2 * * 6`.")
