"""Texts that YAML ended early: ` #` begins a comment in a plain scalar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.model.model import Model
from gaugewright.spec.source import Source

_PROSE = {"summary": 10, "description": 20, "title": 3, "reason": 1, "owner": 1, "legend": 1}
"""Fields that hold prose, and the shortest text that they take (a shorter one has its finding already);
elsewhere a `#` is nearly always a comment."""

_CUT = re.compile(r"[ \t]+#[^\s#]")
"""Whoever comments leaves a space behind the `#`; whoever writes `queue #1` does not."""


def cut_by_comments(model: Model) -> Iterator[Diagnostic]:
    """A prose field written plainly whose line goes on with ` #` and no space."""
    yield from _look(model.source, model.source.document.root)


def _look(source: Source, value: Any) -> Iterator[Diagnostic]:
    if isinstance(value, dict):
        for key, item in value.items():
            inner = source.at(key)
            if isinstance(item, str):
                annotation = bool(source.path) and source.path[-1] == "annotations"
                if len(item) >= _PROSE.get(key, 1 if annotation else 10**9):
                    yield from _cut(inner, str(value.get("name", key)))
            else:
                yield from _look(inner, item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, (dict, list)):
                yield from _look(source.at(index), item)


def _cut(source: Source, entity: str) -> Iterator[Diagnostic]:
    span = source.span()
    if span.style is not None:
        return
    text = source.document.text
    end = text.find("\n", span.end)
    rest = text[span.end : end if end >= 0 else None]
    found = _CUT.match(rest)
    if found:
        start = span.end + found.end() - 2
        place = source.document.place(start, span.end + len(rest.rstrip()))
        message = f"YAML takes `{rest.strip()}` for a comment, so the text ends before it"
        quoted = text[span.start : span.end] + rest.rstrip()
        help = "Quote the text if it belongs to it" + (f': "{quoted}".' if '"' not in quoted else ".")
        yield finding("cut-by-comment", message, place, help, entities=(entity,))
