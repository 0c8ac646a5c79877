"""Where a value stands in the user's file.

The reader keeps, beside each mapping and list, the character offsets of its keys and values
(`Map`, `List`). A `Source` is a path into that tree; lines and columns are worked out only when a
finding asks for them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gaugewright.diagnostics import Mend, Place


class Span(NamedTuple):
    """Offsets of one value in the text, and how a scalar was written (`'`, `"`, `|`, `>` or plain)."""

    start: int
    end: int
    style: str | None = None


class Map(dict[str, Any]):
    """A YAML mapping with the spans of its keys and values."""

    __slots__ = ("dropped", "keys_at", "span", "values_at")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.keys_at: dict[str, Span] = {}
        self.values_at: dict[str, Span] = {}
        self.dropped: list[tuple[str, Span]] = []
        """Values of keys that stood twice: the first is kept."""


class List(list[Any]):
    """A YAML sequence with the spans of its items."""

    __slots__ = ("items_at", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.items_at: list[Span] = []


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Document:
    """A file as read: its name as the user gave it, its text, and the tree of its values."""

    file: str
    text: str
    root: Map
    line_starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        object.__setattr__(self, "line_starts", starts)

    def place(self, start: int, end: int) -> Place:
        """The place of characters `start` to `end` (exclusive) of the text."""
        line, column = self._position(start)
        end_line, end_column = self._position(max(start, end))
        return Place(self.file, line, column, end_line, end_column)

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Source:
    """A path into a document. A path that does not exist ends at its last step that does."""

    document: Document
    path: tuple[str | int, ...] = ()

    def at(self, *steps: str | int) -> Source:
        return Source(self.document, (*self.path, *steps))

    def exists(self) -> bool:
        value: Any = self.document.root
        for step in self.path:
            if not _has(value, step):
                return False
            value = value[step]
        return True

    def value(self) -> Any:
        """What stands there; raises LookupError where nothing does."""
        value: Any = self.document.root
        for step in self.path:
            value = value[step]
        return value

    def span(self) -> Span:
        """The value's span; where the value is empty or missing, its key's."""
        value: Any = self.document.root
        span: Span = value.span
        for step in self.path:
            if not _has(value, step):
                break
            found: Span = value.values_at[step] if isinstance(value, Map) else value.items_at[step]  # type: ignore[index]
            if found.end > found.start:
                span = found
            elif isinstance(value, Map):
                span = value.keys_at[step]  # type: ignore[index]
            value = value[step]
        return span

    def place(self) -> Place:
        """The value's first line's worth of text: a mapping or list is pointed at where it begins."""
        try:
            value = self.value()
        except (LookupError, TypeError):
            value = None
        span = self.span()
        end = span.end
        if isinstance(value, (Map, List)) or span.style in ("|", ">"):
            line_end = self.document.text.find("\n", span.start)
            end = min(end, line_end if line_end >= 0 else end)
        return self.document.place(span.start, end)

    def key_place(self) -> Place:
        """The place of the key that this value stands under (of the value itself, in a list)."""
        parent: Any = self.document.root
        for step in self.path[:-1]:
            if not _has(parent, step):
                return self.place()
            parent = parent[step]
        last = self.path[-1] if self.path else None
        if isinstance(parent, Map) and last in parent.keys_at:
            span = parent.keys_at[last]
            return self.document.place(span.start, span.end)
        return self.place()

    def inside(self, start: int, end: int) -> Place:
        """The place of characters `start` to `end` of this scalar's value, escapes and folding undone."""
        from gaugewright.spec.scalars import value_offsets

        span = self.span()
        offsets = value_offsets(self.document.text, span, str(self.value()))
        first = offsets[min(start, len(offsets) - 1)]
        last = offsets[min(end, len(offsets) - 1)] if end > start else first
        if end > start:
            last = max(last, first) if end >= len(offsets) else offsets[end - 1] + 1
        return self.document.place(first, last)

    def mend(self, of_text: Mend | None) -> Mend | None:
        """A mend of this scalar's text as a mend of the spec; None where there is none."""
        return of_text and of_text.at(self.path)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, Map):
        return step in value
    return isinstance(value, List) and isinstance(step, int) and 0 <= step < len(value)
