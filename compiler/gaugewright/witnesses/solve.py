"""Series for a wanted value: an expression solved downwards, from its result to its selectors.

Each step says which value its operand needs; at the leaves that becomes a line. Several steps have
more than one answer, and one that looks right can be wrong (two selectors meet one series), so the
result is a proposal for the judge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    Word,
    children,
    selectors,
    unwrap,
    walk,
)
from gaugewright.witnesses.join import COMPARISONS
from gaugewright.witnesses.plan import Plan, choose_labels
from gaugewright.witnesses.series import accepts
from gaugewright.witnesses.targets import NEGATED, values_for
from gaugewright.witnesses.world import Line, Unsolvable

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
_WHOLES = (_WHOLE, 1.0, 10.0, 0.0)
_FEW = (10.0, 2.0, 1.0, 4.0, 0.0)
"""What the right side of a ratio is: shares then read as percentages. Series that are counted should be few."""
_OTHERS = (1.0, 0.0, 2.0, 100.0, 0.5, 1e6, 10.0, 1e-3, -1.0, 1e9)
"""Values for a series where the one that was worked out does not do."""
TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
"""The same comparison with its sides exchanged."""


Shape: TypeAlias = Callable[[float], tuple[float, float]]
"""From a value to a line's start and slope."""


def flat(value: float) -> tuple[float, float]:
    return value, 0.0


def climbing(value: float) -> tuple[float, float]:
    return 0.0, value


def _on_its_way(now: float, seconds: float, plan: Plan) -> Shape:
    """A line that is `now` at the time of the test and the value that is asked for so many seconds later."""

    def shape(value: float) -> tuple[float, float]:
        slope = (value - now) / seconds
        return now - slope * plan.time, slope

    return shape


def hold(node: Expr, plan: Plan) -> None:
    """Adds lines so that `node` has a result. Raises Unsolvable."""
    node = unwrap(node)
    if isinstance(node, BinaryExpr) and not node.returns_bool and node.op.text in COMPARISONS:
        _meet(node, node.op.text, plan, near=False)
    else:
        aim(node, None, plan)


def fail(node: Expr, plan: Plan) -> None:
    """Adds lines so that `node` has no result, though what it reads is there. Raises Unsolvable."""
    node = unwrap(node)
    match node:
        case BinaryExpr(op=Word(text="and")):
            first, second = plan.choices.pick(((fail, hold), (hold, fail)))
            first(node.lhs, plan)
            second(node.rhs, plan)
        case BinaryExpr(op=Word(text="unless")):
            first = plan.choices.pick((fail, hold))
            first(node.lhs, plan)
            if first is hold:
                hold(node.rhs, plan)
        case BinaryExpr(op=Word(text="or")):
            fail(node.lhs, plan)
            fail(node.rhs, plan)
        case BinaryExpr(returns_bool=False) if node.op.text in COMPARISONS:
            _meet(node, NEGATED[node.op.text], plan, near=True)
        case BinaryExpr():
            first, second = plan.choices.pick(((fail, hold), (hold, fail)))
            first(node.lhs, plan)
            second(node.rhs, plan)
        case Aggregate():
            fail(node.expr, plan)
        case Call(function=Word(text="absent" | "absent_over_time")):
            hold(node.args[0], plan)
        case Call() | UnaryExpr():
            for inner in children(node):
                fail(inner, plan)
        case SubqueryExpr():
            fail(node.expr, plan)
        case _:
            pass  # a plain selector is without a result where its series are not there


def _meet(node: BinaryExpr, op: str, plan: Plan, near: bool) -> None:
    """Both sides get values for which `op` holds: the comparison's own, or its negation."""
    left, right = node.lhs, node.rhs
    bound = plan.constant(right)
    if bound is None and (bound := plan.constant(left)) is not None:
        left, op = right, TURNED.get(op, op)
    if bound is None:
        bound = plan.choices.pick((1.0, 0.0, 100.0, 2.0, 0.5))
        aim(right, bound, plan)
    values = values_for(op, bound, near)
    if not near and op in (">", ">=") and reads_clock(left):
        values = [bound + 2 * plan.duration + 60, *values]  # the time passes while the alert waits
    if not values:
        raise Unsolvable("no value that was tried")
    value = plan.choices.pick(values)
    # Of two vectors the sides may be one and the same series, unless another is taken.
    variant = plan.choices.pick((plan.variant, plan.variant + 1)) if plan.constant(right) is None else plan.variant
    aim(left, value, replace(plan, variant=variant))


def reads_clock(node: Expr) -> bool:
    return any(isinstance(inner, Call) and inner.function.text == "time" for inner in walk(node))


