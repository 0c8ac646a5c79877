"""Functions that change each sample by itself: labels stay, the metric's name mostly goes.

One line a function: what becomes of the values, of the unit, and the rest. Source: Prometheus's page "Query
functions" and promql/functions.go.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, exp, floor, inf, log, log2, log10, pi, sqrt
from typing import Final, NamedTuple, TypeAlias

from gaugewright.promql.types import intervals, units
from gaugewright.promql.types.intervals import ANYTHING, COUNTS, NOWHERE, ONE, ONE_UP, POSITIVE, Interval
from gaugewright.promql.types.state import UNNAMED, Branch, Role, Stage
from gaugewright.promql.types.units import MaybeUnit

Values: TypeAlias = Callable[[Interval], Interval]
UnitRule: TypeAlias = Callable[[MaybeUnit], MaybeUnit]


class Rule(NamedTuple):
    """`samples`: how many a range must have. `histograms`: only native histograms give a result."""

    values: Values
    unit: UnitRule
    samples: int = 0
    keeps_name: bool = False
    histograms: bool = False
    stage: Stage = "derived"
    keeps_role: bool = False
    role: Role = "gauge"


def applied(rule: Rule, branch: Branch) -> Branch:
    """The branch through the function."""
    return branch._replace(
        names=branch.names if rule.keeps_name else UNNAMED,
        value=_value(rule, branch),
        unit=rule.unit(branch.unit),
        role=branch.role if rule.keeps_role else rule.role,
        stage=branch.stage if rule.stage == "raw" else rule.stage,
    )


_FINITE: Final = frozenset(("counter", "bucket", "count", "sum"))
"""What a service counts has no upper bound and yet is never infinite."""


def _value(rule: Rule, branch: Branch) -> Interval:
    if branch.sample != "float":  # of histograms nothing is known but what holds for all results
        return rule.values(ANYTHING)
    value = rule.values(branch.value)
    if rule.stage == "increase" and not (branch.role in _FINITE and branch.stage == "raw"):
        return intervals.with_nan(value)  # infinity less infinity
    return value


def _same(value: Interval) -> Interval:
    return value


def _fixed(value: Interval) -> Values:
    return lambda _: value


def _unit(unit: MaybeUnit) -> UnitRule:
    return lambda _: unit


def _same_unit(unit: MaybeUnit) -> MaybeUnit:
    return unit


def _duration(unit: MaybeUnit) -> MaybeUnit:
    """The unit of a difference."""
    return units.subtract(unit, unit)


def _squared(unit: MaybeUnit) -> MaybeUnit:
    return units.raised(_duration(unit), 2)


def _growth(value: Interval) -> Interval:
    """rate and increase: not negative for what is not negative, since a fall counts as a reset to 0. A NaN between
    two values hides the fall."""
    positive = value.low >= 0 and not value.nan
    return Interval(0.0 if positive else -inf, inf, value.nan, minus_zero=not positive)


def _difference(value: Interval) -> Interval:
    """Between two of the samples."""
    return intervals.subtract(value, value)


def _extrapolated(value: Interval) -> Interval:
    """delta stretches the difference to the whole range, so only a constant bounds it."""
    constant = value.low == value.high
    return Interval(0.0, 0.0, value.nan) if constant else Interval(-inf, inf, _difference(value).nan)


def _spread(value: Interval) -> Interval:
    return Interval(0.0, inf, value.nan or value.low == -inf or value.high == inf)


def summed(value: Interval) -> Interval:
    """The sum of one or more of these values."""
    if value.is_empty:
        return value
    low = value.low if value.low >= 0 else -inf
    high = value.high if value.high <= 0 else inf
    return Interval(low, high, value.nan or (low == -inf and high == inf), value.integral, value.minus_zero)


def averaged(value: Interval) -> Interval:
    return value._replace(integral=value.integral and value.low == value.high, nan=value.nan or _unbounded(value))


def _unbounded(value: Interval) -> bool:
    return value.low == -inf and value.high == inf


def _abs(value: Interval) -> Interval:
    if value.is_empty:
        return value
    low = 0.0 if value.holds_zero else min(abs(value.low), abs(value.high))
    return value._replace(low=low, high=max(abs(value.low), abs(value.high)), minus_zero=False)


def _monotone(function: Callable[[float], float], least: float = -inf, integral: bool = False) -> Values:
    """A function that never falls, from `least` upwards; below it the result is NaN."""

    def values(value: Interval) -> Interval:
        if value.is_empty or value.high < least:
            return NOWHERE._replace(nan=True)
        inside = value if value.low >= least else value._replace(low=least, nan=True)
        return intervals.mapped(inside, lambda end: _safely(function, end), integral=integral)

    return values


def _safely(function: Callable[[float], float], end: float) -> float:
    if end in (inf, -inf):
        return _AT_INFINITY.get((function, end), end)
    try:
        return float(function(end))
    except OverflowError:
        return inf
    except ValueError:
        return -inf


_AT_INFINITY: dict[tuple[Callable[[float], float], float], float] = {(exp, -inf): 0.0}


def _sign(value: Interval) -> Interval:
    if value.is_empty:
        return value
    return Interval(_sgn(value.low), _sgn(value.high), value.nan, True)


def _sgn(end: float) -> float:
    return float((end > 0) - (end < 0))


def _between(low: float, high: float, integral: bool = True) -> Values:
    return lambda value: Interval(
        low, high, value.nan or not integral or value.high == inf or value.low == -inf, integral
    )


def _within(low: float, high: float) -> Rule:
    """An angle's function, or its inverse. What is outside its domain gives NaN."""
    return Rule(_fixed(Interval(low, high, True)), _unit(units.ONE))


