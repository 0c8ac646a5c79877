"""Any edit of any value, in whatever style it stands: the file then says that and nothing else, or stays as it is."""

from __future__ import annotations

from typing import Any

import yaml
from gaugewright.diagnostics import Diagnostic, Edit, Mend, Place
from gaugewright.diagnostics.mend import edited
from gaugewright.mends.write import MISSING, SHARED, alone, write
from gaugewright.spec.reader import read_yaml
from gaugewright.spec.source import Document, Source
from hypothesis import example, given
from hypothesis import strategies as st

# What YAML could take for its own, beside ordinary words.
PIECES = st.sampled_from(
    ("rate", "(x", '{a="b"}', "[5m])", " ", "  ", "\n", "\n\n", "\t", ": ", " #", "'", '"', "\\", "{{ $v }}", "- ",
     "*a", "&a", "%", "é", "😀", "|", ">", "null", "5", ",", "]", "}", "?", "!", "@", "`", "\x85", "\u2028", "...",
     "---")
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=12).map("".join)
STYLES = st.sampled_from((None, "'", '"', "|", ">"))


def finding(*edits: Edit, message: str = "words") -> Diagnostic:
    return Diagnostic("redundant-matcher", "warning", message, Place("f.yaml", 1, 1, 1, 1), mend=Mend(edits))


def document(text: str) -> Document:
    reading = read_yaml(text.encode(), "f.yaml")
    assert reading.readable, reading.diagnostics
    return reading.document


def value(text: str, *path: str | int) -> Any:
    return Source(document(text), path).value()


@st.composite
def written_texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file whose values are texts in some style, and those texts."""
    texts = draw(st.lists(TEXTS, min_size=1, max_size=3))
    style, width = draw(STYLES), draw(st.sampled_from((20, 40, 1000)))
    flow = draw(st.booleans()) and style not in ("|", ">")
    dumped = "".join(
        yaml.dump({f"k{number}": [text, {"inner": text}]}, default_style=style, width=width, allow_unicode=True,
                  default_flow_style=flow)
        + "# a comment\n\n"
        for number, text in enumerate(texts)
    )  # fmt: skip
    return dumped.replace("\n", draw(st.sampled_from(("\n", "\r\n")))), texts


@given(written_texts(), st.data())
def test_after_an_edit_the_file_says_that_and_nothing_else(written: tuple[str, list[str]], data: st.DataObject) -> None:
    text, _ = written
    reading = read_yaml(text.encode(), "f.yaml")
    if not reading.readable:
        return  # a few of these our reader refuses
    before = reading.document
    path = data.draw(st.sampled_from([(key, *rest) for key in before.root for rest in ((0,), (1, "inner"))]))
    old = str(Source(before, path).value())
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    edit = Edit(start, end, data.draw(TEXTS | st.just("")), path)
    done = write(before, [finding(edit)])
    after = document(done.text)
    span = Source(before, path).span()
    assert done.text.startswith(text[: span.start])
    assert done.text.endswith(text[span.end :])
    assert len(done.made) + len(done.refused) == 1
    if done.refused:
        assert done.text == text
        return
    for key in before.root:
        for rest in ((0,), (1, "inner")):
            found = Source(after, (key, *rest)).value()
            expected = edited(old, (edit,)) if (key, *rest) == path else Source(before, (key, *rest)).value()
            assert found == expected


@given(TEXTS, st.data())
@example("a: b", None)
def test_quotes_can_always_say_it(text: str, data: st.DataObject | None) -> None:
    """A value in quotes is never refused, whatever comes in."""
    quote = "'" if data is None else data.draw(st.sampled_from(("'", '"')))
    done = write(document(f"a: {quote}b{quote}\n"), [finding(Edit(0, 1, text, ("a",)))])
    if "\x85" not in text and "\u2028" not in text:
        assert [one.why for one in done.refused] == []
        assert value(done.text, "a") == text


def test_a_plain_text_is_quoted_where_it_must_be() -> None:
    done = write(document("a: up\nb: 1\n"), [finding(Edit(2, 2, " # not", ("a",)))])
    assert done.text == "a: 'up # not'\nb: 1\n"


def test_a_plain_text_of_several_lines_keeps_them_in_quotes() -> None:
    done = write(document("a: sum(x)\n  / sum(y)\nb: 1\n"), [finding(Edit(0, 3, "x: avg", ("a",)))])
    assert done.text == "a: 'x: avg(x)\n  / sum(y)'\nb: 1\n"


def test_a_text_stays_a_text_where_the_new_one_looks_like_a_number() -> None:
    assert write(document("a: x\n"), [finding(Edit(0, None, "5", ("a",)))]).text == "a: '5'\n"


def test_a_number_stays_a_number() -> None:
    assert write(document("a: 5\n"), [finding(Edit(0, None, "0.5", ("a",)))]).text == "a: 0.5\n"


def test_a_block_keeps_its_indentation_and_what_follows() -> None:
    text = "a: |\n    sum(\n      x\n    )\n\n# a comment\nb: 1\n"
    assert write(document(text), [finding(Edit(7, 8, "y", ("a",)))]).text == text.replace("x", "y")


def test_one_mend_of_several_values_is_made_as_a_whole_or_not_at_all() -> None:
    both = (Edit(0, 1, "y", ("a",)), Edit(0, None, "2", ("b",)))
    assert write(document("a: x\nb: 1\n"), [finding(*both)]).text == "a: y\nb: 2\n"
    done = write(document("a: x\nc: 1\n"), [finding(*both)])
    assert (done.text, [one.why for one in done.refused]) == ("a: x\nc: 1\n", [MISSING])


def test_of_two_mends_of_one_value_the_second_waits() -> None:
    first, second = finding(Edit(0, 1, "y", ("a",))), finding(Edit(1, 2, "z", ("a",)), message="other")
    done = write(document("a: xx\n"), [first, second])
    assert (done.text, len(done.made), len(done.refused)) == ("a: yx\n", 1, 0)
    found = alone(document("a: xx\n"), [first, second])
    assert [edit.new for number in (0, 1) for edit in found[number]] == ["y", "z"]


def test_a_shared_text_is_changed_only_where_all_its_users_ask_for_it() -> None:
    text = "a: &x up\nb: *x\n"
    one, other = Edit(0, 2, "down", ("a",)), Edit(0, 2, "down", ("b",))
    assert [one.why for one in write(document(text), [finding(one)]).refused] == [SHARED]
    assert write(document(text), [finding(one, other)]).text == "a: &x down\nb: *x\n"
    assert write(document(text), [finding(one), finding(other, message="other")]).text == "a: &x down\nb: *x\n"


def test_a_text_inside_a_shared_mapping_is_shared_too() -> None:
    text = "a: &x {q: up}\nb: *x\n"
    assert [one.why for one in write(document(text), [finding(Edit(0, 2, "down", ("a", "q")))]).refused] == [SHARED]
