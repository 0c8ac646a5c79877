"""A CommonMark reader with GitHub's tables, and texts that try to break out of their place."""

from __future__ import annotations

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

HOSTILE = (
    *("|", "||", "\\|", "\\", "`", "``", "```", "\n", "\n\n", "\r\n", " ", "\t", "\0", "\u2028", "    "),
    *("<script>alert(1)</script>", "<!--", "-->", "--", "]]>", "</code>", "<br>", "&amp;", "&lt;", "&#60;"),
    *(
        "[x](javascript:alert(1))",
        "![x](http://evil.example/x.png)",
        "](#y)",
        "<http://evil.example>",
        "[x]: y",
    ),
    *("{{ value }}", "{% raw %}", "{#", "$", "${x}", "$(x)", "'", '"', "[^1]", "a", "b", "é"),
    *("*", "**", "_", "__", "~~", "# ", "#", "- ", "+ ", "> ", "1. ", "12)", "---", "===", ":--"),
)

hostile_texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3), min_size=1, max_size=8).map("".join) | st.text(
    "`\n |\\*_<~a", min_size=1, max_size=12
)
visible_texts = hostile_texts.filter(lambda text: " ".join(text.split()) != "")


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def inline_tokens(text: str) -> list[Token]:
    """Every inline token of a page."""
    return [token for block in parsed(text) for token in block.children or []]
