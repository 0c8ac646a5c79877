"""Texts of a spec in Markdown: a CommonMark reader sees what was written, where it was put."""

from __future__ import annotations

import re

from gaugewright.emit import markdown
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token

from tests.emit.commonmark import hostile_texts, inline_tokens, parsed, visible_texts


def literal(text: str) -> str:
    return " ".join(text.replace("\0", "\N{REPLACEMENT CHARACTER}").split())


PROSE_PLACES = (
    *("{}", "# {}", "- {}", "> {}", "a {} b"),
    *("| {} | end |\n| --- | --- |", "| a | b |\n| --- | --- |\n| {} | end |"),
)


@given(visible_texts, st.sampled_from(PROSE_PLACES))
def test_prose_reads_as_what_was_written_and_as_nothing_else(text: str, place: str) -> None:
    page, benign = parsed(place.format(markdown.inline(text))), parsed(place.format("WORD"))
    assert [block.type for block in page] == [block.type for block in benign]
    assert {token.type for block in page for token in block.children or []} == {"text"}
    assert shown(page) == [line.replace("WORD", literal(text)) for line in shown(benign)]


def shown(blocks: list[Token]) -> list[str]:
    """What a reader sees of each block."""
    return ["".join(token.content for token in block.children) for block in blocks if block.children]


@given(visible_texts)
def test_a_code_span_holds_the_whole_text(text: str) -> None:
    (span,) = inline_tokens(markdown.code(text))
    one_line = re.sub(r"\r\n|[\r\n]", " ", text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    assert (span.type, span.content) == ("code_inline", one_line)


@given(visible_texts)
def test_code_in_a_cell_fills_that_cell_alone(text: str) -> None:
    page = f"| a | b |\n| --- | --- |\n| {markdown.cell(text)} | end |"
    children = inline_tokens(page)
    assert children[-1].content == "end"
    kinds = [token.type for token in children[2:-1]]
    assert kinds in (["code_inline"], ["html_inline", "text", "html_inline"])
    shown = "".join(token.content for token in children[2:-1] if token.type != "html_inline")
    assert literal(shown) == literal(text)


@given(hostile_texts, st.sampled_from(["", "sh", "promql"]))
def test_a_fence_ends_where_it_was_closed(text: str, language: str) -> None:
    (block,) = parsed(markdown.fence(text, language))
    assert (block.type, block.info) == ("fence", language)
    lines = re.split(r"\r\n|\r|\n", text.replace("\0", "\N{REPLACEMENT CHARACTER}").strip("\r\n"))
    assert block.content.rstrip("\n") == "\n".join(lines).rstrip("\n")


@given(st.sampled_from(["http://", "https://", "javascript:", "data:", "//", ""]), hostile_texts)
def test_only_web_addresses_become_links(scheme: str, rest: str) -> None:
    for token in inline_tokens(markdown.address(scheme + rest)):
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(("http://", "https://"))
        else:
            assert token.type in {"text", "link_close", "code_inline"}


@given(hostile_texts)
def test_a_comment_ends_where_it_was_closed(text: str) -> None:
    comment, paragraph, *_ = parsed(f"<!-- {markdown.comment(text)}; do not edit. -->\n\nafter\n")
    assert comment.content.count("-->") == 1
    assert comment.content.rstrip().endswith("do not edit. -->")
    assert paragraph.type == "paragraph_open"
