"""Schedules made up for the tests: cron expressions of every kind, and lengths of windows."""

from dataclasses import dataclass
from random import Random

MINUTES_OF_A_DAY = 1440

_WEEKDAYS = ("SUN", "mon", "Tue", "WED", "thu", "FRI", "sat")
_MONTHS = ("JAN", "feb", "Mar", "APR", "may", "JUN", "jul", "AUG", "sep", "OCT", "nov", "DEC")


@dataclass(frozen=True, slots=True)
class Schedule:
    cron: str
    minutes: int


def schedule(random: Random) -> Schedule:
    """Any schedule; those near midnight, month ends, leap days and New Year come often."""
    return Schedule(cron(random), length(random))


def cron(random: Random) -> str:
    """A cron expression that `cronsim` reads as cron does, but for macros and `?`, which may open rarely or, seldom,
    never."""
    if random.random() < 0.03:
        return random.choice(("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"))
    minute = random.choice(("0", "0", "30", "59", "*", field(random, 0, 59)))
    hour = random.choice(("0", "23", "22", "*", field(random, 0, 23), field(random, 0, 23)))
    day = random.choice(
        (
            "*",
            "*",
            "1",
            "28",
            "29",
            "30",
            "31",
            "L",
            "LW",
            "1,L",
            "28-31",
            "*/2",
            "*/7",
            "*,1",
            field(random, 1, 31),
        )
    )
    month = random.choice(("*", "*", "*", "2", "2,3", "12", "1,12", "JAN", field(random, 1, 12, _MONTHS)))
    nth = f"{random.randint(0, 7)}#{random.randint(1, 5)}"
    weekday = random.choice(
        ("*", "*", "*", "*/2", "0-7", "5L", nth, *(field(random, 0, 7, _WEEKDAYS) for _ in range(2)))
    )
    if random.random() < 0.1:
        day, weekday = ("?" if field == "*" else field for field in (day, weekday))
    return f"{minute} {hour} {day} {month} {weekday}"


def field(random: Random, low: int, high: int, names: tuple[str, ...] = ()) -> str:
    """One to three terms: a value, a range, or either with a step."""
    terms = (_term(random, low, high, names) for _ in range(random.choice((1, 1, 2, 3))))
    return ",".join(terms)


def _term(random: Random, low: int, high: int, names: tuple[str, ...]) -> str:
    first, last = sorted(random.sample(range(low, high + 1), 2))
    kind = random.randrange(5)
    if kind == 0:
        return f"{_value(random, first, names)}-{last}"
    if kind == 1:
        return f"{first}-{last}/{random.randint(1, 5)}"
    if kind == 2:
        return f"{first}/{random.randint(1, 9)}"
    if kind == 3:
        return f"*/{random.randint(2, 9)}"
    return _value(random, first, names)


def _value(random: Random, number: int, names: tuple[str, ...]) -> str:
    if names and random.random() < 0.5:
        return names[number % 7 if len(names) == 7 else number - 1]
    return random.choice((str(number), f"{number:02}"))


def length(random: Random) -> int:
    """Minutes: one, an hour or so, about a day, several days, and now and then weeks."""
    return random.choice(
        (
            1,
            random.randint(2, 90),
            random.choice((60, 120, 480)),
            random.randint(90, 1439),
            random.choice((1439, 1440, 1441, 2880)),
            random.randint(1440, 6 * MINUTES_OF_A_DAY),
            random.randint(1, 5) * MINUTES_OF_A_DAY,
            random.randint(6, 40) * MINUTES_OF_A_DAY,
        )
    )
