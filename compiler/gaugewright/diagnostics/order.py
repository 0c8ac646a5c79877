"""Findings in the file's order, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gaugewright.diagnostics.finding import Diagnostic, Place
from gaugewright.diagnostics.mend import Mend


def in_order(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place; the same code at the same place with the same words is one finding. It mends every value
    that stands there: an alias puts one text into several."""
    distinct: dict[tuple[Place, str, str], Diagnostic] = {}
    for item in findings:
        key = (item.place, item.code, item.message)
        first = distinct.setdefault(key, item)
        if first.mend is not None and item.mend is not None and first.mend != item.mend:
            distinct[key] = replace(first, mend=_both(first.mend, item.mend))
    return [distinct[key] for key in sorted(distinct)]


def _both(one: Mend, other: Mend) -> Mend:
    return Mend(tuple(dict.fromkeys((*one.edits, *other.edits))), one.certain and other.certain)