def aim(node: Expr, value: float | None, plan: Plan, shape: Shape = flat) -> None:
    """Adds lines to the plan's world so that `node` yields `value` (any, where it is None), or climbs
    by `value` a second, or whatever the shape makes of it. Raises Unsolvable."""
    node = unwrap(node)
    match node:
        case _ if not _reads(node):
            pass  # it is what it is; the judge sees whether that is enough
        case VectorSelector():
            _select(node, value, plan, shape)
        case MatrixSelector():
            _select(node.selector, value, plan, shape)
        case SubqueryExpr():
            aim(node.expr, value, plan, shape)
        case UnaryExpr():
            aim(node.expr, None if value is None else -value, plan, shape)
        case Aggregate():
            _aggregate(node, value, plan, shape)
        case Call():
            _call(node, value, plan, shape)
        case BinaryExpr() if shape is flat:
            _binary(node, value, plan)
        case _:
            raise Unsolvable("an expression of this form")


def _select(node: VectorSelector, value: float | None, plan: Plan, shape: Shape) -> None:
    if node.at is not None:
        raise Unsolvable("a selector with @")
    name = _chosen_name(node, plan)
    if name in plan.records:
        _recorded(node, plan.records[name][0].labels, value, plan, shape)
        return
    if name not in plan.series:
        raise Unsolvable(f"{name} is not a series of the spec")
    labels = choose_labels(node, plan.series[name], plan)
    wanted = 1.0 if value is None else value
    wanted = plan.choices.pick((wanted, *(other for other in _OTHERS if other != wanted)))
    line = Line(name, tuple(sorted(labels.items())), *shape(wanted))
    other = plan.world.other(line)
    if other is None:
        plan.world.add(line)
    else:
        plan.world.add(plan.choices.pick((other, line, _turned(other, line, plan), _turned(line, other, plan))))


def _turned(before: Line, after: Line, plan: Plan) -> Line:
    """One line and then another, before the alert begins to wait: what looks back sees the first, what does not the
    second. Each of two conditions of one series may have asked for either."""
    wait = plan.duration + 3 * plan.interval
    turn = int(plan.time - wait) // plan.world.step * plan.world.step
    if turn <= 0 or before.then is not None or after.then is not None:
        return before
    return replace(before, turn=turn, then=after)


def _chosen_name(node: VectorSelector, plan: Plan) -> str:
    if node.name is not None:
        return node.name.text
    named = [matcher for matcher in node.matchers if matcher.label.text == "__name__"]
    for name in plan.series:
        if named and all(accepts(matcher, name) for matcher in named):
            return name
    raise Unsolvable("a selector without a name")


def _recorded(node: VectorSelector, static: Mapping[str, str], value: float | None, plan: Plan, shape: Shape) -> None:
    for matcher in node.matchers:
        label = matcher.label.text
        if label in static or label == "__name__":
            continue
        bound = plan.bound.get(label)
        if matcher.op.text == "=" and bound in (None, matcher.value.text):
            plan.bound[label] = matcher.value.text
    aim(plan.records[_chosen_name(node, plan)][0].query.tree, value, plan, shape)


def _aggregate(node: Aggregate, value: float | None, plan: Plan, shape: Shape) -> None:
    op = node.op.text
    if op in _SAME_VALUE:
        aim(node.expr, value, plan, shape)
    elif op == "group":
        aim(node.expr, None, plan)
    elif op == "count" and shape is flat:
        count = max(1, math.floor(value or 1))
        if count > _MOST_SERIES:
            raise Unsolvable("more series than a test should have")
        for variant in range(count):
            aim(node.expr, None, replace(plan, variant=variant))
    elif op == "count_values":
        aim(node.expr, None, plan)
    elif op in ("stddev", "stdvar") and shape is flat:
        spread = math.sqrt(max(value or 0.0, 0.0)) if op == "stdvar" else value or 0.0
        aim(node.expr, 0.0, plan)
        aim(node.expr, 2 * spread, replace(plan, variant=1))
    else:
        raise Unsolvable(f"the aggregation {op}")


