"""Binary operators of the judge: numbers, vectors with numbers, vectors with vectors."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping

from gaugewright.promql.syntax import BinaryExpr
from gaugewright.witnesses.series import Key, Sample, Vector
from gaugewright.witnesses.world import Unsolvable

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def _divided(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
    return left / right


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": lambda left, right: math.fmod(left, right) if right else math.nan,
    "^": lambda left, right: float(left**right),
}


def join(node: BinaryExpr, left: float | Vector, right: float | Vector) -> float | Vector:
    """What `left op right` yields; raises Unsolvable where series match more than one."""
    op = node.op.text
    if node.fill is not None:
        raise Unsolvable("fill")
    if isinstance(left, float) and isinstance(right, float):
        return float(COMPARISONS[op](left, right)) if op in COMPARISONS else _ARITHMETIC[op](left, right)
    if op in ("and", "or", "unless"):
        return _set(node, left, right)
    if isinstance(left, float) or isinstance(right, float):
        return _with_number(node, left, right)
    return _matched(node, left, right)


def _with_number(node: BinaryExpr, left: float | Vector, right: float | Vector) -> Vector:
    many = left if not isinstance(left, float) else right
    assert not isinstance(many, float)
    found = []
    for sample in many:
        pair = (sample.value, right) if isinstance(right, float) else (left, sample.value)
        result = _operated(node, sample, *pair)  # type: ignore[arg-type]
        if result is not None:
            found.append(result)
    return found


def _operated(node: BinaryExpr, kept: Sample, left: float, right: float) -> Sample | None:
    """One result; of a comparison that filters, the vector's own sample (`kept`)."""
    op = node.op.text
    if op not in COMPARISONS:
        return Sample(kept.unnamed(), _ARITHMETIC[op](left, right))
    holds = COMPARISONS[op](left, right)
    if node.returns_bool:
        return Sample(kept.unnamed(), float(holds))
    return kept if holds else None


def _signature(node: BinaryExpr, sample: Sample) -> Key:
    labels = sample.unnamed()
    if node.matching is None:
        return tuple(sorted(labels.items()))
    named = {label.text for label in node.matching.labels}
    on = node.matching.keyword.text.lower() == "on"
    return tuple(sorted((name, value) for name, value in labels.items() if (name in named) == on))


def _set(node: BinaryExpr, left: float | Vector, right: float | Vector) -> Vector:
    if isinstance(left, float) or isinstance(right, float):
        raise Unsolvable("a number in a set operation")
    there = {_signature(node, sample) for sample in right}
    if node.op.text == "and":
        return [sample for sample in left if _signature(node, sample) in there]
    if node.op.text == "unless":
        return [sample for sample in left if _signature(node, sample) not in there]
    here = {_signature(node, sample) for sample in left}
    return [*left, *(sample for sample in right if _signature(node, sample) not in here)]


def _matched(node: BinaryExpr, left: Vector, right: Vector) -> Vector:
    swapped = node.group is not None and node.group.keyword.text.lower() == "group_right"
    many, one = (right, left) if swapped else (left, right)
    by_key: dict[Key, Sample] = {}
    for sample in one:
        if by_key.setdefault(_signature(node, sample), sample) is not sample:
            raise Unsolvable("several series on the side of one")
    used: set[Key] = set()
    found: Vector = []
    for sample in many:
        key = _signature(node, sample)
        other = by_key.get(key)
        if other is None:
            continue
        if node.group is None and key in used:
            raise Unsolvable("several series match one")
        used.add(key)
        pair = (other.value, sample.value) if swapped else (sample.value, other.value)
        result = _operated(node, sample, *pair)
        if result is not None:
            found.append(Sample(_result_labels(node, result, other), result.value))
    return found


def _result_labels(node: BinaryExpr, result: Sample, other: Sample) -> dict[str, str]:
    labels = dict(result.labels)
    if node.group is not None:
        for name in (label.text for label in node.group.labels):
            labels.pop(name, None)
            if name in other.labels:
                labels[name] = other.labels[name]
    elif node.matching is not None:
        named = {label.text for label in node.matching.labels}
        on = node.matching.keyword.text.lower() == "on"
        keeps_name = node.op.text in COMPARISONS and not node.returns_bool and not on
        labels = {
            name: value
            for name, value in labels.items()
            if ((name in named) == on) or (name == "__name__" and keeps_name)
        }
    return labels
