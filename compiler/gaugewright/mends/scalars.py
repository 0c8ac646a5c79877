"""How a scalar is written after its value was edited: in its own style wherever that can say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gaugewright.diagnostics.mend import Edit, edited
from gaugewright.spec.scalars import as_written, character_end, value_offsets
from gaugewright.spec.source import Span


class FileEdit(NamedTuple):
    """Characters `start` to `end` (exclusive) of a file's text become `new`."""

    start: int
    end: int
    new: str


def text_of(value: Any) -> str:
    """A scalar's value as the text that edits count."""
    return value if isinstance(value, str) else "" if value is None else as_written(value)


def ways(text: str, span: Span, value: Any, edits: tuple[Edit, ...]) -> Iterator[tuple[FileEdit, ...]]:
    """The ways to write the edited value, the one that changes least first. Which of them the reader then takes as
    the value that was meant is to be tried: quotes, folding and indentation have the last word."""
    if span.end <= span.start:
        return  # nothing stands there that could be changed
    stretches = _stretches(text, span, text_of(value), edits)
    if stretches is not None:
        yield stretches
    if span.style is None and stretches is not None:
        yield (FileEdit(span.start, span.end, _quoted_lines(text, span, stretches)),)
    yield (FileEdit(span.start, span.end, _whole(text, span, edited(text_of(value), edits))),)


def _stretches(text: str, span: Span, value: str, edits: tuple[Edit, ...]) -> tuple[FileEdit, ...] | None:
    """The edits where they stand in the file; None where the value cannot be found there."""
    offsets = value_offsets(text, span, value)
    if len(value) > 1 and not value[:2].isspace() and offsets[0] == offsets[1]:
        return None
    found = []
    for edit in edits:
        start, last = offsets[edit.start], edit.last(len(value))
        found.append(
            FileEdit(start, max(start, _end(text, span, value, offsets, last)), _escaped(edit.new, span.style))
        )
    return tuple(found)


def _end(text: str, span: Span, value: str, offsets: tuple[int, ...], end: int) -> int:
    """Where an edit ends. White space goes on to what follows it: one space of a value may be a line's end and the
    next one's indentation."""
    if end == 0 or value[end - 1].isspace():
        return offsets[end]
    return character_end(text, offsets[end - 1], span)


def _escaped(new: str, style: str | None) -> str:
    if style == "'":
        return new.replace("'", "''")
    return "".join(map(_in_double_quotes, new)) if style == '"' else new


_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _in_double_quotes(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _quoted_lines(text: str, span: Span, stretches: tuple[FileEdit, ...]) -> str:
    """A plain scalar in quotes, its line breaks kept: they mean the same there."""
    return "'" + with_edits(text, span, stretches).replace("'", "''") + "'"


def with_edits(text: str, span: Span, edits: tuple[FileEdit, ...]) -> str:
    """The source of one scalar after edits inside it."""
    source = text[span.start : span.end]
    for start, end, new in sorted(edits, reverse=True):
        source = source[: start - span.start] + new + source[end - span.start :]
    return source


def _whole(text: str, span: Span, value: str) -> str:
    """The whole value anew: a block stays one, all else goes on one line in quotes."""
    if span.style in ("|", ">"):
        return _block(text, span, value)
    if span.style == '"' or not value.isprintable():
        return '"' + "".join(map(_in_double_quotes, value)) + '"'
    return "'" + value.replace("'", "''") + "'"


def _block(text: str, span: Span, value: str) -> str:
    """A literal block: what a folded one cannot say, it can. Its lines stand as far in as they did."""
    source = text[span.start : span.end]
    header, _, body = source.partition("\n")
    first = next((line for line in body.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" "))]
    ending = header[1:].partition("#")[0].strip().translate(_NO_DIGITS)
    lines = value.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    comment = header[header.index("#") - 1 :] if "#" in header else "\r" if header.endswith("\r") else ""
    break_ = "\r\n" if header.endswith("\r") else "\n"
    written = break_.join(indent + line if line else "" for line in lines)
    tail = break_ if source.endswith("\n") else ""
    return f"|{ending}{comment}".removesuffix("\r") + break_ + written + tail


_NO_DIGITS = str.maketrans("", "", "0123456789")
