"""Strings, numbers, durations and regular expressions."""

import math

import promql_parser
import pytest
from gaugewright.promql.literals import EscapeMistake, duration_seconds, number_value, quote, unquote
from gaugewright.promql.regex import regex_mistake
from hypothesis import given
from hypothesis import strategies as st

from tests.promql.case_files import FOLDER
from tests.promql.queries import strings


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_quoted_text_is_read_back(value: str) -> None:
    assert unquote(quote(value)) == value


@given(strings())
def test_a_string_has_the_value_it_was_written_for(written: tuple[str, str]) -> None:
    literal, value = written
    assert unquote(literal) == value


@given(st.lists(st.sampled_from(["a", "é", "\\n", "\\t", "\\\\", '\\"', "\\x41", "\\101", "\\u00e9", "\\U0001F600"])))
def test_escapes_mean_what_promql_parser_takes_them_for(parts: list[str]) -> None:
    literal = '"' + "".join(parts) + '"'
    known = promql_parser.parse(literal)
    assert isinstance(known, promql_parser.StringLiteral)
    assert unquote(literal) == known.val


@pytest.mark.parametrize("body", [r"\d", r"\'", r"\x4", r"\400", r"\ud800", r"\U00110000", r"a\.b"])
def test_an_escape_that_go_refuses_is_a_mistake_at_the_backslash(body: str) -> None:
    mistake = unquote(f'"{body}"')
    assert isinstance(mistake, EscapeMistake)
    assert mistake.start == body.index("\\") + 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("1", 1), ("1.", 1), (".5", 0.5), ("1e3", 1000), ("1E-3", 0.001), ("0x1F", 31), ("010", 8),
        ("09", 9), ("1_000", 1000), ("0x_1F", 31), ("0.5", 0.5), ("00.5", 0.5), ("Inf", math.inf),
    ],
)  # fmt: skip
def test_a_number_has_gos_value(text: str, value: float) -> None:
    assert number_value(text) == value


@pytest.mark.parametrize("text", ["1e999", "1__0", "1_", "0x"])
def test_a_number_that_go_refuses_has_none(text: str) -> None:
    assert number_value(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("1d", 86400), ("1w", 604800), ("1y", 31536000), ("250ms", 0.25), ("1m1ms", 60.001)],
)
def test_a_duration_has_its_seconds(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["5m1h", "1m1m", "1s1y"])
def test_a_duration_out_of_order_has_none(text: str) -> None:
    assert duration_seconds(text) is None


_REGEXES = (FOLDER / "regexes.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("pattern", [line[2:] for line in _REGEXES if line.startswith("+ ")])
def test_a_pattern_that_go_compiles_is_in_order(pattern: str) -> None:
    assert regex_mistake(pattern) is None


@pytest.mark.parametrize("pattern", [line[2:] for line in _REGEXES if line.startswith("- ")])
def test_a_pattern_that_go_refuses_is_a_mistake_inside_it(pattern: str) -> None:
    mistake = regex_mistake(pattern)
    assert mistake is not None
    assert 0 <= mistake.start < mistake.end <= len(pattern)


@given(st.text("ab(){}[]*+?|\\^$.-:<>=!dQEpPx0159,&", max_size=20))
def test_any_pattern_is_judged(pattern: str) -> None:
    mistake = regex_mistake(pattern)
    assert mistake is None or 0 <= mistake.start <= mistake.end <= len(pattern)
