"""The values that a sample can have: an interval, whether NaN is possible, whether all are whole numbers.

Ends belong to the interval. `x > 5` begins at the next float after 5, so open ends need no mark. An infinite
end says that the values have no bound and that the infinity itself may be among them. Arithmetic is that of
IEEE doubles, which is monotone, so the ends are exact bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, copysign, floor, inf, isfinite, isinf, isnan, nextafter
from typing import Final, NamedTuple


class Interval(NamedTuple):
    """`low > high` is the empty interval: at most NaN is left."""

    low: float = -inf
    high: float = inf
    nan: bool = True
    integral: bool = False
    minus_zero: bool = True
    """Whether a zero may be -0, which turns the sign of what is divided by it."""

    @property
    def point(self) -> float | None:
        """The one value that is possible, if there is just one."""
        return self.low if self.low == self.high and not self.nan else None

    @property
    def is_empty(self) -> bool:
        return self.low > self.high

    @property
    def holds_zero(self) -> bool:
        return self.low <= 0 <= self.high

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, (int, float)):
            return False
        if isnan(value):
            return self.nan
        if value == 0 and copysign(1, value) < 0 and not self.minus_zero:
            return False
        return self.low <= value <= self.high and (not self.integral or isinf(value) or value == floor(value))


ANYTHING: Final = Interval()
POSITIVE: Final = Interval(0.0, inf, False, False, False)
COUNTS: Final = Interval(0.0, inf, False, True, False)
"""Whole numbers from 0."""
ONE_UP: Final = Interval(1.0, inf, False, True, False)
ONE: Final = Interval(1.0, 1.0, False, True, False)
TRUTH: Final = Interval(0.0, 1.0, False, True, False)
"""0 or 1."""
SHARE: Final = Interval(0.0, 1.0, True, False, False)
NOWHERE: Final = Interval(inf, -inf, False, True, False)
"""No value at all."""


def exactly(value: float) -> Interval:
    """One number."""
    if isnan(value):
        return NOWHERE._replace(nan=True)
    return Interval(value, value, False, isfinite(value) and value == floor(value), is_minus_zero(value))


def is_minus_zero(value: float) -> bool:
    return value == 0 and copysign(1, value) < 0


def _may_be_minus_zero(*values: Interval) -> bool:
    """Of a product or quotient of these: where a sign can be negative, a zero can be."""
    return any(value.minus_zero or value.low < 0 for value in values)


def hull(left: Interval, right: Interval) -> Interval:
    """The smallest interval with both."""
    if left == right:
        return left
    return Interval(
        min(left.low, right.low),
        max(left.high, right.high),
        left.nan or right.nan,
        (left.integral or left.is_empty) and (right.integral or right.is_empty),
        left.minus_zero or right.minus_zero,
    )


def meet(left: Interval, right: Interval) -> Interval:
    """What is in both."""
    return Interval(
        max(left.low, right.low),
        min(left.high, right.high),
        left.nan and right.nan,
        left.integral or right.integral,
        left.minus_zero and right.minus_zero,
    )


def with_nan(value: Interval) -> Interval:
    return value if value.nan else value._replace(nan=True)


def negative(value: Interval) -> Interval:
    return value._replace(low=-value.high, high=-value.low, minus_zero=True)


def mapped(value: Interval, function: Callable[[float], float], integral: bool | None = None) -> Interval:
    """Through a function that never falls, finite or infinite."""
    if value.is_empty:
        return value
    whole = value.integral if integral is None else integral
    return Interval(function(value.low), function(value.high), value.nan, whole, _may_be_minus_zero(value))


def _unbounded(*ends: float) -> bool:
    return any(isinf(end) for end in ends)


def add(left: Interval, right: Interval) -> Interval:
    nan = (
        left.nan
        or right.nan
        or (left.high == inf and right.low == -inf)
        or (left.low == -inf and right.high == inf)
        or left.is_empty
        or right.is_empty
    )
    low, high = left.low + right.low, left.high + right.high
    whole = left.integral and right.integral
    return Interval(
        -inf if isnan(low) else low, inf if isnan(high) else high, nan, whole, left.minus_zero and right.minus_zero
    )


def subtract(left: Interval, right: Interval) -> Interval:
    return add(left, negative(right))


def multiply(left: Interval, right: Interval) -> Interval:
    if left.is_empty or right.is_empty:
        return NOWHERE._replace(nan=True)
    products = [_product(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    unbounded_times_zero = (_unbounded(left.low, left.high) and right.holds_zero) or (
        _unbounded(right.low, right.high) and left.holds_zero
    )
    nan = left.nan or right.nan or unbounded_times_zero
    whole = left.integral and right.integral
    return Interval(min(products), max(products), nan, whole, _may_be_minus_zero(left, right))


def _product(left: float, right: float) -> float:
    """The limit at the corner: infinite times 0 bounds nothing beyond 0."""
    return 0.0 if left == 0 or right == 0 else left * right


def divide(left: Interval, right: Interval) -> Interval:
    if left.is_empty or right.is_empty:
        return NOWHERE._replace(nan=True)
    nan = (
        left.nan
        or right.nan
        or (left.holds_zero and right.holds_zero)
        or (_unbounded(left.low, left.high) and _unbounded(right.low, right.high))
    )
    if right.low < 0 <= right.high or right.low == right.high == 0 or (right.low == 0 and right.minus_zero):
        return Interval(-inf, inf, nan)
    if right.low == 0:  # the divisor is 0 or more: quotients reach the infinity of the dividend's sign
        return Interval(
            -inf if left.low < 0 else _quotient(left.low, right.high),
            inf if left.high > 0 else _quotient(left.high, right.high),
            nan,
            minus_zero=_may_be_minus_zero(left),
        )
    quotients = [_quotient(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    return Interval(min(quotients), max(quotients), nan, minus_zero=_may_be_minus_zero(left, right))


def _quotient(left: float, right: float) -> float:
    if isinf(left) and isinf(right):
        return left if right > 0 else -left
    return left / right if right != 0 else inf


def modulo(left: Interval, right: Interval) -> Interval:
    """The sign is the dividend's (Go's math.Mod); the size is below the divisor's."""
    if left.is_empty or right.is_empty:
        return NOWHERE._replace(nan=True)
    bound = max(abs(right.low), abs(right.high), 0.0)
    low = 0.0 if left.low >= 0 else -min(bound, abs(left.low))
    high = 0.0 if left.high <= 0 else min(bound, abs(left.high))
    nan = left.nan or right.nan or right.holds_zero or _unbounded(left.low, left.high)
    return Interval(low, high, nan, left.integral and right.integral, _may_be_minus_zero(left))


