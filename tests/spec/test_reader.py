"""YAML as the spec's language reads it: YAML 1.2's core schema, places, limits."""

import json
from typing import Any

import pytest
import yaml
from gaugewright.spec.reader import MAX_BYTES, MAX_DEPTH, read_yaml
from gaugewright.spec.scalars import as_written
from gaugewright.spec.source import List, Map, Source
from hypothesis import given
from hypothesis import strategies as st


def value_of(text: str) -> Any:
    reading = read_yaml(f"x: {text}\n".encode(), "x.yaml")
    assert reading.readable, reading.diagnostics
    return reading.document.root["x"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("off", "off"),
        ("null", None),
        ("~", None),
        ("", None),
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("0", 0),
        ("010", "010"),
        ("0o10", "0o10"),
        ("0x1F", "0x1F"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("22:22", "22:22"),
        ("1:30:00", "1:30:00"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("01.5", "01.5"),
        (".inf", float("inf")),
        ("-.inf", float("-inf")),
        ("=", "="),
        ("'5'", "5"),
        ('"true"', "true"),
        ("12345678901234567890", 12345678901234567890.0),
        ("!", None),
    ],
)
def test_plain_scalars_mean_what_the_core_schema_says(written: str, value: Any) -> None:
    if written == "!":
        assert not read_yaml(b"x: ! 5\n", "x").readable
        return
    found = value_of(written)
    assert type(found) is type(value) or isinstance(found, type(value))
    assert found == value


@pytest.mark.parametrize("written", ["1.0", "0.10", "+5", "1e3", "5.", "-0", "true", "17"])
def test_a_number_remembers_how_it_was_written(written: str) -> None:
    assert as_written(value_of(written)) == written


SCALARS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=30)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3), max_leaves=12
)


def plain(value: Any) -> Any:
    if isinstance(value, Map):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, List) else value


@given(st.dictionaries(SCALARS, VALUES, max_size=4), st.booleans())
def test_what_another_yaml_writes_is_read_back(document: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, default_style='"', default_flow_style=flow)
    reading = read_yaml(text.encode(), "x.yaml")
    assert reading.readable
    assert plain(reading.document.root) == document


@given(st.dictionaries(SCALARS, VALUES, max_size=4))
def test_json_is_read_as_the_same(document: dict[str, Any]) -> None:
    reading = read_yaml(json.dumps(document, ensure_ascii=False).encode(), "x.yaml")
    if reading.readable:  # YAML refuses a few characters that JSON takes
        assert plain(reading.document.root) == document


WORDS = st.text("abcé漢😀'\"\\ #:-{}\n", min_size=1, max_size=40)


def leaves(value: Any, source: Source) -> list[tuple[Source, str]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, source.at(key))]
    return [(source, value)] if isinstance(value, str) else []


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=3), WORDS, max_size=3), st.sampled_from(["'", '"', "|", ">"])
)
def test_each_visible_character_of_a_value_is_found_in_the_file(document: dict[str, str], style: str) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, default_style=style, width=20)
    reading = read_yaml(text.encode(), "x.yaml")
    lines = text.split("\n")
    for source, value in leaves(reading.document.root, Source(reading.document)):
        for index, character in enumerate(value):
            if not character.isspace():
                place = source.inside(index, index + 1)
                shown = lines[place.line - 1][place.column - 1 :]
                assert shown.startswith((character, "\\", "''"))


def test_a_place_inside_a_block_scalar_counts_the_files_lines_and_columns() -> None:
    text = 'a:\n  query: |\n    sum(\n      x{y="z"}\n    )\n'
    document = read_yaml(text.encode(), "f.yaml").document
    source = Source(document).at("a", "query")
    start = source.value().index('y="z"')
    place = source.inside(start, start + 5)
    assert (place.line, place.column, place.end_line, place.end_column) == (4, 9, 4, 14)


def test_a_place_inside_a_folded_scalar_and_behind_escapes() -> None:
    text = 'a: >-\n  first\n  second\nb: "\\"q\\u00e9\\" here"\n'
    document = read_yaml(text.encode(), "f.yaml").document
    folded = Source(document).at("a")
    assert folded.inside(6, 12).line == 3
    quoted = Source(document).at("b")
    at = quoted.value().index("here")
    assert quoted.inside(at, at + 4).column == text.split("\n")[3].index("here") + 1


def codes(content: bytes) -> list[str]:
    return [item.code for item in read_yaml(content, "x.yaml").diagnostics]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a: \x00", "yaml-syntax"),
        (b"\xff\xfea: 1", "unreadable-file"),
        (b"a: " + b"x" * MAX_BYTES, "unreadable-file"),
        (b"a: " + b"[" * (MAX_DEPTH + 5), "yaml-limit"),
        (b"a: " + b"{a: " * (MAX_DEPTH + 5), "yaml-limit"),
        (b"a: !!python/object:os.system x", "yaml-syntax"),
        (b"a: !!str x", "yaml-syntax"),
        (b"a: &x [*x]", "yaml-limit"),
        (b"a: *x", "yaml-syntax"),
        (b"<<: {a: 1}", "yaml-syntax"),
        (b"? [a]\n: b", "yaml-syntax"),
        (b"a: 1\na: 2", "duplicate-key"),
        (b"---\na: 1\n---\nb: 1", "yaml-syntax"),
        (b"- a", "invalid-value"),
        (b"a:\n\t- b", "yaml-syntax"),
        (b"a: [1", "yaml-syntax"),
    ],
)
def test_what_is_not_a_spec_gives_one_finding(content: bytes, code: str) -> None:
    assert codes(content) == [code]


def test_aliases_work_and_point_at_their_anchor() -> None:
    document = read_yaml(b"a: &x {b: hello}\nc: *x\n", "x.yaml").document
    assert document.root["c"] == {"b": "hello"}
    assert Source(document).at("c", "b").place().line == 1


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert read_yaml("\ufeffa: 1".encode(), "x").document.root == {"a": 1}


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise(content: bytes) -> None:
    read_yaml(content, "x.yaml")


@given(st.text("a:&*![]{}<>|-?,#%@`'\"\\ \n\t0.~é", max_size=120))
def test_no_yaml_like_text_makes_the_reader_raise(text: str) -> None:
    reading = read_yaml(text.encode(), "x.yaml")
    for item in reading.diagnostics:
        assert item.place.line >= 1
        assert item.place.column >= 1
