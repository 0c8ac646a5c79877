"""Units that do not fit: between the two sides of an operator, and between a query and its panel.

Only what physics tells apart is an error: seconds and bytes, never jobs and workers. What a plain constant has
rescaled is left alone, since `a > 100 * b` compares a with a hundred b's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import Edit, Mend
from gaugewright.promql.syntax import BinaryExpr, Expr, NumberLiteral, unwrap, walk
from gaugewright.promql.types import Type
from gaugewright.promql.types.binary import COMPARISONS
from gaugewright.promql.types.units import Dimension, MaybeUnit, Unit, unit_text

_PHYSICAL: Final = frozenset(("seconds", "bytes", "celsius", "volts", "amperes", "joules", "grams", "meters"))


def unit_mismatches(query: TypedQuery, node: BinaryExpr) -> Iterator[Mistake]:
    """Adding, subtracting or comparing what has different units."""
    op = node.op.text
    if op not in ("+", "-") and op not in COMPARISONS:
        return
    left, right = query.of(node.lhs), query.of(node.rhs)
    if not is_judged(left, right) or _is_switch(left) or _is_switch(right):
        return
    ours, theirs = left.unit, right.unit
    if not isinstance(ours, Unit) or not isinstance(theirs, Unit) or not (ours.known and theirs.known):
        return
    if _physical(ours) == _physical(theirs) and not _differ_in_scale(node, ours, theirs):
        return
    told = f"{_worded(ours) or 'plain numbers'} on the left and {_worded(theirs) or 'plain numbers'} on the right"
    verb = {"+": "added", "-": "subtracted"}.get(op, "compared")
    help = "Bring both sides to one unit."
    yield at("unit-mismatch", node.op, f"different units are {verb}: {told}", help, _converted(node, ours, theirs))


def _converted(node: BinaryExpr, ours: Unit, theirs: Unit) -> Mend | None:
    """The right side in the left one's unit, where one differs from the other by a factor."""
    if ours.dimension != theirs.dimension or not ours.scale or not theirs.scale:
        return None
    factor = theirs.scale / ours.scale
    by = f" * {factor:g}" if factor >= 1 else f" / {1 / factor:g}"
    bare = not isinstance(node.rhs, BinaryExpr)
    edits = (Edit(node.rhs.end, node.rhs.end, by if bare else f"){by}"),)
    return Mend(edits if bare else (Edit(node.rhs.start, node.rhs.start, "("), *edits))


def _physical(unit: Unit) -> Dimension:
    return tuple((base, power) for base, power in unit.dimension if base in _PHYSICAL)


def _is_switch(side: Type) -> bool:
    """`x + 0 * y` only borrows the labels of y; what lies within 0 and 1 (`clamp(x, 0, 1)`) says whether."""
    return side.value.low >= 0 and side.value.high <= 1


def _differ_in_scale(node: BinaryExpr, ours: Unit, theirs: Unit) -> bool:
    """Seconds and milliseconds, as declared: no constant in the query has changed either."""
    if ours.scale is None or theirs.scale is None or ours.scale == theirs.scale or not _physical(ours):
        return False
    return ours.dimension == theirs.dimension and not (_rescales(node.lhs) or _rescales(node.rhs))


def _rescales(tree: Expr) -> bool:
    return any(
        isinstance(node, BinaryExpr) and any(isinstance(unwrap(side), NumberLiteral) for side in (node.lhs, node.rhs))
        for node in walk(tree)
    )


def _worded(unit: Unit) -> str:
    """The unit's name; "" for a number without one."""
    text = unit_text(unit) or str(unit)
    return "" if text == "1" else text


