"""A chunk that is too large for one answer is taken in parts, and each series is in one of them, listed or not."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from gaugewright.export.request import Request
from gaugewright.export.selectors import Matcher, Span, selector
from gaugewright.export.server import Server
from gaugewright.export.source import label_path
from hypothesis import given
from hypothesis import strategies as st

from tests.export.exporting import START, Exporting, asked, folders
from tests.export.fake import Answer, Question, Series, chosen, fake, refusal, retold


def without(*lost: str) -> Any:
    """Lists of labels lack these."""

    def script(question: Question, answer: Answer) -> Answer:
        if question.is_for_samples or answer.status != 200:
            return answer
        return retold(answer, lambda content: content.update(data=[one for one in content["data"] if one not in lost]))

    return script


def routes(*values: str) -> list[Series]:
    """A series for each, of 60 samples."""
    samples = tuple((START + number * 1000, str(number)) for number in range(60))
    return [Series({"__name__": "shop_level", "route": value}, samples) for value in values]


def hour(folder: Path) -> Request:
    return asked(folder, series=("shop_level",), metric_names=("shop_level",), end_ms=START + 3_600_000)


def whole(folder: Path, series: list[Series]) -> bytes:
    with fake(series) as server:
        exporting = Exporting(folder, Server(server.url))
        exporting.run(hour(folder))
    return exporting.file


@pytest.mark.parametrize("lie", [{"warnings": ["results truncated due to limit"]}, {"isPartial": True}])
@pytest.mark.parametrize("path", ["/api/v1/labels", "/api/v1/label/route/values"])
def test_a_list_that_is_not_complete_is_asked_for_again(lie: dict[str, Any], path: str, tmp_path: Path) -> None:
    told = []

    def script(question: Question, answer: Answer) -> Answer:
        if question.path != path or told:
            return answer
        told.append(path)
        return retold(answer, lambda content: content.update(lie))

    series = routes("a", "b", "c", "d")
    first, second = islice(folders(tmp_path), 2)
    with fake(series, script, most_samples=100) as server:
        exporting = Exporting(first, Server(server.url))
        exporting.run(hour(first))
    assert any("not complete" in text for text in exporting.said)
    assert exporting.file == whole(second, series)


@pytest.mark.parametrize(
    "lost", [("z",), ("y", "z"), ("a",), ("a", "b"), ("m",), ("b", "y"), ("w", "x", "y", "z"), ("route",)], ids="-".join
)  # fmt: skip
def test_a_series_that_no_list_names_is_in_the_file_or_refused(lost: tuple[str, ...], tmp_path: Path) -> None:
    """Refused where nothing that is known divides what is too large: the file is never another one."""
    series = routes("a", "b", "m", "w", "x", "y", "z")
    first, second = islice(folders(tmp_path), 2)
    expected = whole(second, series)
    with fake(series, without(*lost), most_samples=200) as server:
        exporting = Exporting(first, Server(server.url))
        if lost in (("w", "x", "y", "z"), ("route",)):
            assert "lists of labels lack" in exporting.failure(hour(first))
        else:
            exporting.run(hour(first))
            assert exporting.file == expected


def test_values_of_any_kind_are_split_at(tmp_path: Path) -> None:
    series = routes("", "a|b", "a", 'quote"', "back\\slash", "line\nbreak", ".*", "$^", "ü", "{}")
    first, second = islice(folders(tmp_path), 2)
    with fake(series, most_samples=60) as server:
        exporting = Exporting(first, Server(server.url))
        exporting.run(hour(first))
    assert exporting.file == whole(second, series)


def test_lists_of_labels_are_asked_for_in_short_urls(tmp_path: Path) -> None:
    """Servers and proxies refuse long ones; the samples' selectors, in bodies, may be longer."""
    asked_for = []

    def script(question: Question, answer: Answer) -> Answer:
        if not question.is_for_samples:
            asked_for.append(len(question.fields["match[]"]))
        return answer

    series = routes(*(f"{number:050}" for number in range(200)))
    first, second = islice(folders(tmp_path), 2)
    with fake(series, script, most_samples=60 * 90) as server:
        exporting = Exporting(first, Server(server.url))
        exporting.run(hour(first))
        assert max(len(question.fields.get("query", "")) for question in server.asked) > 2000
    assert exporting.file == whole(second, series)
    assert len(asked_for) > 2
    assert max(asked_for) <= 2000


