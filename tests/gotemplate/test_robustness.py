"""Whatever the text: reading it raises nothing, and agrees with Go."""

import sys
from pathlib import Path
from random import Random
from types import FrameType

import pytest
from gaugewright.gotemplate.analysis import analyse, label_uses
from gaugewright.gotemplate.cursor import DEEPEST
from hypothesis import given
from hypothesis import strategies as st

from tests.gotemplate.case_files import cases
from tests.gotemplate.promtool_runs import expanded_texts, refused_texts

PIECES = [
    "{{", "}}", "{{-", "-}}", "{{ end }}", "{{ else }}", "{{ if true }}", "{{ with $x := 1 }}", "/* c */",
    "$labels", "$value", "$x", "$i, $x := ", ".", ".Labels", ".pool", "|", ":=", "=", ",", "(", ")", " ", " ", "\n",
    "humanize", "printf", "first", "index", "value", "eq", "foo", "query", 'query "up"', "now",
    "if", "else", "else if", "else with", "end", "range", "with", "define", "template", "block", "break", "continue",
    "nil", "true", "1", "1.0", "-1", "089", "0x1f", "1e3", "1i", '"%s"', '"a\\n"', "`raw`", "'c'", '"t"',
    "==", "}", "{", "$", "-", "[", "'", "`", '"', "\\", "é",
]  # fmt: skip
TEXTS = [case.text for name in ("syntax.txt", "expansion.txt") for case in cases(name)]
fragments = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join)
texts = fragments | fragments.map(lambda inner: f"{{{{ {inner} }}}}")


@given(texts)
def test_no_text_raises_and_every_place_is_inside_it(text: str) -> None:
    analysis = analyse(text)
    places = [
        *analysis.refused, *analysis.failing, *analysis.needs, *analysis.label_uses, *analysis.value_uses,
    ]  # fmt: skip
    assert all(0 <= place.start <= place.end <= len(text) for place in places)
    assert label_uses(text) == analysis.label_uses


@given(texts)
def test_every_finding_has_words_that_stand_alone(text: str) -> None:
    for item in (*analyse(text).refused, *analyse(text).failing):
        assert item.code == "template-syntax"
        assert item.message
        assert "\n" not in item.message


@given(st.text(alphabet=st.characters(exclude_characters="{")))
def test_a_text_without_braces_is_in_order(text: str) -> None:
    analysis = analyse(text)
    assert not analysis.refused
    assert not analysis.failing


@pytest.mark.parametrize(
    "piece",
    ["{{", "{{ (", "{{ if true }}", '{{ "', "{{ '", "{{/*", "{{ $x := 1 }}", "{{ $y }}", "{{ 1 | ", "{{ else if 1 }}"],
)  # fmt: skip
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    few, many = (_calls(piece * count) for count in (200, 400))
    assert many < 2.1 * few + 100


def _calls(text: str) -> int:
    """How many functions are called while `text` is read: a measure of work that no busy machine changes."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(counted)
    try:
        analyse(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("opened", ["{{ if true }}", "{{ range $labels }}", '{{ define "a" }}', "("])
def test_deep_nesting_is_a_finding(opened: str) -> None:
    for depth, expected in ((DEEPEST, False), (DEEPEST + 1, True), (5000, True)):
        text = opened * depth + "x"
        found = analyse(f"{{{{ {text} }}}}" if opened == "(" else text).refused
        assert any("nested too deeply" in item.message for item in found) == expected


def test_random_texts_are_refused_by_promtool_exactly_where_they_have_findings(promtool: Path, tmp_path: Path) -> None:
    made = [text for text in _random_texts(Random(1), 1500) if "{{" in text]
    refused = refused_texts(promtool, tmp_path, made)
    older = refused_texts(promtool, tmp_path, ["{{ now }}"])
    for text in made:
        analysis = analyse(text)
        assert (text in refused) == bool(analysis.refused or (older and analysis.needs)), text


def _random_texts(random: Random, count: int) -> list[str]:
    """Half of them made of pieces, half of them written texts with small mistakes put in."""
    made = ["".join(random.choices(PIECES, k=random.randint(1, 12))) for _ in range(count // 2)]
    written = [_with_mistakes(random, random.choice(TEXTS)) for _ in range(count // 2)]
    return list(dict.fromkeys([*(f"{{{{ {text} }}}}" for text in made), *written]))


def _with_mistakes(random: Random, text: str) -> str:
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(["", *PIECES]) + text[at + random.randint(0, 1) :]
    return text


def test_what_has_no_finding_does_not_get_wrong_arguments(promtool: Path, tmp_path: Path) -> None:
    """Pipelines at random: where Go complains of a number of arguments or a field, there was a finding."""
    made = [text for text in _random_pipelines(Random(2), 800) if not analyse(text).refused]
    made = [text for text in made if not analyse(text).needs]
    expanded = expanded_texts(promtool, tmp_path, made)
    silent = [text for text in made if not analyse(text).failing]
    assert len(silent) > 50
    for text in silent:
        complaint = expanded[text]
        assert "wrong number of args" not in complaint, (text, complaint)
        assert "non-function" not in complaint, (text, complaint)
        assert "can't evaluate field" not in complaint, (text, complaint)


VALUES = [
    "$labels", "$value", "$labels.pool", 'index $labels "pool"', ".", ".Labels.pool", ".Value", 'query "x"',
    'query "x" | first', '"text"', "1", "1.5", "true", "$externalLabels", ".pool", "$labels.pool.x", "toTime $value",
    '(query "x").Value', '(query "x" | first).Labels.pool', '(query "x" | first).pool',
]  # fmt: skip
CALLS = [
    "humanize", "title", "first", "value", 'label "a"', 'sortByLabel "a"', 'match "a"', "stripPort", "len", "not",
    "print", 'printf "%v"', "eq 1", 'eq "a"', "gt 2.0", "index", 'or "x"', "parseDuration", "humanizeTimestamp",
]  # fmt: skip


def _random_pipelines(random: Random, count: int) -> list[str]:
    made = []
    for _ in range(count):
        calls = random.choices(CALLS, k=random.choice([0, 1, 1, 2]))
        operands = [f"({random.choice(VALUES)})" for _ in range(random.choice([0, 0, 0, 1]))]
        pipeline = " | ".join([random.choice([*VALUES, *CALLS]), *calls])
        made.append(f"{{{{ {' '.join([pipeline, *operands])} }}}}")
    return list(dict.fromkeys(made))


def test_a_text_that_is_found_to_fail_does_fail_where_it_is_reached(promtool: Path, tmp_path: Path) -> None:
    """Straight pipelines are always reached, but for what `or` leaves out and formats that nothing shows."""
    made = [text for text in _random_pipelines(Random(3), 800) if analyse(text).failing]
    made = [text for text in made if not analyse(text).refused and "or " not in text and "printf" not in text]
    expanded = expanded_texts(promtool, tmp_path, made)
    assert len(made) > 100
    assert [text for text in made if "<error expanding template" not in expanded[text]] == []
