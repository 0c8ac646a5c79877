"""Series for a wanted value: an expression solved downwards, from its result to its selectors.

Each step says which value its operand needs; at the leaves that becomes a line. Several steps have
more than one answer, and one that looks right can be wrong (two selectors meet one series), so the
result is a proposal for the judge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from gaugewright.emit.witnesses.join import COMPARISONS
from gaugewright.emit.witnesses.plan import Plan, choose_labels
from gaugewright.emit.witnesses.targets import values_for
from gaugewright.emit.witnesses.world import Unsolvable
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    selectors,
    unwrap,
)

_SAME_VALUE = frozenset(["sum", "avg", "min", "max", "topk", "bottomk", "quantile"])
_THROUGH = frozenset(
    (
        *("abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "sort", "sort_desc"),
        *("label_replace", "label_join", "predict_linear", "quantile_over_time"),
        *("avg_over_time", "min_over_time", "max_over_time", "last_over_time", "first_over_time"),
    )
)
_PER_SECOND = frozenset(["rate", "irate", "deriv"])
_PER_RANGE = frozenset(["increase", "delta"])
_OVER_RANGES = _PER_SECOND | _PER_RANGE
_MOST_SERIES = 100
_WHOLE = 100.0
"""What the two sides of a ratio add up to: shares then read as percentages."""


def aim(node: Expr, value: float | None, plan: Plan, slope: bool = False) -> None:
    """Adds lines to the plan's world so that `node` yields `value` (any, where it is None), or climbs
    by `value` a second where `slope` is set. Raises Unsolvable."""
    node = unwrap(node)
    match node:
        case VectorSelector():
            _select(node, value, plan, slope)
        case MatrixSelector():
            _select(node.selector, value, plan, slope)
        case SubqueryExpr():
            aim(node.expr, value, plan, slope)
        case UnaryExpr():
            aim(node.expr, None if value is None else -value, plan, slope)
        case Aggregate():
            _aggregate(node, value, plan, slope)
        case Call():
            _call(node, value, plan, slope)
        case BinaryExpr() if not slope:
            _binary(node, value, plan)
        case _:
            raise Unsolvable("an expression of this form")


def _select(node: VectorSelector, value: float | None, plan: Plan, slope: bool) -> None:
    if node.name is None or node.at is not None:
        raise Unsolvable("a selector without a name, or with @")
    name = node.name.text
    if name in plan.records:
        _recorded(node, plan.records[name][0].labels, value, plan, slope)
        return
    if name not in plan.series:
        raise Unsolvable(f"{name} is not a series of the spec")
    labels = choose_labels(node, plan.series[name], plan)
    wanted = 1.0 if value is None else value
    plan.world.add(name, labels, 0.0 if slope else wanted, wanted if slope else 0.0)


def _recorded(node: VectorSelector, static: Mapping[str, str], value: float | None, plan: Plan, slope: bool) -> None:
    for matcher in node.matchers:
        label = matcher.label.text
        if label in static or label == "__name__":
            continue
        bound = plan.bound.get(label)
        if matcher.op.text == "=" and bound in (None, matcher.value.text):
            plan.bound[label] = matcher.value.text
    assert node.name is not None
    aim(plan.records[node.name.text][0].query.tree, value, plan, slope)


def _aggregate(node: Aggregate, value: float | None, plan: Plan, slope: bool) -> None:
    op = node.op.text
    if op in _SAME_VALUE:
        aim(node.expr, value, plan, slope)
    elif op == "group":
        aim(node.expr, None, plan)
    elif op == "count" and not slope:
        count = max(1, math.floor(value or 1))
        if count > _MOST_SERIES:
            raise Unsolvable("more series than a test should have")
        for variant in range(count):
            aim(node.expr, None, replace(plan, variant=variant))
    elif op in ("stddev", "stdvar") and not slope:
        spread = math.sqrt(max(value or 0.0, 0.0)) if op == "stdvar" else value or 0.0
        aim(node.expr, 0.0, plan)
        aim(node.expr, 2 * spread, replace(plan, variant=1))
    else:
        raise Unsolvable(f"the aggregation {op}")


def _call(node: Call, value: float | None, plan: Plan, slope: bool) -> None:
    name, args = node.function.text, node.args
    if name in ("absent", "absent_over_time"):
        if value != 1.0:
            aim(args[0], None, plan)
    elif name in _OVER_RANGES and not slope:
        length = _range_seconds(args[0]) if name in _PER_RANGE else 1.0
        aim(args[0], (_WHOLE if value is None else value) / length, plan, slope=True)
    elif name == "histogram_quantile" and not slope:
        _quantile(args[1], value, plan)
    elif name in ("scalar", "vector"):
        aim(args[0], value, plan, slope)
    elif name == "changes":
        aim(args[0], float(bool(value)), plan, slope=True)
    elif name in ("sum_over_time", "count_over_time", "present_over_time"):
        count = max(1.0, _range_seconds(args[0]) // plan.world.step)
        aim(args[0], value / count if value is not None and name == "sum_over_time" else None, plan)
    elif name == "idelta" and not slope:
        aim(args[0], (1.0 if value is None else value) / plan.world.step, plan, slope=True)
    elif name == "timestamp":
        aim(args[0], None, plan)
    elif name in _THROUGH:
        aim(next(arg for arg in args if _reads(arg)), value, plan, slope)
    else:
        raise Unsolvable(f"{name}()")


def _reads(node: Expr) -> bool:
    """Whether an expression reads any series."""
    return next(selectors(node), None) is not None


def _range_seconds(node: Expr) -> float:
    node = unwrap(node)
    if isinstance(node, (MatrixSelector, SubqueryExpr)) and node.range.seconds:
        return node.range.seconds
    raise Unsolvable("a range of unknown length")


def _quantile(buckets: Expr, value: float | None, plan: Plan) -> None:
    """All observations in the bucket that holds the value: lower buckets stand still, others climb."""
    series = [plan.series.get(node.name.text) for node in selectors(buckets) if node.name is not None]
    bounds = next((label.values for found in series if found for label in found.labels if label.name == "le"), None)
    if not bounds or len(bounds) < 2:
        raise Unsolvable("a quantile of something else than a histogram")
    wanted = value if value is not None else float(bounds[0])
    holding = next((n for n, bound in enumerate(bounds) if float(bound) >= wanted), len(bounds) - 1)
    holding = min(holding, len(bounds) - 2)
    for number, bound in enumerate(bounds):
        bucket = replace(plan, bound={**plan.bound, "le": bound})
        aim(buckets, 1.0 if number >= holding else 0.0, bucket)
        plan.bound.update({name: chosen for name, chosen in bucket.bound.items() if name != "le"})


def _binary(node: BinaryExpr, value: float | None, plan: Plan) -> None:
    op = node.op.text
    if op in ("and", "unless", "or"):
        aim(node.lhs, value, plan)
        if op == "and":
            aim(node.rhs, None, plan)
    elif op in COMPARISONS:
        _compare(node, value, plan)
    elif (right := plan.constant(node.rhs)) is not None:
        aim(node.lhs, None if value is None else _left_of(op, value, right), plan)
    elif (left := plan.constant(node.lhs)) is not None:
        aim(node.rhs, None if value is None else _right_of(op, value, left), plan)
    else:
        _vectors(node, value, plan)


def _compare(node: BinaryExpr, value: float | None, plan: Plan) -> None:
    op, left, right = node.op.text, node.lhs, node.rhs
    bound = plan.constant(right)
    if bound is None and (bound := plan.constant(left)) is not None:
        left, op = right, {">": "<", "<": ">", ">=": "<=", "<=": ">="}.get(op, op)
    if node.returns_bool:
        op = op if value != 0.0 else {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}[op]
        value = None
    if bound is None:
        aim(right, 1.0, plan)
        bound = 1.0
    aim(left, next(iter(values_for(op, bound))) if value is None else value, plan)


def _left_of(op: str, value: float, right: float) -> float:
    """x in `x op right = value`."""
    solved = {"+": value - right, "-": value + right, "*": value / (right or math.nan), "/": value * right, "%": value}
    return _finite(solved.get(op))


def _right_of(op: str, value: float, left: float) -> float:
    """x in `left op x = value`."""
    solved = {
        "+": value - left,
        "-": left - value,
        "*": value / (left or math.nan),
        "/": left / (value or math.nan),
    }
    return _finite(solved.get(op))


def _finite(value: float | None) -> float:
    if value is None or not math.isfinite(value):
        raise Unsolvable("an operator that cannot be turned round")
    return value


def _vectors(node: BinaryExpr, value: float | None, plan: Plan) -> None:
    op = node.op.text
    wanted = 0.5 if value is None else value
    if op == "/":
        aim(node.lhs, wanted * _WHOLE, plan)
        _fill_up(node.rhs, _WHOLE, node.lhs, plan)
    elif op == "-":
        aim(node.lhs, max(wanted, 0.0) + _WHOLE, plan)
        _fill_up(node.rhs, max(wanted, 0.0) + _WHOLE - wanted, node.lhs, plan)
    elif op == "+":
        aim(node.lhs, wanted, plan)
        _fill_up(node.rhs, 0.0, node.lhs, plan)
    elif op == "*":
        aim(node.lhs, wanted, plan)
        _fill_up(node.rhs, 1.0, node.lhs, plan)
    else:
        raise Unsolvable(f"{op} between vectors")


def _fill_up(node: Expr, total: float, other: Expr, plan: Plan) -> None:
    """Brings `node` to `total`, by series that `other` does not read; what it has already counts."""
    found = plan.judge().vector(node, plan.time)
    missing = total - (found[0].value if found else 0.0)
    if found and abs(missing) < 1e-9 * max(1.0, abs(total)):
        return
    if found and missing < 0:  # only another, smaller series can bring it down
        aim(node, total, replace(plan, variant=1))
        return
    aim(node, missing, replace(plan, avoid=tuple(_leaves(other, plan)) if found else ()))


def _leaves(node: Expr, plan: Plan) -> list[VectorSelector]:
    """The selectors of raw series, those inside recording rules too."""
    found: list[VectorSelector] = []
    for selector in selectors(node):
        name = selector.name.text if selector.name else ""
        if name in plan.records:
            found.extend(_leaves(plan.records[name][0].query.tree, plan))
        else:
            found.append(selector)
    return found
