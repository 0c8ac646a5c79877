"""What the two sides of an operator have in common: the same series, or some of the same.

    same      a matched to itself: `x{a="b"} / x`, where all labels must agree. Always 1, or NaN.
    part      the left sums (or counts) some of what the right sums: a share, within 0..1.

Read off the two trees, walked side by side: the same functions over the same metric with the same offset and @,
where the left's matchers include the right's. Comparing ends at the first difference and at the shorter side's
end, so a chain of operators costs no more than its length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Duration,
    Expr,
    Matcher,
    MatrixSelector,
    NumberLiteral,
    SubqueryExpr,
    VectorSelector,
    unwrap,
    walk,
)
from gaugewright.promql.types.labels import combinations
from gaugewright.promql.types.matching import Matching, matching_of
from gaugewright.promql.types.state import Branch

Sameness = Literal["same", "part"]

_KEEP_LABELS = frozenset((
    "rate", "irate", "increase", "delta", "idelta", "deriv", "avg_over_time", "min_over_time", "max_over_time",
    "sum_over_time", "count_over_time", "last_over_time", "first_over_time", "present_over_time", "stddev_over_time",
    "stdvar_over_time", "changes", "resets", "abs", "ceil", "floor", "sqrt", "exp", "ln", "log2", "log10", "sgn",
    "timestamp", "sort", "sort_desc",
))  # fmt: skip
"""Functions of one argument that treat each series by itself, its labels kept."""


class Overlap(NamedTuple):
    """The right side is what the left is, but without some matchers, whose labels are `extra`.

    `dropped`: extra labels that an aggregation on the way removed: the left sums some of what the right sums.
    `monotone`: such sums cannot be more than the right's (if no summand is negative).
    `filtered`: the left is a comparison's survivors."""

    extra: frozenset[str]
    dropped: bool = False
    monotone: bool = True
    filtered: bool = False


def overlap(left: Expr, right: Expr, expanded: Mapping[str, Expr]) -> Overlap | None:
    """What `left` is of `right`; None where they are not seen to be the same."""
    left, right = _opened(left, expanded), _opened(right, expanded)
    if isinstance(left, BinaryExpr) and not isinstance(right, BinaryExpr):
        return _survivors(left, right, expanded)
    if type(left) is not type(right):
        return None
    match left, right:
        case VectorSelector(), VectorSelector():
            return _selectors(left, right)
        case MatrixSelector(), MatrixSelector():
            return _selectors(left.selector, right.selector) if _is_same_window(left, right) else None
        case SubqueryExpr(), SubqueryExpr():
            same = _is_same_window(left, right) and _is_same_step(left, right)
            inside = overlap(left.expr, right.expr, expanded) if same else None
            # What a filter or a sum leaves differs from instant to instant.
            return None if inside is None or inside.filtered or inside.dropped else inside
        case Call(), Call():
            name = left.function.text
            if name != right.function.text or name not in _KEEP_LABELS or len(left.args) != 1 or len(right.args) != 1:
                return None
            inside = overlap(left.args[0], right.args[0], expanded)
            return inside if inside is None or not inside.dropped else inside._replace(monotone=False)
        case Aggregate(), Aggregate():
            return _aggregates(left, right, expanded)
        case BinaryExpr(), BinaryExpr():
            return Overlap(frozenset()) if left == right and _is_plain(left) else None
        case _:
            return None


def _opened(node: Expr, expanded: Mapping[str, Expr]) -> Expr:
    """Without parentheses, and a recorded series of the same instant as what was recorded."""
    node = unwrap(node)
    seen = 0
    while (
        isinstance(node, VectorSelector)
        and node.name is not None
        and node.name.text in expanded
        and not node.matchers
        and node.offset is None
        and node.at is None
        and seen < 20
    ):
        node, seen = unwrap(expanded[node.name.text]), seen + 1
    return node


_ONE_MEANING = frozenset(("__interval", "__rate_interval", "__range"))


def _is_same_duration(one: Duration | None, other: Duration | None) -> bool:
    """Whether two durations are equal. A variable has one value in a query, but `${x}s` is not `${x}m`."""
    if one != other:
        return False
    return one is None or one.seconds is not None or (len(one.variables) == 1 and one.variables[0] in _ONE_MEANING)


def _is_same_window(left: MatrixSelector | SubqueryExpr, right: MatrixSelector | SubqueryExpr) -> bool:
    same = _is_same_duration(left.range, right.range) and _is_same_duration(left.offset, right.offset)
    return same and left.at == right.at


