"""Whether a changed file says what it said before, but for the values that were meant to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gaugewright.diagnostics.mend import Path
from gaugewright.mends.scalars import text_of
from gaugewright.spec.reader import read_yaml
from gaugewright.spec.scalars import resolve_plain
from gaugewright.spec.source import Document, List, Map, Span

Wanted = Mapping[Path, str]
"""The text that each changed value is to have."""


def is_proven(before: Document, text: str, wanted: Wanted) -> bool:
    """Whether `text` is YAML whose tree is that of `before` with the wanted values."""
    reading = read_yaml(text.encode(), before.file)
    if not reading.readable:
        return False
    by_top = _nested(wanted)
    return _same(before.root, reading.document.root, by_top)


_HERE = object()
"""The key of a wanted value in the tree of paths."""


def _nested(wanted: Wanted) -> dict[Any, Any]:
    root: dict[Any, Any] = {}
    for path, value in wanted.items():
        node = root
        for step in path:
            node = node.setdefault(step, {})
        node[_HERE] = value
    return root


def _same(old: Any, new: Any, wanted: Mapping[Any, Any]) -> bool:
    if _HERE in wanted:
        return _is_wanted(old, new, wanted[_HERE])
    if type(old) is not type(new):
        return False
    if isinstance(old, Map):
        return (
            list(old) == list(new)
            and [key for key, _ in old.dropped] == [key for key, _ in new.dropped]
            and all(_same(old[key], new[key], wanted.get(key, {})) for key in old)
        )
    if isinstance(old, List):
        pairs = enumerate(zip(old, new, strict=False))
        return len(old) == len(new) and all(_same(one, other, wanted.get(at, {})) for at, (one, other) in pairs)
    return text_of(old) == text_of(new)


def _is_wanted(old: Any, new: Any, wanted: str) -> bool:
    """A text stays a text; what was a number may become what its new text is, quoted or not."""
    if isinstance(new, (Map, List)) or text_of(new) != wanted:
        return False
    return isinstance(new, str) if isinstance(old, str) else type(new) is type(resolve_plain(wanted))


def users(document: Document, spans: frozenset[Span]) -> dict[Span, list[Path]]:
    """Every path at which a scalar of one of these spans stands: several where aliases do."""
    found: dict[Span, list[Path]] = {span: [] for span in spans}
    waiting: list[tuple[Any, Path]] = [(document.root, ())]
    while waiting:
        value, path = waiting.pop()
        steps = value.values_at.items() if isinstance(value, Map) else enumerate(value.items_at)
        for step, span in steps:
            inside = value[step]
            if isinstance(inside, (Map, List)):
                waiting.append((inside, (*path, step)))
            elif span in found:
                found[span].append((*path, step))
    return found
