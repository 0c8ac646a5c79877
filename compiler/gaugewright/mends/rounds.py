"""`check --fix` without the files: certain mends are written, the spec is compiled again, until none is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gaugewright.compile import Compilation, compile_text
from gaugewright.diagnostics import Diagnostic, Place
from gaugewright.mends.scalars import text_of
from gaugewright.mends.write import Refused, Written, write
from gaugewright.spec.source import Document, Source

MOST_ROUNDS: Final = 50
"""Each round mends a value once. More mistakes in one value than this are no slips."""

VAIN: Final = "tried and taken back, since it did not help"

_BOM: Final = b"\xef\xbb\xbf"
_SYNTAX: Final = frozenset(("promql-syntax", "not-promql", "unsupported-syntax", "query-too-deep", "template-syntax"))

Choice = Callable[[Diagnostic], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """A mend that was written: the finding as it was, and what stood there and what stands there now."""

    finding: Diagnostic
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """The new bytes (the same object where nothing changed), what they compile to, and what was done."""

    content: bytes
    compilation: Compilation
    changes: tuple[Change, ...]
    refused: tuple[Refused, ...]


def is_certain(item: Diagnostic) -> bool:
    return item.mend is not None and item.mend.certain


def mend(content: bytes, file: str, now: datetime | None = None, chosen: Choice = is_certain) -> Mended:
    """Writes the mends of the `chosen` findings, round by round. A round that helped nothing, or after which a text
    can no longer be parsed, is taken back and its mends are refused."""
    made: list[Change] = []
    refused: dict[Name, Refused] = {}
    compilation = compile_text(content, file, now)
    for _ in range(MOST_ROUNDS):
        document = compilation.document
        wanted = [item for item in compilation.diagnostics if chosen(item) and _name(item) not in refused]
        if document is None or not wanted:
            break
        written = write(document, wanted)
        refused |= {_name(one.finding): one for one in written.refused}
        if not written.made:
            continue
        text = written.text.encode()
        after = _BOM + text if content.startswith(_BOM) else text
        compiled = compile_text(after, file, now)
        vain = _in_vain(compilation, written, compiled)
        if vain:
            refused |= {_name(one.finding): one for one in vain}
            continue
        made += [_change(document, one.finding) for one in written.made]
        content, compilation = after, compiled
    standing = {_name(item) for item in compilation.diagnostics}
    return Mended(content, compilation, tuple(made), tuple(one for name, one in refused.items() if name in standing))


def _in_vain(before: Compilation, written: Written, after: Compilation) -> list[Refused]:
    """The mends that did not mend: nothing became less, and the finding stands where it stood. All of the round
    where one broke what could be parsed."""
    if _unparsed(after) > _unparsed(before):
        return [Refused(one.finding, VAIN) for one in written.made]
    if len(after.diagnostics) < len(before.diagnostics):
        return []
    standing = {_name(item) for item in after.diagnostics}
    return [Refused(one.finding, VAIN) for one in written.made if _name(one.finding) in standing]


def _unparsed(compilation: Compilation) -> int:
    return sum(item.code in _SYNTAX for item in compilation.diagnostics)


Name = tuple[str, str, Place]


def _name(item: Diagnostic) -> Name:
    return (item.code, item.message, item.place)


def _change(document: Document, item: Diagnostic) -> Change:
    """What the values were and are; an edit that several values share is told once."""
    told: dict[tuple[str, str], None] = {}
    for edit in item.mend.edits if item.mend is not None else ():
        text = text_of(Source(document, edit.path).value())
        told[text[edit.start : edit.end], edit.new] = None
    return Change(item, tuple(told))
