"""Reading cron: what is accepted, what is refused and where, and that it means what `cronsim` says."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from cronsim import CronSim, CronSimError
from gaugewright.diagnostics import TextFinding
from gaugewright.model.cron import Cron, opens_on, parse_cron
from hypothesis import given
from hypothesis import strategies as st

from tests.model import schedules, wall_clock

BLOCKS = [
    block.split("\n")
    for block in (Path(__file__).parent / "cron_cases.txt").read_text("utf-8").rstrip("\n").split("\n\n")
    if not block.startswith("#")
]
ACCEPTED = [line for block in BLOCKS if block[0] == "accepted" for line in block[1:]]
REFUSED = [block[1:] for block in BLOCKS if block[0] == "refused"]


def carets(finding: TextFinding) -> str:
    return " " * finding.start + "^" * (finding.end - finding.start)


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepted_expressions_have_no_finding(text: str) -> None:
    assert isinstance(parse_cron(text), Cron)


@pytest.mark.parametrize("lines", REFUSED, ids=lambda lines: lines[0])
def test_each_mistake_is_found_at_its_characters_with_its_words(lines: list[str]) -> None:
    findings = parse_cron(lines[0])
    assert not isinstance(findings, Cron)
    marks = [line for line in lines[1:] if re.fullmatch(r" *\^+", line)]
    assert [carets(finding) for finding in findings] == marks
    for finding, words in zip(findings, lines[1 + len(marks) :], strict=True):
        message, _, help = words.partition(" | ")
        assert finding.code == "invalid-cron"
        assert message in finding.message
        assert help in finding.help


@pytest.mark.parametrize(("text", "start", "end"), [("", 0, 0), ("   ", 0, 3)])
def test_an_empty_schedule_is_refused_as_a_whole(text: str, start: int, end: int) -> None:
    findings = parse_cron(text)
    assert not isinstance(findings, Cron)
    assert [(finding.start, finding.end) for finding in findings] == [(start, end)]
    assert "empty" in findings[0].message


@pytest.mark.parametrize("lines", [lines for lines in REFUSED if "Write it as" in str(parse_cron(lines[0]))])
def test_the_way_to_write_a_backward_range_is_accepted(lines: list[str]) -> None:
    (finding,) = parse_cron(lines[0])  # type: ignore[misc]
    mended = re.search("`(.*)`", finding.help)
    assert mended is not None
    assert isinstance(parse_cron(lines[0][: finding.start] + mended[1] + lines[0][finding.end :]), Cron)


@given(st.text(alphabet="*/,-?#LWH@0123456789 \tAFMNOR.+~٣x\n", max_size=40) | st.text(max_size=40))
def test_any_text_gives_a_schedule_or_findings_inside_it(text: str) -> None:
    result = parse_cron(text)
    if not isinstance(result, Cron):
        assert result
        assert all(0 <= finding.start <= finding.end <= len(text) for finding in result)
        assert all(finding.message and "\n" not in finding.message for finding in result)


@given(st.text(alphabet="*/,-#LW0123456789", min_size=1, max_size=6), st.integers(0, 4))
def test_what_cronsim_refuses_in_a_field_is_refused(term: str, position: int) -> None:
    text = " ".join([*"*" * position, term, *"*" * (4 - position)])
    try:
        CronSim(text, datetime(2024, 1, 1))
    except (CronSimError, ValueError):
        assert not isinstance(parse_cron(text), Cron)
    except AssertionError:
        pass  # cronsim stumbles over a step after `#`, `L` or `LW`


def test_a_schedule_opens_at_the_minutes_that_cronsim_names() -> None:
    random = Random(1)
    checked = 0
    for _ in range(400):
        text = schedules.cron(random)
        cron = parse_cron(text)
        try:
            judged = list(islice(CronSim(wall_clock.plain(text), datetime(2023, 12, 31, 23, 59)), 12))
        except CronSimError:
            judged = []
        if isinstance(cron, Cron):
            assert list(islice(opening_minutes(cron, date(2024, 1, 1)), 12)) == judged, text
            checked += 1
        else:
            assert not judged, text
    assert checked > 350


def opening_minutes(cron: Cron, day: date) -> Iterator[datetime]:
    while True:
        if opens_on(cron, day):
            for hour in sorted(cron.hours):
                for minute in sorted(cron.minutes):
                    yield datetime(day.year, day.month, day.day, hour, minute)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("macro", "meaning"),
    [("@yearly", "0 0 1 1 *"), ("@MONTHLY", "0 0 1 * *"), ("@weekly", "0 0 * * 0"), ("@hourly", "0 * * * *")],
)
def test_a_macro_means_its_expression(macro: str, meaning: str) -> None:
    assert fields(macro) == fields(meaning)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("0 0 ? * 5", "0 0 * * 5"),
        ("0 0 1 * ?", "0 0 1 * *"),
        ("0 0 * * 7", "0 0 * * 0"),
        ("17-17/5 0 * * *", "17 0 * * *"),
        ("5/20 0 * * *", "5,25,45 0 * * *"),
        ("0 0 * * fril", "0 0 * * 5L"),
    ],
)
def test_two_ways_of_writing_mean_the_same(text: str, same: str) -> None:
    assert fields(text) == fields(same)


def fields(text: str) -> list[object]:
    cron = parse_cron(text)
    assert isinstance(cron, Cron)
    return [getattr(cron, name) for name in Cron.__slots__ if name != "text"]