_PER_SECOND = Rule(_growth, units.per_second, 2, stage="increase", keeps_role=True)
_INSIDE = Rule(_same, _same_unit, 1)
_PURE = _unit(units.ONE)
_DAY = Rule(_between(0.0, 6.0), _PURE)

RULES: Final[dict[str, Rule]] = {
    # Over a range: counters
    "rate": _PER_SECOND,
    "irate": _PER_SECOND,
    "increase": Rule(_growth, _duration, 2, stage="increase", keeps_role=True),
    "resets": Rule(_fixed(COUNTS), _PURE, 1),
    "changes": Rule(_fixed(COUNTS), _PURE, 1),
    # Over a range: gauges
    "delta": Rule(_extrapolated, _duration, 2),
    "idelta": Rule(_difference, _duration, 2),
    "deriv": Rule(_fixed(ANYTHING), units.per_second, 2),
    "predict_linear": Rule(_fixed(ANYTHING), _same_unit, 2),
    "double_exponential_smoothing": Rule(_fixed(ANYTHING), _same_unit, 2),
    "holt_winters": Rule(_fixed(ANYTHING), _same_unit, 2),
    "avg_over_time": Rule(averaged, _same_unit, 1, keeps_role=True),
    "min_over_time": _INSIDE._replace(keeps_role=True),
    "max_over_time": _INSIDE._replace(keeps_role=True),
    "sum_over_time": Rule(summed, _same_unit, 1),
    "quantile_over_time": _INSIDE,
    "count_over_time": Rule(_fixed(ONE_UP), _PURE, 1),
    "present_over_time": Rule(_fixed(ONE), _PURE, 1),
    "last_over_time": _INSIDE._replace(keeps_name=True, stage="raw", keeps_role=True),
    "first_over_time": _INSIDE._replace(keeps_name=True, stage="raw", keeps_role=True),
    "stddev_over_time": Rule(_spread, _duration, 1),
    "stdvar_over_time": Rule(_spread, _squared, 1),
    "mad_over_time": Rule(_spread, _duration, 1),
    "integral": Rule(_fixed(ANYTHING), lambda unit: units.multiply(unit, units.SECONDS), 1),
    **{
        f"ts_of_{which}_over_time": Rule(_fixed(POSITIVE), _unit(units.TIME), 1)
        for which in ("first", "last", "max", "min")
    },
    # Each sample by itself
    "abs": Rule(_abs, _same_unit),
    "ceil": Rule(_monotone(ceil, integral=True), _same_unit),
    "floor": Rule(_monotone(floor, integral=True), _same_unit),
    "sgn": Rule(_sign, _PURE),
    "sqrt": Rule(_monotone(sqrt, 0.0), _unit(None)),
    "exp": Rule(_monotone(exp), _PURE),
    "ln": Rule(_monotone(log, 0.0), _PURE),
    "log2": Rule(_monotone(log2, 0.0), _PURE),
    "log10": Rule(_monotone(log10, 0.0), _PURE),
    "sin": _within(-1, 1),
    "cos": _within(-1, 1),
    "tan": _within(-inf, inf),
    "asin": _within(-1.5707963267948968, 1.5707963267948968),
    "acos": _within(0, 3.1415926535897936),
    "atan": _within(-1.5707963267948968, 1.5707963267948968),
    "sinh": _within(-inf, inf),
    "cosh": _within(1, inf),
    "tanh": _within(-1, 1),
    "asinh": _within(-inf, inf),
    "acosh": _within(0, inf),
    "atanh": _within(-inf, inf),
    "deg": Rule(lambda v: intervals.multiply(v, intervals.exactly(180 / pi)), _unit(units.DEGREES)),
    "rad": Rule(lambda v: intervals.multiply(v, intervals.exactly(pi / 180)), _unit(units.RADIANS)),
    # Times
    "timestamp": Rule(_fixed(POSITIVE), _unit(units.TIME)),
    "start_timestamp": Rule(_fixed(Interval(0.0, inf)), _unit(units.TIME)),
    "minute": Rule(_between(0.0, 59.0), _PURE),
    "hour": Rule(_between(0.0, 23.0), _PURE),
    "day_of_week": _DAY,
    "day_of_month": Rule(_between(1.0, 31.0), _PURE),
    "day_of_year": Rule(_between(1.0, 366.0), _PURE),
    "days_in_month": Rule(_between(28.0, 31.0), _PURE),
    "month": Rule(_between(1.0, 12.0), _PURE),
    "year": Rule(_fixed(Interval(-inf, inf, False, True)), _PURE),
    # Order
    **{
        name: Rule(_same, _same_unit, keeps_name=True, stage="raw", keeps_role=True)
        for name in ("sort", "sort_desc", "sort_by_label", "sort_by_label_desc")
    },
    # Native histograms
    **{
        name: Rule(_fixed(ANYTHING), _same_unit, histograms=True)
        for name in ("histogram_avg", "histogram_sum", "histogram_stddev")
    },
    "histogram_stdvar": Rule(_fixed(ANYTHING), _squared, histograms=True),
    "histogram_count": Rule(_fixed(POSITIVE._replace(nan=True)), _PURE, histograms=True),
}


