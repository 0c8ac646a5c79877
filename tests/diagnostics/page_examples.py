"""The pages of the diagnostics as cases: their sections, their examples, and the whole spec of each example.

An example shows only what it is about. What else its spec holds is the shop of `tests/fragments.py`, which the
index of the pages shows too: an example's lists add to the shop's, its mappings too, and an item or key that
the shop has under the same name takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from gaugewright.commands.show import as_text
from gaugewright.compile import Compilation, compile_text
from gaugewright.diagnostics import Diagnostic
from gaugewright.spec.reader import read_yaml
from gaugewright.spec.schema import Spec

from tests.fragments import BASE

FOLDER = Path(__file__).parents[2] / "docs" / "diagnostics"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
FILE = "spec.yaml"

_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```\n(?P<shown>\n```text\n.*?^```\n)?", re.MULTILINE | re.DOTALL)
_TOP = re.compile(r"([a-z_]+):(.*)")
_KEYS = frozenset(Spec.model_fields)
_CHILD = re.compile(r"  (?:- \{?(?:name|title): )?([\w-]+)")

Line = tuple[int, str]
"""A line and its number in the example, from 1; the shop's lines have 0."""


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced block of a page, and the block of output that follows it ("" where none does)."""

    kind: str
    text: str
    shown: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """`lead` is what stands before the first section."""

    code: str
    text: str
    lead: str
    sections: dict[str, str]

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.code}.md"

    def examples(self, section: str) -> list[Example]:
        """The blocks of a section; their offsets count characters of the page."""
        begin = self.text.index(f"\n## {section}\n")
        end = self.text.find("\n## ", begin + 1)
        found = _BLOCK.finditer(self.text, begin, end if end >= 0 else len(self.text))
        return [Example(m["kind"], m["text"], m["shown"] or "", m.start(), m.end()) for m in found]

    def specs(self, section: str) -> list[Example]:
        return [example for example in self.examples(section) if example.kind == "yaml"]


def read_page(code: str) -> Page:
    text = (FOLDER / f"{code}.md").read_text("utf-8")
    lead, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    sections = {title: body for title, _, body in (part.partition("\n") for part in parts)}
    return Page(code, text, lead, sections)


def compiled(example: str) -> Compilation:
    """The example in its whole spec."""
    return compile_text("\n".join(text for _, text in whole_spec(example)), FILE, NOW)


def whole_spec(example: str) -> list[Line]:
    """The example laid over the shop; one that says its version, or has no key of a spec, is whole itself."""
    own = _chunks([(number, line) for number, line in enumerate(example.split("\n"), 1)])
    if "gaugewright" in own or not own.keys() & _KEYS:
        return [(number, line) for number, line in enumerate(example.split("\n"), 1)]
    shop = _chunks([(0, line) for line in BASE.split("\n")])
    laid = [line for key, chunk in own.items() for line in (chunk[0], *_kept(shop.get(key, []), chunk), *chunk[1:])]
    return laid + [line for key, chunk in shop.items() if key not in own for line in chunk]


def _chunks(lines: list[Line]) -> dict[str, list[Line]]:
    """The lines of each top-level key, in order; what stands before the first is under ""."""
    found: dict[str, list[Line]] = {}
    key = ""
    for number, line in lines:
        top = _TOP.match(line)
        key = top[1] if top else key
        found.setdefault(key, []).append((number, line))
    return found


def _kept(shop: list[Line], own: list[Line]) -> list[Line]:
    """The shop's items and fields under a key that the example does not replace."""
    header = _TOP.match(own[0][1])
    if header is None or header[2].strip():
        return []
    replaced = {child[1] for _, line in own if (child := _CHILD.match(line))}
    kept: list[Line] = []
    keep = False
    for line in shop[1:]:
        child = _CHILD.match(line[1])
        keep = child[1] not in replaced if child else keep
        kept.extend([line] * keep)
    return kept


def shown(example: str) -> str:
    """What `check` prints for the example, with the lines of the example itself."""
    return shown_with(example, compiled(example).diagnostics)


def shown_with(example: str, found: Sequence[Diagnostic]) -> str:
    """As `shown`, for findings of its whole spec."""
    spec = whole_spec(example)
    moved = [_moved(item, [number for number, _ in spec]) for item in found]
    document = read_yaml(example.encode(), FILE).document
    return as_text([Compilation(None, tuple(moved), document)], moved)


def _moved(item: Diagnostic, numbers: list[int]) -> Diagnostic:
    """The finding with its places in the example; what it relates to in the shop is left out."""

    def line(of: int) -> int:
        return numbers[of - 1] if of <= len(numbers) else 0

    place = replace(item.place, line=line(item.place.line), end_line=line(item.place.end_line))
    related = tuple(
        replace(other, place=replace(other.place, line=line(other.place.line)))
        for other in item.related
        if line(other.place.line)
    )
    return replace(item, place=place, related=related)
