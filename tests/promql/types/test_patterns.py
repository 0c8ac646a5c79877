"""Regular expressions against RE2 itself: what is answered is right, and what is hostile is not slow."""

import string

import pytest
from gaugewright.promql.regex import regex_mistake
from gaugewright.promql.types.patterns import compiled_pattern, matches
from hypothesis import example, given
from hypothesis import strategies as st

re2 = pytest.importorskip("re2")

ATOMS = (
    *"abAB01_-.: ", "\\.", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "[[:space:]]", "[ab]", "[^ab]", "[a-c0-9]",
    "[[:alpha:]]", "[^[:digit:]]", "[\\d-]", "(?i:a)", "(a|b)", "(?:ab)?", "(a*)*", "^", "$", "\\b", "\\B", "\\A",
    "\\z", "\\x61", "\\141", "\\Qa.b\\E", "a|", "|", "*", "+", "?", "{2}", "{1,3}", "{0,}", "*?", "(?i)", "(?m)",
    "(?s)", "(?-s)", "(?U)", "é", "\\n",
)  # fmt: skip
patterns = st.lists(st.sampled_from(ATOMS), max_size=7).map("".join)
texts = st.text(st.sampled_from([*"aAbB01_-.: \n\v\t", "é", "ſ", "K"]), max_size=7)


@given(patterns, texts)
@example(".*", "a\nb")
@example("a.b", "a\nb")
@example("(?i)k", "\u212a")
@example("(?i)[^s]", "\u017f")
@example("a|ab", "ab")
@example("(|a)+", "aa")
@example("\\bab\\b", "ab")
@example("(?m)a$\nb", "a\nb")
@example("x*", "")
@example("\\s", "\v")
@example("[[:space:]]", "\v")
@example("a(?i)*", "")
def test_an_answer_is_that_of_re2(pattern: str, text: str) -> None:
    if regex_mistake(pattern) is not None:
        return
    answer = matches(pattern, text)
    try:
        expected = re2.compile(f"\\A(?s:{pattern})\\z").search(text) is not None
    except re2.error:
        return
    assert answer in (None, expected)


@pytest.mark.parametrize("pattern", ["us|eu", "us-.*", "5..", "[a-z]+_\\d+", "(?i)prod", "a{3}", "", ".*|x"])
def test_common_patterns_are_understood(pattern: str) -> None:
    assert compiled_pattern(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        "(a*)*b",
        "(a|a)*b",
        "(a+)+$b",
        "((a{0,30}){0,30}){0,30}b",
        "(){1000}" * 30,
        "(" * 59 + "a*" + ")*" * 59 + "b",
        "(x+x+)+y",
    ],
)
def test_a_hostile_pattern_does_little_work(pattern: str) -> None:
    # Backtracking would need more steps than there are atoms; the automaton is bounded or not built at all.
    compiled = compiled_pattern(pattern)
    if compiled is not None and compiled.automaton is not None:
        assert len(compiled.automaton.steps) <= 1500
        assert matches(pattern, "a" * 300) in (False, True)


@given(st.lists(st.text(string.ascii_lowercase, max_size=3), min_size=1, max_size=4))
def test_a_list_of_words_is_known_as_words(words: list[str]) -> None:
    compiled = compiled_pattern("|".join(words))
    assert compiled is not None
    assert compiled.words == frozenset(words)