def _call(node: Call, value: float | None, plan: Plan, shape: Shape) -> None:
    name, args = node.function.text, node.args
    if name in ("absent", "absent_over_time"):
        if value is not None and value != 1.0:
            hold(args[0], plan)
    elif name in _OVER_RANGES and shape is flat:
        length = _range_seconds(args[0]) if name in _PER_RANGE else 1.0
        aim(args[0], (_WHOLE if value is None else value) / length, plan, climbing)
    elif name == "histogram_quantile" and shape is flat:
        _quantile(args[1], value, plan)
    elif name in ("scalar", "vector"):
        aim(args[0], value, plan, shape)
    elif name == "changes":
        aim(args[0], float(bool(value)), plan, climbing)
    elif name in ("sum_over_time", "count_over_time", "present_over_time"):
        count = max(1.0, _range_seconds(args[0]) // plan.world.step)
        aim(args[0], value / count if value is not None and name == "sum_over_time" else None, plan)
    elif name == "idelta" and shape is flat:
        aim(args[0], (1.0 if value is None else value) / plan.world.step, plan, climbing)
    elif name == "timestamp":
        aim(args[0], None, plan)
    elif name == "predict_linear" and value is not None and plan.choices.pick((False, True)):
        ahead = plan.constant(args[1]) or 1.0
        aim(args[0], value, plan, _on_its_way(max(1.0, abs(value)), ahead, plan))
    elif name in _THROUGH:
        aim(next(arg for arg in args if _reads(arg)), value, plan, shape)
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
    if op == "or":
        aim(plan.choices.pick((node.lhs, node.rhs)), value, plan)
    elif op == "and":
        aim(node.lhs, value, plan)
        hold(node.rhs, plan)
    elif op == "unless":
        aim(node.lhs, value, plan)
        if plan.choices.pick((False, True)):
            fail(node.rhs, plan)
    elif op in COMPARISONS:
        _compare(node, value, plan)
    elif (right := plan.constant(node.rhs)) is not None:
        wanted = None if value is None else _left_of(op, value, right)
        if op == "%" and wanted is not None:
            wanted = plan.choices.pick((wanted, wanted + right))
        aim(node.lhs, wanted, plan)
    elif (left := plan.constant(node.lhs)) is not None:
        aim(node.rhs, None if value is None else _right_of(op, value, left), plan)
    else:
        _vectors(node, value, plan)


def _compare(node: BinaryExpr, value: float | None, plan: Plan) -> None:
    """A comparison inside of an expression: one that filters has the value of its left side (or of the one that is no
    number), `bool` makes it 0 or 1."""
    op, left, right = node.op.text, node.lhs, node.rhs
    if node.returns_bool:
        _meet(node, op if value != 0.0 else NEGATED[op], plan, near=value == 0.0)
    elif value is None:
        _meet(node, op, plan, near=False)
    elif plan.constant(right) is not None:
        aim(left, value, plan)
    elif plan.constant(left) is not None:
        aim(right, value, plan)
    else:
        aim(left, value, plan)
        aim(right, plan.choices.pick(values_for(TURNED.get(op, op), value) or (value,)), plan)


def _left_of(op: str, value: float, right: float) -> float:
    """x in `x op right = value`."""
    match op:
        case "+":
            return value - right
        case "-":
            return value + right
        case "*":
            return _finite(value / right if right else None)
        case "/":
            return value * right
        case "%":
            return value
        case "^":
            return _finite(value ** (1 / right) if right and value >= 0 else None)
        case _:
            return _finite(None)


def _right_of(op: str, value: float, left: float) -> float:
    """x in `left op x = value`."""
    match op:
        case "+":
            return value - left
        case "-":
            return left - value
        case "*":
            return _finite(value / left if left else None)
        case "/":
            return _finite(left / value if value else None)
        case "^":
            return _finite(math.log(value, left) if value > 0 and left > 0 and left != 1 else None)
        case _:
            return _finite(None)


def _finite(value: float | None) -> float:
    if value is None or not math.isfinite(value):
        raise Unsolvable("an operator that cannot be turned round")
    return value


def _vectors(node: BinaryExpr, value: float | None, plan: Plan) -> None:
    op = node.op.text
    wanted = 0.5 if value is None else value
    if _other_side(node, wanted, plan):
        return
    whole = plan.choices.pick(_FEW if _counts(node) else _WHOLES)
    if op == "/":
        aim(node.lhs, wanted * whole, plan)
        _fill_up(node.rhs, whole, node.lhs, plan)
    elif op == "-":
        aim(node.lhs, max(wanted, 0.0) + whole, plan)
        _fill_up(node.rhs, max(wanted, 0.0) + whole - wanted, node.lhs, plan)
    elif op == "+":
        aim(node.lhs, wanted, plan)
        _fill_up(node.rhs, 0.0, node.lhs, plan)
    elif op == "*":
        first, second = plan.choices.pick(((node.lhs, node.rhs), (node.rhs, node.lhs)))
        aim(first, wanted, plan)
        _fill_up(second, 1.0, first, plan)
    else:
        raise Unsolvable(f"{op} between vectors")


def _other_side(node: BinaryExpr, wanted: float, plan: Plan) -> bool:
    """Solves for the one side where the other has its value already."""
    sides = ((node.lhs, node.rhs, _right_of), (node.rhs, node.lhs, _left_of))
    for known, other, solved in sides:
        found = plan.judge().vector(known, plan.time)
        if len(found) == 1 and not plan.judge().vector(other, plan.time) and plan.choices.pick((True, False)):
            aim(other, solved(node.op.text, wanted, found[0].value), plan)
            return True
    return False


def _counts(node: Expr) -> bool:
    return any(isinstance(inner, Aggregate) and inner.op.text == "count" for inner in walk(node))


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