def power(left: Interval, right: Interval) -> Interval:
    base, exponent = left.point, right.point
    if base is not None and exponent is not None:
        return _exact_power(base, exponent)
    nan = left.nan or right.nan
    if left.low > 0 or (left.low == 0 and not left.minus_zero):
        if exponent is not None and exponent > 0:
            ends = Interval(_power(left.low, exponent), _power(left.high, exponent), nan, minus_zero=False)
            return _loosened(ends)
        return Interval(0.0, inf, True, minus_zero=False)
    if exponent is not None and exponent > 0 and exponent % 2 == 0:
        return Interval(0.0, inf, nan)
    return ANYTHING


def _exact_power(base: float, exponent: float) -> Interval:
    try:
        value = base**exponent
    except (OverflowError, ZeroDivisionError):
        return ANYTHING
    if isinstance(value, complex):
        return ANYTHING
    found = exactly(value)
    return found if found.integral and abs(value) < 2**53 else _loosened(found)


_LAST_DIGITS: Final = 1e-13


def _loosened(value: Interval) -> Interval:
    """Go's math.Pow is not correctly rounded: its last digits are not those of C."""
    low, high = value.low - abs(value.low) * _LAST_DIGITS, value.high + abs(value.high) * _LAST_DIGITS
    return value._replace(low=low, high=high, integral=False) if low < high else value


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return inf


ARITHMETIC: Final[dict[str, Callable[[Interval, Interval], Interval]]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "^": power,
    "atan2": lambda left, right: Interval(-3.141592653589794, 3.141592653589794, True),
}

MIRRORED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
"""The operator with its sides exchanged."""


def narrowed(left: Interval, op: str, right: Interval) -> Interval:
    """The values of the left side for which `left op right` can hold. NaN holds for `!=` alone."""
    low, high = left.low, left.high
    if right.is_empty or (op == ">" and right.low == inf) or (op == "<" and right.high == -inf):
        return left if op == "!=" else NOWHERE
    if op == "==":
        low, high = max(low, right.low), min(high, right.high)
    elif op == ">":
        low = max(low, nextafter(right.low, inf) if right.low > -inf else -inf)
    elif op == ">=":
        low = max(low, right.low)
    elif op == "<":
        high = min(high, nextafter(right.high, -inf) if right.high < inf else inf)
    elif op == "<=":
        high = min(high, right.high)
    elif op == "!=":
        point = right.point
        if point is not None and low == point:
            low = nextafter(low, inf)
        if point is not None and high == point:
            high = nextafter(high, -inf)
        return _whole(left._replace(low=low, high=high))
    return _whole(Interval(low, high, False, left.integral, left.minus_zero))


def _whole(value: Interval) -> Interval:
    """Ends that are whole numbers where the values are; an end that no number reaches makes it empty."""
    if value.is_empty:
        return NOWHERE._replace(nan=value.nan)
    if not value.integral:
        return value
    low = float(ceil(value.low)) if isfinite(value.low) else value.low
    high = float(floor(value.high)) if isfinite(value.high) else value.high
    return value._replace(low=low, high=high) if low <= high else NOWHERE._replace(nan=value.nan)


def holds(left: Interval, op: str, right: Interval) -> bool | None:
    """Whether `left op right` is true for every pair of values, for none (False), or for some (None)."""
    comparable = not (left.is_empty or right.is_empty)
    nan = left.nan or right.nan
    if op == "!=":
        opposite = holds(left._replace(nan=False), "==", right._replace(nan=False))
        if opposite is False:
            return True
        return False if opposite is True and not nan else None
    if not comparable:
        return False
    if op in ("<", "<="):
        left, op, right = right, MIRRORED[op], left
    if op == "==":
        if left.low > right.high or right.low > left.high:
            return False
        return True if left.low == left.high == right.low == right.high and not nan else None
    strict = op == ">"
    if left.high < right.low or (strict and left.high == right.low):
        return False
    always = left.low > right.high if strict else left.low >= right.high
    return True if always and not nan else None
