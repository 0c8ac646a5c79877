"""Which values of an expression make a comparison hold, plainest first."""

from __future__ import annotations

NEGATED = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}


def values_for(op: str, bound: float, near: bool = False) -> list[float]:
    """Values x with `x op bound`: some far from the bound, and some near, for what has a range of its
    own (a share stays below 1, a quantile below its last bucket). The nearest come first where `near` is set."""
    found = [value for value in dict.fromkeys(_candidates(op, bound)) if _holds(op, value, bound)]
    if not near:
        return found
    is_whole = bound.is_integer()  # then fractions may be no value that the metric can have
    return sorted(found, key=lambda value: (is_whole and not value.is_integer(), abs(value - bound)))


def _candidates(op: str, bound: float) -> tuple[float, ...]:
    if op in (">", ">="):
        return (2 * bound, (bound + 1) / 2, bound * 1.05, bound + 1, 2 * bound + 1, bound / 2)
    if op in ("<", "<="):
        return (0.0, bound / 2, bound * 0.95, bound - 1, 2 * bound)
    if op == "==":
        return (bound,)
    return (0.0, bound / 2, bound + 1, 2 * bound + 1)


def _holds(op: str, value: float, bound: float) -> bool:
    """With some room, because the value is reached by floating-point steps."""
    room = 1e-6 * max(abs(bound), 1e-6)
    if op in (">", ">="):
        return value > bound + room
    if op in ("<", "<="):
        return value < bound - room
    return (value == bound) == (op == "==")
