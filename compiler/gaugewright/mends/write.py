"""Mends to edits of the file, each proven by reading the file again.

Of several mends of one value only the first is made: what the others say was worked out for the value as it was.
Whoever wants them all compiles the new text and comes again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.mend import Edit, Mend, Path, edited
from gaugewright.mends.proof import is_proven, users
from gaugewright.mends.scalars import FileEdit, text_of, ways
from gaugewright.spec.source import Document, List, Map, Span

SHARED = "its text stands in several places (through an alias), which do not all need it"
UNWRITABLE = "in YAML it cannot be written there without changing something else"
MISSING = "the value that it changes is not in the file"


class Made(NamedTuple):
    """A finding and the edits of the file that mend it."""

    finding: Diagnostic
    edits: tuple[FileEdit, ...]


class Refused(NamedTuple):
    """A finding whose mend is not written, and why."""

    finding: Diagnostic
    why: str


class Written(NamedTuple):
    """The new text. What is neither made nor refused waits for another mend of the same value."""

    text: str
    made: tuple[Made, ...]
    refused: tuple[Refused, ...]


class _Change(NamedTuple):
    """One scalar of the file: the edits of its text, and every path that it is the value of."""

    span: Span
    value: Any
    edits: tuple[Edit, ...]
    paths: frozenset[Path]


def write(document: Document, findings: Iterable[Diagnostic]) -> Written:
    """Makes the mends of those findings that have one."""
    mended = [(item, changes(document, item.mend)) for item in findings if item.mend is not None]
    spans = frozenset(change.span for _, several in mended if several for change in several)
    standing = users(document, spans) if spans else {}
    asked: dict[tuple[Span, tuple[Edit, ...]], set[Path]] = {}
    for _, several in mended:
        for change in several or ():
            asked.setdefault((change.span, change.edits), set()).update(change.paths)
    work = _Work(document)
    for item, several in mended:
        if several is None:
            work.refused.append(Refused(item, MISSING))
        elif any(not asked[change.span, change.edits].issuperset(standing[change.span]) for change in several):
            work.refused.append(Refused(item, SHARED))
        else:
            whole = tuple(change._replace(paths=frozenset(standing[change.span])) for change in several)
            work.choose(item, whole)
    return work.done()


def changes(document: Document, mend: Mend) -> tuple[_Change, ...] | None:
    """What a mend changes, by scalar; None where a value is not there, or an edit is not inside it."""
    by_span: dict[Span, dict[Path, list[Edit]]] = {}
    values: dict[Span, Any] = {}
    for edit in mend.edits:
        found = _scalar(document, edit.path)
        if found is None or not 0 <= edit.start <= edit.last(len(text_of(found[1]))) <= len(text_of(found[1])):
            return None
        span, values[found[0]] = found
        by_span.setdefault(span, {}).setdefault(edit.path, []).append(edit._replace(path=()))
    result = []
    for span, by_path in by_span.items():
        distinct = {tuple(sorted(set(edits), key=lambda edit: edit.start)) for edits in by_path.values()}
        (edits, *others) = distinct
        if others or _overlap(edits):
            return None
        result.append(_Change(span, values[span], edits, frozenset(by_path)))
    return tuple(result)


def _overlap(edits: Sequence[Edit]) -> bool:
    return any(one.end is None or one.end > other.start or one.start == other.start for one, other in pairwise(edits))


def _scalar(document: Document, path: Path) -> tuple[Span, Any] | None:
    value: Any = document.root
    span: Span = value.span
    for step in path:
        if isinstance(value, Map) and step in value:
            span, value = value.values_at[str(step)], value[str(step)]
        elif isinstance(value, List) and isinstance(step, int) and step < len(value):
            span, value = value.items_at[step], value[step]
        else:
            return None
    return None if isinstance(value, (Map, List)) or value is None else (span, value)


@dataclass(slots=True)
class _Work:
    """The mends chosen so far, at most one a scalar, and how each is written."""

    document: Document
    chosen: list[tuple[Diagnostic, tuple[_Change, ...]]] = field(default_factory=list)
    taken: dict[Span, tuple[Edit, ...]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def choose(self, item: Diagnostic, several: tuple[_Change, ...]) -> None:
        if any(self.taken.get(change.span, change.edits) != change.edits for change in several):
            return
        self.taken.update((change.span, change.edits) for change in several)
        self.chosen.append((item, several))

    def done(self) -> Written:
        """All at once where that is proven, which it nearly always is; else each by itself."""
        text = self.document.text
        if not self.chosen:
            return Written(text, (), tuple(self.refused))
        first = [Made(item, next(iter(self._ways(several)), ())) for item, several in self.chosen]
        made = first if self._is_proven(first) else self._one_by_one()
        return Written(_with(text, made), tuple(made), tuple(self.refused))

    def _one_by_one(self) -> list[Made]:
        made: list[Made] = []
        for item, several in self.chosen:
            tried = ([*made, Made(item, edits)] for edits in self._ways(several))
            proven = next((trial for trial in tried if self._is_proven(trial)), None)
            if proven is None:
                self.refused.append(Refused(item, UNWRITABLE))
            made = proven or made
        return made

    def _ways(self, several: tuple[_Change, ...]) -> Iterator[tuple[FileEdit, ...]]:
        """Ways to write a mend: its scalars all in the way that changes least, or all in the next."""
        by_scalar = [list(ways(self.document.text, one.span, one.value, one.edits)) for one in several]
        for number in range(max(map(len, by_scalar))):
            parts = [found[min(number, len(found) - 1)] for found in by_scalar if found]
            if len(parts) == len(by_scalar):
                yield tuple(edit for part in parts for edit in part)

    def _is_proven(self, made: Sequence[Made]) -> bool:
        by_item = {id(item): several for item, several in self.chosen}
        wanted = {
            path: edited(text_of(change.value), change.edits)
            for one in made
            for change in by_item[id(one.finding)]
            for path in change.paths
        }
        return all(one.edits for one in made) and is_proven(self.document, _with(self.document.text, made), wanted)


def _with(text: str, made: Iterable[Made]) -> str:
    """The text with these edits; the same edit of a text that several share is made once."""
    parts, at = [], 0
    for start, end, new in sorted({edit for one in made for edit in one.edits}):
        parts += [text[at:start], new]
        at = end
    return "".join((*parts, text[at:]))


def alone(document: Document, findings: Sequence[Diagnostic]) -> dict[int, tuple[FileEdit, ...]]:
    """For each finding (by its position) the edits that would mend it, were it the only one."""
    position = {id(item): number for number, item in enumerate(findings)}
    waiting = [item for item in findings if item.mend is not None]
    found: dict[int, tuple[FileEdit, ...]] = {}
    while waiting:  # the first of them is always made or refused
        written = write(document, waiting)
        found.update((position[id(made.finding)], made.edits) for made in written.made)
        settled = {id(made.finding) for made in written.made} | {id(one.finding) for one in written.refused}
        waiting = [item for item in waiting if id(item) not in settled]
    return found
