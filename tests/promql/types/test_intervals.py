"""Intervals hold every result of the values inside them."""

import math
import operator

import pytest
from gaugewright.promql.types import intervals
from gaugewright.promql.types.functions import clamped, rounded, summed
from gaugewright.promql.types.intervals import Interval
from hypothesis import assume, given
from hypothesis import strategies as st

ENDS = (-math.inf, -1e9, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 1e9, math.inf)
ends = st.sampled_from(ENDS)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Interval, float]:
    """An interval and a value in it."""
    value = draw(st.one_of(ends, st.floats(-10, 10), st.just(math.nan)))
    if math.isnan(value):
        low, high = sorted((draw(ends), draw(ends)))
        return Interval(low, high, True), value
    low, high = min(draw(ends), value), max(draw(ends), value)
    integral = draw(st.booleans()) and (math.isinf(value) or value == math.floor(value))
    return Interval(low, high, draw(st.booleans()), integral), value


def _in_go(op: str, left: float, right: float) -> float:
    """Prometheus's arithmetic: IEEE's, which Python refuses where the result is infinite or NaN."""
    if op == "/":
        if right == 0:
            infinite = math.copysign(math.inf, left) * math.copysign(1, right)
            return math.nan if left == 0 or math.isnan(left) else infinite
        return left / right
    if op == "%":
        if right == 0 or math.isinf(left) or math.isnan(left) or math.isnan(right):
            return math.nan
        return math.fmod(left, right)
    if op == "^":
        try:
            result = math.pow(left, right)
        except OverflowError:
            return math.inf if left > 0 or right % 2 == 0 else -math.inf
        except ValueError:
            if left == 0:
                return math.inf if math.copysign(1, left) > 0 or right % 2 != 1 else -math.inf
            return math.nan
        return result
    return {"+": operator.add, "-": operator.sub, "*": operator.mul, "atan2": math.atan2}[op](left, right)


@pytest.mark.parametrize("op", intervals.ARITHMETIC)
@given(pairs(), pairs())
def test_arithmetic_stays_inside(op: str, left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    found = intervals.ARITHMETIC[op](left[0], right[0])
    assert _in_go(op, left[1], right[1]) in found


COMPARISONS = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


@pytest.mark.parametrize("op", COMPARISONS)
@given(pairs(), pairs())
def test_a_comparison_is_foretold_only_where_it_is_certain(
    op: str, left: tuple[Interval, float], right: tuple[Interval, float]
) -> None:
    truth = COMPARISONS[op](left[1], right[1])
    assert intervals.holds(left[0], op, right[0]) in (None, truth)
    if truth:
        assert left[1] in intervals.narrowed(left[0], op, right[0])


@given(pairs(), pairs())
def test_the_hull_holds_both(left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    found = intervals.hull(left[0], right[0])
    assert left[1] in found
    assert right[1] in found


@given(pairs(), st.lists(st.floats(0, 1), max_size=4))
def test_a_sum_of_values_stays_inside(one: tuple[Interval, float], places: list[float]) -> None:
    interval, value = one
    assume(not math.isnan(value) and math.isfinite(interval.low) and math.isfinite(interval.high))
    more = [interval.low + place * (interval.high - interval.low) for place in places] if not interval.integral else []
    assert sum(more, value) in summed(interval)


@given(pairs(), pairs(), pairs())
def test_a_clamped_value_stays_inside(
    value: tuple[Interval, float], low: tuple[Interval, float], high: tuple[Interval, float]
) -> None:
    assume(not math.isnan(low[1]) and not math.isnan(high[1]) and low[1] <= high[1])
    clamp = math.nan if math.isnan(value[1]) else max(low[1], min(high[1], value[1]))
    assert clamp in clamped(value[0], low[0], high[0])


@given(pairs(), st.sampled_from((None, 1.0, 0.5, 10.0)))
def test_a_rounded_value_stays_inside(value: tuple[Interval, float], step: float | None) -> None:
    assume(math.isfinite(value[1]))
    inverse = 1 / (step or 3.0)
    assert math.floor(value[1] * inverse + 0.5) / inverse in rounded(value[0], step)
