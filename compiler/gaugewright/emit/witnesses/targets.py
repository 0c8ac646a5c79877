"""Which values of an expression make a comparison hold, plainest first."""

from __future__ import annotations

from collections.abc import Iterator

NEGATED = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}


def values_for(op: str, bound: float) -> Iterator[float]:
    """Values x with `x op bound`: some far from the bound, and some near, for what has a range of its
    own (a share stays below 1, a quantile below its last bucket)."""
    candidates: tuple[float, ...]
    if op in (">", ">="):
        candidates = (2 * bound, (bound + 1) / 2, bound * 1.05, bound + 1, 2 * bound + 1, bound / 2)
    elif op in ("<", "<="):
        candidates = (0.0, bound / 2, bound * 0.95, bound - 1, 2 * bound)
    elif op == "==":
        candidates = (bound,)
    else:
        candidates = (0.0, bound / 2, bound + 1, 2 * bound + 1)
    return (value for value in candidates if _holds(op, value, bound))


def _holds(op: str, value: float, bound: float) -> bool:
    """With some room, because the value is reached by floating-point steps."""
    room = 1e-6 * max(abs(bound), 1e-6)
    if op in (">", ">="):
        return value > bound + room
    if op in ("<", "<="):
        return value < bound - room
    return (value == bound) == (op == "==")
