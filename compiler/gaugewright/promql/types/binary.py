"""Arithmetic and comparisons, between numbers, vectors and both.

Source: Prometheus's page "Operators" and `VectorBinop` in promql/engine.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Final

from gaugewright.promql.syntax import BinaryExpr, Expr
from gaugewright.promql.types import intervals, units
from gaugewright.promql.types.intervals import ANYTHING, MIRRORED, ONE, SHARE, TRUTH, Interval, exactly
from gaugewright.promql.types.labels import Label, optional, union
from gaugewright.promql.types.matching import Matching, joined, matching_of
from gaugewright.promql.types.sameness import Sameness, sameness
from gaugewright.promql.types.state import MAYBE, NEVER, UNNAMED, Branch, Type, merged, typed
from gaugewright.promql.types.units import Bare, MaybeUnit, Unit

COMPARISONS: Final = frozenset(("==", "!=", ">", "<", ">=", "<="))


def combined(node: BinaryExpr, left: Type, right: Type, expanded: Mapping[str, Expr]) -> Type:
    """The type of `left op right`, for every operator but and, or, unless."""
    op = node.op.text
    if left.guess or right.guess:
        return _with_a_guess(left, right)
    if left.value_type == "scalar" and right.value_type == "scalar":
        return _scalars(op, left.branches[0], right.branches[0])
    if right.value_type == "scalar":
        other = right.branches[0]
        return typed("vector", tuple(_with_scalar(node, branch, other, False) for branch in left.branches))
    if left.value_type == "scalar":
        other = left.branches[0]
        return typed("vector", tuple(_with_scalar(node, branch, other, True) for branch in right.branches))
    return _vectors(node, left, right, expanded)


def _with_a_guess(left: Type, right: Type) -> Type:
    """`x / $a`, where $a may be a number or a metric: little is left to be said."""
    sides = [side for side in (left, right) if not side.guess]
    if not sides or sides[0].value_type == "scalar":
        return Type("vector", (Branch({}, True, names=None, sample="unknown", role="unknown"),))
    whole = sides[0].whole
    labels = {name: optional(label) for name, label in whole.labels.items()}
    return Type("vector", (Branch(labels, True, names=None, sample="unknown", role="unknown"),))


def _scalars(op: str, left: Branch, right: Branch) -> Type:
    if op in COMPARISONS:
        return Type("scalar", (left._replace(value=truth(left.value, op, right.value), unit=units.ONE),))
    value, unit = computed(op, left.value, left.unit, right.value, right.unit)
    return Type("scalar", (left._replace(value=value, unit=unit),))


def truth(left: Interval, op: str, right: Interval) -> Interval:
    """0 or 1, or which of the two."""
    known = intervals.holds(left, op, right)
    return TRUTH if known is None else exactly(float(known))


def computed(
    op: str, left: Interval, left_unit: MaybeUnit, right: Interval, right_unit: MaybeUnit
) -> tuple[Interval, MaybeUnit]:
    """Value and unit of an arithmetic operation."""
    value = intervals.ARITHMETIC[op](left, right)
    match op:
        case "+":
            unit = units.add(left_unit, right_unit)
        case "-":
            unit = units.subtract(left_unit, right_unit)
        case "*":
            unit = units.multiply(left_unit, right_unit)
        case "/":
            unit = units.divide(left_unit, right_unit)
        case "%":
            unit = left_unit
        case "^":
            unit = _raised(left_unit, right)
        case _:
            unit = units.RADIANS
    if isinstance(unit, Bare):
        unit = Bare(value.point)
    return value, unit


def _raised(unit: MaybeUnit, exponent: Interval) -> MaybeUnit:
    if isinstance(unit, Bare):
        return unit
    point = exponent.point
    if isinstance(unit, Unit) and unit == units.ONE:
        return unit
    small = point is not None and abs(point) < 10 and point == int(point)
    return units.raised(unit, int(point)) if small and point is not None else None


def _with_scalar(node: BinaryExpr, branch: Branch, scalar: Branch, swapped: bool) -> Branch:
    """A vector and a number. `swapped`: the number stands on the left."""
    op = node.op.text
    if branch.sample == "unknown" and _filters(node):
        # No histogram is greater or less than a number, or equal to one: what is left are floats.
        branch = branch._replace(sample="float")
    if branch.sample != "float":
        # Histograms can be multiplied and divided; with other operators they give nothing.
        sample = branch._replace(names=branch.names if _filters(node) else UNNAMED, exists=min(branch.exists, MAYBE))
        if _filters(node):
            return sample
        return sample._replace(value=TRUTH if op in COMPARISONS else ANYTHING, unit=None)
    if op in COMPARISONS:
        return _compared(node, branch, scalar.value, MIRRORED[op] if swapped else op)
    one, other = (scalar, branch) if swapped else (branch, scalar)
    value, unit = computed(op, one.value, one.unit, other.value, other.unit)
    scaled = op in ("*", "/") and not swapped
    stage = branch.stage if scaled else "derived"
    return branch._replace(names=UNNAMED, value=value, unit=unit, role=branch.role if scaled else "gauge", stage=stage)


def _filters(node: BinaryExpr) -> bool:
    return node.op.text in COMPARISONS and not node.returns_bool


def _compared(node: BinaryExpr, branch: Branch, other: Interval, op: str) -> Branch:
    if node.returns_bool:
        value = truth(branch.value, op, other)
        return branch._replace(names=UNNAMED, value=value, unit=units.ONE, role="bool", stage="derived")
    return filtered(branch, branch.value, op, other)


def filtered(branch: Branch, value: Interval, op: str, other: Interval, may_hold: bool | None = None) -> Branch:
    """What a comparison leaves of series with these values."""
    known = intervals.holds(value, op, other) if may_hold is None else may_hold
    kept = intervals.narrowed(value, op, other)
    if known is False or (kept.is_empty and not kept.nan):
        return branch._replace(exists=NEVER, most=0)
    if known is True:
        return branch._replace(value=kept)
    return branch._replace(value=kept, exists=min(branch.exists, MAYBE))


def _vectors(node: BinaryExpr, left: Type, right: Type, expanded: Mapping[str, Expr]) -> Type:
    matching = matching_of(node)
    ours, theirs = left.branches, right.branches
    if len(ours) * len(theirs) > 8:
        ours, theirs = (merged(ours),), (merged(theirs),)
    same = sameness(node, theirs[0], expanded) if len(ours) == len(theirs) == 1 else None
    found = tuple(_pair(node, a, b, matching, same) for a in ours for b in theirs)
    if node.fill is not None:
        found = (_filled(node, merged(ours), merged(theirs), matching),)
    return typed("vector", found)


def _pair(node: BinaryExpr, left: Branch, right: Branch, matching: Matching, same: Sameness | None) -> Branch:
    """The result of matching one branch with one."""
    op = node.op.text
    keeps_name = _filters(node)
    if matching.group == "group_right":
        result = joined(right, left, matching, keeps_name)
    else:
        result = joined(left, right, matching, keeps_name)
    if result.exists is NEVER:
        return result
    if left.sample != "float" or right.sample != "float":
        return result._replace(value=ANYTHING, unit=None, sample="unknown", role="unknown", exists=MAYBE)
    if op in COMPARISONS:
        return _compared_pair(node, result, left, right, same)
    value, unit = computed(op, left.value, left.unit, right.value, right.unit)
    role = "gauge" if op not in ("+", "-") or left.role != right.role else left.role
    stage = left.stage if op in ("+", "-") and left.stage == right.stage else "derived"
    value = _joint(op, value, left.value, right.value, same)
    return result._replace(value=value, unit=unit, role=role, stage=stage)


def _joint(op: str, value: Interval, left: Interval, right: Interval, same: Sameness | None) -> Interval:
    """What is known beyond the two ranges where the sides have series in common."""
    if same == "same":
        nan = left.nan or left.low == -inf or left.high == inf
        if op == "/":
            return ONE._replace(nan=nan or left.holds_zero)
        if op == "-":
            return exactly(0.0)._replace(nan=nan)
        if op == "%":
            return Interval(0.0, 0.0, True, True) if left.low >= 0 else value
    if same == "part" and op == "/" and 0 <= left.low <= right.low:
        return SHARE
    if same == "part" and op == "/" and left.low >= 0 and right.low >= 0:
        return intervals.meet(value, SHARE)
    return value


def _compared_pair(node: BinaryExpr, result: Branch, left: Branch, right: Branch, same: Sameness | None) -> Branch:
    op = node.op.text
    certain = _of_the_same(op, left.value) if same == "same" else None
    if node.returns_bool:
        value = truth(left.value, op, right.value) if certain is None else exactly(float(certain))
        return result._replace(value=value, unit=units.ONE, role="bool", stage="derived")
    kept = result._replace(value=left.value, unit=left.unit, role=left.role, stage=left.stage)
    return filtered(kept, left.value, op, right.value, certain)


def _of_the_same(op: str, value: Interval) -> bool | None:
    """A value compared with itself; NaN differs from itself."""
    if op in (">", "<"):
        return False
    if op == "!=":
        return None if value.nan else False
    return None if value.nan else True


def _filled(node: BinaryExpr, left: Branch, right: Branch, matching: Matching) -> Branch:
    """`fill`: series without a partner get a number for one."""
    names = matching.labels or ()
    labels: dict[str, Label] = {}
    for name in (*left.labels, *right.labels, *(names if matching.on else ())):
        kept = bool(matching.group) or (name in names) is matching.on
        label = union(left.label(name), right.label(name))
        if label is not None and kept and name != "__name__":
            # What stands for a series of the many side has but the labels that were matched.
            labels[name] = optional(label) if matching.group else label
    most = None if left.most is None or right.most is None else left.most + right.most
    open_ = matching.labels is None or bool(matching.group) or ((left.open or right.open) and not matching.on)
    named = _filters(node) or matching.copied is None or "__name__" in matching.copied
    return Branch(
        labels, open_, names=None if named else UNNAMED, sample="unknown", role="unknown",
        exists=MAYBE, most=most, value=TRUTH if node.returns_bool else ANYTHING,
    )  # fmt: skip
