"""Findings in the file's order, each once."""

from __future__ import annotations

from collections.abc import Iterable

from gaugewright.diagnostics.finding import Diagnostic, Place


def in_order(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place; the same code at the same place with the same words is one finding."""
    distinct: dict[tuple[Place, str, str], Diagnostic] = {}
    for item in findings:
        distinct.setdefault((item.place, item.code, item.message), item)
    return [distinct[key] for key in sorted(distinct)]