_S, _B, _BIT = (("seconds", 1),), (("bytes", 1),), 0.125
_RATE, _THROUGHPUT = (("seconds", -1),), (("bytes", 1), ("seconds", -1))
_PANEL_UNITS: Final[dict[str, tuple[Dimension, float | None]]] = {
    "s": (_S, 1.0), "ms": (_S, 1e-3), "µs": (_S, 1e-6), "ns": (_S, 1e-9), "m": (_S, 60.0), "h": (_S, 3600.0),
    "d": (_S, 86400.0), "dtdurations": (_S, 1.0), "dtdurationms": (_S, 1e-3),
    "clocks": (_S, 1.0), "clockms": (_S, 1e-3),
    "bytes": (_B, 1.0), "decbytes": (_B, 1.0), "bits": (_B, _BIT), "decbits": (_B, _BIT),
    "kbytes": (_B, 1024.0), "mbytes": (_B, 1024.0**2), "gbytes": (_B, 1024.0**3), "deckbytes": (_B, 1e3),
    "decmbytes": (_B, 1e6), "decgbytes": (_B, 1e9),
    "percentunit": ((), 1.0), "percent": ((), 0.01),
    **dict.fromkeys(("Bps", "binBps", "decBps"), (_THROUGHPUT, 1.0)),
    **dict.fromkeys(("bps", "binbps", "decbps"), (_THROUGHPUT, _BIT)),
    **dict.fromkeys(("reqps", "ops", "cps", "rps", "wps", "iops", "eps", "mps", "hertz"), (_RATE, 1.0)),
    **dict.fromkeys(("opm", "cpm", "rpm", "wpm", "reqpm", "mpm"), (_RATE, None)),
    "celsius": ((("celsius", 1),), 1.0), "volt": ((("volts", 1),), 1.0), "amp": ((("amperes", 1),), 1.0),
    "joule": ((("joules", 1),), 1.0), "massg": ((("grams", 1),), 1.0), "lengthm": ((("meters", 1),), 1.0),
}  # fmt: skip
"""Grafana's units (`@grafana/data`, valueFormats/categories.ts) that measure something: what, and how many base
units one of the number is."""


def panel_units(query: TypedQuery) -> Iterator[Mistake]:
    """A panel that shows a query's values in another unit than they have."""
    panel = query.panel
    if panel is None or panel.unit not in _PANEL_UNITS:
        return
    found = query.of(query.tree)
    if not is_judged(found) or found.value_type == "string":
        return
    unit = _shown_unit(found, panel.panel_type == "heatmap")
    if not isinstance(unit, Unit) or not unit.known or unit.instant:
        return
    dimension, scale = _PANEL_UNITS[panel.unit]
    same_kind = _physical(unit) == dimension
    if same_kind and (scale is None or unit.scale is None or _is_close(unit.scale, scale)):
        return
    if same_kind and unit.dimension and not _physical(unit):
        return  # so many jobs, as a share of something
    message = f"the panel's unit is \"{panel.unit}\", and the query's values {_said(unit)}"
    place = panel.source.at("unit").place()
    tree = query.tree
    shown = _panel_unit(unit)
    help = f"Write `unit: {shown}`, or bring the query to the panel's unit."
    related = (query.related("the query", tree),)
    mend = Mend((Edit(0, None, shown, (*panel.source.path, "unit")),))
    yield Mistake("panel-unit", tree.start, tree.end, message, help, related, place=place, mend=mend)


def _said(unit: Unit) -> str:
    return f"are in {_worded(unit)}" if _worded(unit) else "are plain numbers (a share goes from 0 to 1)"


def _shown_unit(found: Type, is_heatmap: bool) -> MaybeUnit:
    """A heatmap's unit is that of its vertical axis: the buckets' boundaries."""
    if not is_heatmap:
        return found.unit
    return found.whole.bound_unit if not found.lacks("le") else None


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * abs(other)


def _panel_unit(unit: Unit) -> str:
    exact = [
        name for name, (dimension, scale) in _PANEL_UNITS.items()
        if dimension == unit.dimension and scale is not None and unit.scale is not None and _is_close(unit.scale, scale)
    ]  # fmt: skip
    return exact[0] if exact else "short"