def _is_same_step(left: SubqueryExpr, right: SubqueryExpr) -> bool:
    return _is_same_duration(left.step, right.step)


def _is_plain(tree: Expr) -> bool:
    """Whether equal trees say the same: a duration with a variable does not tell its own unit."""
    for part in walk(tree):
        if isinstance(part, (VectorSelector, MatrixSelector, SubqueryExpr)):
            durations = [part.offset]
            if isinstance(part, SubqueryExpr):
                durations.append(part.step)
            if not isinstance(part, VectorSelector):
                durations.append(part.range)
            if not all(_is_same_duration(duration, duration) for duration in durations):
                return False
            if part.at is not None and part.at.variables:
                return False
    return True


def _selectors(left: VectorSelector, right: VectorSelector) -> Overlap | None:
    if left.name is None or right.name is None or left.name != right.name or left.name.variables:
        return None
    if left.at != right.at or not _is_same_duration(left.offset, right.offset):
        return None
    ours, theirs = frozenset(left.matchers), frozenset(right.matchers)
    if not theirs <= ours:
        return None
    extra: frozenset[Matcher] = ours - theirs
    if any(matcher.label.variables or matcher.label.text == "__name__" for matcher in extra):
        return None
    return Overlap(frozenset(matcher.label.text for matcher in extra))


def _aggregates(left: Aggregate, right: Aggregate, expanded: Mapping[str, Expr]) -> Overlap | None:
    op = left.op.text
    if op != right.op.text or left.op.variables or left.param is not None or right.param is not None:
        return None
    if op not in ("sum", "count", "max", "min", "avg", "group", "stddev", "stdvar"):
        return None
    by, other = _grouping(left), _grouping(right)
    if by is None or by != other:
        return None
    inside = overlap(left.expr, right.expr, expanded)
    if inside is None:
        return None
    keyword, labels = by
    kept = all((label in labels) == (keyword == "by") for label in inside.extra)
    loses = inside.filtered or inside.dropped or not kept
    return Overlap(inside.extra, loses, inside.monotone and (not loses or op in ("sum", "count", "max")), False)


def _grouping(node: Aggregate) -> tuple[str, frozenset[str]] | None:
    if node.grouping is None:
        return "by", frozenset()
    if any(label.variables for label in node.grouping.labels):
        return None
    return node.grouping.keyword.text.lower(), frozenset(label.text for label in node.grouping.labels)


_COMPARISONS = frozenset((">", "<", ">=", "<=", "==", "!="))


def _survivors(left: BinaryExpr, right: Expr, expanded: Mapping[str, Expr]) -> Overlap | None:
    """`x > 1` is some of x, each with its own value."""
    if left.op.text not in _COMPARISONS or left.returns_bool or not isinstance(unwrap(left.rhs), NumberLiteral):
        return None
    inside = overlap(left.lhs, right, expanded)
    return None if inside is None else inside._replace(filtered=True)


def sameness(node: BinaryExpr, right: Branch, expanded: Mapping[str, Expr]) -> Sameness | None:
    """How the left side of an operator relates to its right, whose series are `right`."""
    if not _agree_in_all(right, matching_of(node)):
        return None
    found = overlap(node.lhs, node.rhs, expanded)
    if found is None:
        return "part" if _is_summand(node, expanded) else None
    # A filter alone leaves each value as it is: its survivors are matched to themselves.
    return "same" if not found.dropped else "part" if found.monotone else None


def _agree_in_all(right: Branch, matching: Matching) -> bool:
    """Whether matched series have all labels in common: those that need not agree have but one value."""
    if matching.labels is None:
        return False
    if not matching.on and not matching.labels:
        return True
    free = [label for name, label in right.labels.items() if (name in matching.labels) is not matching.on]
    return not right.open and right.names is not None and len(right.names) == 1 and combinations(free) == 1


def _is_summand(node: BinaryExpr, expanded: Mapping[str, Expr]) -> bool:
    """`x / (x + y)`: the right is a sum of vectors, and the left one of its terms."""
    left, total = _opened(node.lhs, expanded), _opened(node.rhs, expanded)
    if isinstance(total, Aggregate):
        return False
    for _ in range(16):
        if not isinstance(total, BinaryExpr) or total.op.text != "+" or total.matching is not None:
            return False
        if total.fill is not None or total.group is not None:
            return False
        for term in (total.lhs, total.rhs):
            found = overlap(left, term, expanded)
            if found is not None and not (found.extra or found.dropped or found.filtered):
                return True
        total = _opened(total.lhs, expanded)
    return False
