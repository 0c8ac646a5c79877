"""A string that a regular expression matches."""

from __future__ import annotations

from gaugewright.promql.types.pattern_syntax import (
    Alternatives,
    Assertion,
    Characters,
    Node,
    Repeat,
    Sequence,
    Unread,
    read_pattern,
)
from gaugewright.promql.types.patterns import matches

_READABLE = "x0_- a1A."
_LONGEST = 256


def example(pattern: str) -> str | None:
    """One of the strings that match, a short one; None where none was found."""
    try:
        found = _string(read_pattern(pattern))
    except (Unread, OverflowError):
        return None
    return found if len(found) <= _LONGEST and matches(pattern, found) else None


def _string(node: Node) -> str:
    match node:
        case Characters():
            return next(filter(node.takes, _READABLE), None) or chr(node.ranges[0][0] if not node.negated else 0x100)
        case Assertion():
            return ""
        case Sequence():
            return "".join(map(_string, node.parts))
        case Alternatives():
            return _string(node.parts[0]) if node.parts else ""
        case Repeat():
            if node.least > _LONGEST:
                raise OverflowError
            return _string(node.part) * node.least
