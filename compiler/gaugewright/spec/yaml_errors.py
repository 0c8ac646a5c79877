"""libyaml's complaints in a person's words, with the quoted form where YAML cut into PromQL or a template."""

from __future__ import annotations

import re
from typing import Any

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.secrets import secret_begins
from gaugewright.spec.source import Document

_VALUE_OF_LINE = re.compile(r"^(?P<before>\s*(?:- +)?(?:[\w.-]+ *: +|- +))(?P<value>\S.*)$")

_LONGEST_SHOWN = 300
"""Characters of a value that is shown in quotes."""


def explain_error(error: Any, document: Document) -> Diagnostic:
    """A `yaml-syntax` finding for a YAMLError of libyaml or of PyYAML's own parser."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    offset = min(mark.index, len(document.text)) if mark is not None else 0
    problem = getattr(error, "problem", None) or str(error)
    message, help = _words(problem, document, offset)
    if "alphabetic or numeric character" in problem and offset:
        offset -= 1
    end = offset + 1 if offset < len(document.text) and document.text[offset] != "\n" else offset
    return Diagnostic("yaml-syntax", "error", message, document.place(offset, end), help)


def _words(problem: str, document: Document, offset: int) -> tuple[str, str]:
    character = document.text[offset : offset + 1]
    if character == "\t" or "'\\t'" in problem:
        return "a tab stands where YAML wants spaces", "Indent with spaces."
    quoted = _quoted_form(document, offset)
    if "cannot start any token" in problem:
        return f"a value cannot begin with `{character}` unless it is quoted", quoted
    if "mapping values are not allowed" in problem and _is_key_of_line(document, offset):
        return "this line is indented unlike the keys above it", "Begin it below the first letter of the key above."
    if "mapping values are not allowed" in problem:
        return "a `: ` inside a value makes YAML see a second key here", quoted or "Quote the value."
    if "alphabetic or numeric character" in problem:
        begun = document.text[max(offset - 1, 0) : offset] or "*"
        kind = "an anchor" if begun == "&" else "an alias"
        return f"`{begun}` begins {kind} in YAML, and no name follows", quoted or "Quote the value."
    if "unexpected end of stream" in problem:
        return "the file ends inside a quoted text", "Close the quote."
    if "did not find expected" in problem or "could not find expected" in problem:
        expected = problem.split("expected", 1)[1].strip().replace("<", "").replace(">", "")
        return f"this is not YAML: expected {expected} here", quoted or (
            "Look at the line above too: a quote or bracket may be open, or the indentation off."
        )
    return f"this is not YAML: {problem}", quoted


def _is_key_of_line(document: Document, offset: int) -> bool:
    """Whether the colon at `offset` ends the first word of its line."""
    start = document.text.rfind("\n", 0, offset) + 1
    return re.fullmatch(r"[ ]+[\w-]+", document.text[start:offset]) is not None


def _quoted_form(document: Document, offset: int) -> str:
    """How the line's value would be written in quotes, where its value is what went wrong."""
    start = document.text.rfind("\n", 0, offset) + 1
    end = document.text.find("\n", offset)
    line = document.text[start : end if end >= 0 else None]
    found = _VALUE_OF_LINE.match(line.rstrip())
    if not found or found["value"][0] in "\"'|>" or secret_begins(line) is not None:
        return ""
    value = found["value"]
    if len(value) > _LONGEST_SHOWN:
        return "Quote the value."
    if '"' not in value and "\\" not in value:
        return f'Quote it: {found["before"].strip()} "{value}"'
    escaped = value.replace("'", "''")
    return f"Quote it: {found['before'].strip()} '{escaped}'"