VALUES = st.text(st.characters(codec="utf-8"), max_size=4) | st.text('ab.*]^-\\"\n\0\ud7ff\ue000', max_size=4)


@given(listed=st.sets(VALUES, min_size=2, max_size=8), others=st.sets(VALUES, max_size=8))
def test_each_series_is_in_one_half_those_of_smaller_values_in_the_first(listed: set[str], others: set[str]) -> None:
    series = [Series({"__name__": "x", "route": value}, ((0, "1"),)) for value in sorted(listed | others)]
    spans = [Span("route", tuple(sorted(listed)))]
    while any(len(span.values) > 1 for span in spans):
        spans = [part for span in spans for part in span.halves() or (span,)]
    found = [item for span in spans for item in chosen(series, selector("x", [span]))]
    assert [item.labels["route"] for item in found] == [item.labels["route"] for item in series]
    assert [span.values for span in spans] == [(value,) for value in sorted(listed)]


def test_a_selector_does_not_grow_with_the_number_of_values() -> None:
    """VictoriaMetrics refuses queries of more than 16 KiB."""
    span = Span("route", tuple(f"/shop/v1/customers/{number:08}/orders" for number in range(20_000)))
    longest = 0
    while halves := span.halves():
        span = halves[longest % 2]
        longest = max(longest, len(selector("x", [span])))
    assert longest < 4000


def test_values_that_are_alike_for_too_long_are_not_divided_there() -> None:
    assert Span("route", ("a" * 5000 + "b", "a" * 5000 + "c")).halves() is None
    halves = Span("route", ("a" * 5000 + "b", "a" * 5000 + "c", "b")).halves()
    assert halves is not None
    assert [len(half.values) for half in halves] == [2, 1]


def test_an_export_whose_values_are_alike_for_too_long_says_so(tmp_path: Path) -> None:
    """Another label would give parts in another order than the file's."""
    samples = tuple((START + number * 1000, str(number)) for number in range(60))
    pairs = [("a" * 300 + "1", "y"), ("a" * 300 + "2", "x")]
    series = [Series({"__name__": "shop_level", "path": path, "route": route}, samples) for path, route in pairs]
    with fake(series, most_samples=100) as server:
        message = Exporting(tmp_path, Server(server.url)).failure(hour(tmp_path))
    assert "the values of `path` are alike in their first 200 characters" in message


def test_a_label_that_is_no_identifier_is_quoted() -> None:
    assert selector("x", (Matcher("my.label", "a"),)) == 'x{"my.label"="a"}'
    assert selector("x", (Span('"\\', ("a", "b"), "a"),)) == r'x{"\"\\"!~"(?:[\\x00-\\x60](?s:.*))?"}'
    assert selector("x", (Matcher("_1", "a"),)) == 'x{_1="a"}'


def test_a_label_that_is_no_identifier_is_escaped_in_a_path() -> None:
    assert label_path("route") == "/api/v1/label/route/values"
    assert label_path("my.label_a/b") == "/api/v1/label/U__my_2e_label__a_2f_b/values"


def test_labels_that_are_no_identifiers_are_split_at(tmp_path: Path) -> None:
    samples = tuple((START + number * 1000, str(number)) for number in range(60))
    series = [Series({"__name__": "shop_level", "my.label/ü": value}, samples) for value in ("a", "b", "c")]
    first, second = islice(folders(tmp_path), 2)
    with fake(series, most_samples=60) as server:
        exporting = Exporting(first, Server(server.url))
        exporting.run(hour(first))
    assert exporting.file == whole(second, series)
    assert json.dumps({"my.label/ü": "a"}, ensure_ascii=False, separators=(",", ":")).replace('"', '""') in (
        exporting.file.decode()
    )


def test_a_refusal_of_the_smallest_part_ends_the_export(tmp_path: Path) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        return refusal(422, "never") if question.is_for_samples else answer

    with fake(routes("a", "b"), script) as server:
        message = Exporting(tmp_path, Server(server.url)).failure(hour(tmp_path))
    assert "the server refuses even the smallest query: the server answered 422: never" in message