def rounded(value: Interval, step: float | None) -> Interval:
    """`round`: to whole numbers, or to multiples of `step`; then only the sign is kept."""
    if step == 1 and not value.is_empty:
        return intervals.mapped(
            value, lambda end: end if end in (inf, -inf) else float(floor(end + 0.5)), integral=True
        )
    return Interval(0.0 if value.low >= 0 else -inf, 0.0 if value.high <= 0 else inf, True)


def clamped(value: Interval, low: Interval, high: Interval) -> Interval:
    """Within the input, unless a limit lies outside it."""
    if value.is_empty or low.is_empty or high.is_empty:
        return ANYTHING
    whole = value.integral and low.integral and high.integral
    nan = value.nan or low.nan or high.nan
    # Go's math.Max(+Inf, NaN) is +Inf: so much is left of an upper limit that is NaN.
    top = inf if low.high == inf and high.nan else min(max(value.high, low.high), high.high)
    return Interval(min(max(value.low, low.low), high.low), top, nan, whole)


def quantile(value: Interval, phi: Interval) -> Interval:
    """A quantile of some values: between them, or infinite where φ is not within 0..1."""
    low = -inf if phi.low < 0 else value.low
    high = inf if phi.high > 1 else value.high
    if phi.nan or phi.is_empty:
        return Interval(low, high, True)
    return Interval(low, high, value.nan or _unbounded(value), value.integral and low == high)
