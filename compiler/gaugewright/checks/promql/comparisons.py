"""Comparisons that hold always or never, and ratios that are always 1.

A comparison filters: one that never holds is an alert that never fires. One that always holds is wrong only
where the series are surely there; else their being there is what it tells (`absent(x) == 1`, `count(x == 0) > 0`).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final

from gaugewright.checks.promql.edits import around, kept_out
from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import Edit, Mend, replaced
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Expr, LabelList, selectors, unwrap
from gaugewright.promql.types import Type
from gaugewright.promql.types.binary import COMPARISONS
from gaugewright.promql.types.intervals import MIRRORED, Interval, exactly, holds, narrowed
from gaugewright.promql.types.matching import matching_of, pairs
from gaugewright.promql.types.sameness import Overlap, overlap, sameness

_SELF: Final = {"/": "divided by itself: the result is 1 wherever there is one",
                "-": "taken from itself: the result is always 0",
                "%": "divided by itself: nothing is left over"}  # fmt: skip


def constant_comparisons(query: TypedQuery, node: BinaryExpr) -> Iterator[Mistake]:
    """`rate(x[5m]) < 0`, `sum(x == 0) > 0`, `share > bool 5`."""
    op = node.op.text
    if op not in COMPARISONS:
        return
    left, right = query.of(node.lhs), query.of(node.rhs)
    if not is_judged(left, right) or left.value_type == right.value_type == "scalar":
        return
    if left.value_type == right.value_type:
        yield from _between_vectors(query, node, left, right)
        return
    swapped = left.value_type == "scalar"
    series, number = (right, left) if swapped else (left, right)
    truth = constant_truth(series, MIRRORED[op] if swapped else op, number.value)
    if truth is None or (truth and not _is_told_by_value(query, node.rhs if swapped else node.lhs, series)):
        return
    start, end = (node.start, node.op.end) if swapped else (node.op.start, node.end)
    end = max(end, node.rhs.end) if not swapped else end
    written = query.query.text[start:end]
    code, message, help = verdict(series, MIRRORED[op] if swapped else op, number.value, truth, written)
    mend = None if swapped or node.returns_bool else _reachable(query, node, code, series, number.value, truth)
    yield Mistake(code, start, end, message, help, mend=mend)


def _reachable(
    query: TypedQuery, node: BinaryExpr, code: str, series: Type, number: Interval, truth: bool
) -> Mend | None:
    """`count(x) == 0` as `absent(x)`; a quantile compared with the last boundary that it can pass."""
    if code == "beyond-last-bucket":
        bound = _passable(query, node.lhs, series)
        return replaced(node.rhs.start, node.rhs.end, bound) if bound else None
    counted = unwrap(node.lhs)
    if truth or not _is_zero_of_count(series, number) or not isinstance(counted, Aggregate):
        return None
    if counted.op.text != "count" or counted.grouping is not None:
        return None
    return replaced(node.start, node.end, f"absent({query.text(counted.expr)})")


def _is_zero_of_count(series: Type, number: Interval) -> bool:
    return series.value.low == 1 and series.value.high == inf and number.low in (0, 1)


def _passable(query: TypedQuery, quantile: Expr, series: Type) -> str | None:
    """The last boundary of the buckets before the largest."""
    found: set[float] = set()
    for selector in selectors(quantile):
        whole = query.environment.series.get(selector.name.text) if selector.name is not None else None
        le = whole.branches[0].label("le") if whole is not None else None
        found |= {float(value) for value in (le.values if le is not None else None) or ()}
    lower = [bound for bound in found if bound < series.value.high]
    return f"{max(lower):g}" if lower else None


def constant_threshold(query: TypedQuery) -> Iterator[Mistake]:
    """An alert whose comparison with its threshold holds always or never."""
    alert = query.alert
    series = query.of(query.tree)
    if alert is None or series.value_type != "vector" or not is_judged(series):
        return
    number = exactly(alert.threshold)
    truth = constant_truth(series, alert.comparison, number)
    if truth is None or (truth and not _is_told_by_value(query, query.tree, series)):
        return
    written = f"{alert.comparison} {alert.threshold:g}"
    code, message, help = verdict(series, alert.comparison, number, truth, written)
    fires = "fires while there are series" if truth else "never fires"
    place = alert.source.at("threshold").place()
    tree = query.tree
    mend = None if truth else _other_threshold(query, code, series, number)
    yield Mistake(
        code, tree.start, tree.end, f"the alert {fires}: {message}", help,
        (query.related("the query", tree),), place=place, mend=mend,
    )  # fmt: skip


def _other_threshold(query: TypedQuery, code: str, series: Type, number: Interval) -> Mend | None:
    """As `_reachable`, of the alert's own comparison."""
    assert query.alert is not None
    path = query.alert.source.path
    if code == "beyond-last-bucket":
        bound = _passable(query, query.tree, series)
        return Mend((Edit(0, None, bound, (*path, "threshold")),)) if bound else None
    counted = unwrap(query.tree)
    if not _is_zero_of_count(series, number) or not isinstance(counted, Aggregate):
        return None
    if counted.op.text != "count" or counted.grouping is not None:
        return None
    return Mend((
        Edit(query.tree.start, query.tree.end, f"absent({query.text(counted.expr)})"),
        Edit(0, None, "equal", (*path, "comparison")),
        Edit(0, None, "1", (*path, "threshold")),
    ))  # fmt: skip


def constant_truth(series: Type, op: str, number: Interval) -> bool | None:
    """Whether the comparison holds for all that the series can be (True), for nothing (False), or for some."""
    found: set[bool | None] = set()
    for branch in series.branches:
        if branch.sample != "float":
            return None
        known = holds(branch.value, op, number)
        kept = narrowed(branch.value, op, number)
        if kept.is_empty and not kept.nan:
            known = False
        found.add(known)
    return found.pop() if len(found) == 1 else None


def _is_told_by_value(query: TypedQuery, node: Expr, series: Type) -> bool:
    """Whether a comparison that always holds says nothing: the series are there, and are not a mere constant."""
    return series.while_scraped and series.value.point is None and any(True for _ in selectors(node))


def verdict(series: Type, op: str, number: Interval, truth: bool, written: str) -> tuple[str, str, str]:
    """Code, message and help of a comparison that is always or never true. `written` is what it says."""
    value = series.value
    is_quantile = all(branch.role == "quantile" for branch in series.branches)
    if not truth and is_quantile and op in (">", ">=", "==") and 0 < value.high <= number.low and value.high < inf:
        message = f"a quantile is never more than the last finite bucket, which is {value.high:g}"
        return "beyond-last-bucket", message, "Compare with less, or give the histogram larger `buckets`."
    often = "always" if truth else "never"
    why = described(value)
    point = number.point
    if value.integral and point is not None and not point.is_integer() and value.low <= point <= value.high:
        why = "is a whole number"
    said = f"`{written}` is {often} true, since the value {why}"
    if value.low == 1 and value.high == inf and not truth and number.low in (0, 1):
        return "constant-comparison", said, "Where nothing is counted, there is no 0: use `absent(...)`."
    return "constant-comparison", said, "Compare with a number that the value can pass."


def described(value: Interval) -> str:
    """An interval in words."""
    if value.is_empty:
        return "is no number"
    if value.low == value.high:
        return f"is always {value.low:g}"
    if value.high == inf:
        return "is never negative" if value.low == 0 else f"is never below {value.low:g}"
    if value.low == -inf:
        return f"is never above {value.high:g}"
    return f"lies within {value.low:g} and {value.high:g}"


def _between_vectors(query: TypedQuery, node: BinaryExpr, left: Type, right: Type) -> Iterator[Mistake]:
    result = query.of(node)
    if node.returns_bool:
        never = result.value.point == 0 and not result.value.is_empty
    else:
        never = result.emptiness == "never has a result"
    if not never or result.is_histogram is not False or left.is_histogram or right.is_histogram:
        return
    matching = matching_of(node)
    if all(pairs(a, b, matching).clash is not None for a in left.branches for b in right.branches):
        return  # nothing matches, which is another mistake
    if itself(query, node) is not None:
        message = f"each series is compared with itself, so `{node.op.text}` is never true"
    else:
        sides = f"the left {described(left.value)}, the right {described(right.value)}"
        message = f"`{node.op.text}` is never true: {sides}"
    yield at("constant-comparison", node.op, message, "Compare with other series, or the other way round.")


def constant_ratios(query: TypedQuery, node: BinaryExpr) -> Iterator[Mistake]:
    """`a{status="success"} / a`: the matching pairs each series with itself."""
    op = node.op.text
    if op not in _SELF:
        return
    left, right = query.of(node.lhs), query.of(node.rhs)
    if left.value_type != "vector" or right.value_type != "vector" or not is_judged(left, right):
        return
    found = itself(query, node)
    if found is None:
        return
    extra = ", ".join(sorted(found.extra))
    message = f"each series is {_SELF[op]}"
    if extra:
        message = f"each series is matched to the one with the same `{extra}`, itself, and {_SELF[op]}"
    yield at("constant-ratio", node.op, message, *_aggregated(query, node, found))


def itself(query: TypedQuery, node: BinaryExpr) -> Overlap | None:
    """What the two sides have in common, where each series is matched to itself."""
    right = query.of(node.rhs).branches
    if len(right) != 1 or len(query.of(node.lhs).branches) != 1:
        return None
    if sameness(node, right[0], query.environment.expanded) != "same":
        return None
    return overlap(node.lhs, node.rhs, query.environment.expanded)


def _aggregated(query: TypedQuery, node: BinaryExpr, found: Overlap) -> tuple[str, Mend | None]:
    """How to divide a part by its whole: sum both without what tells them apart."""
    extra = ", ".join(sorted(found.extra))
    if not extra:
        return f"{'Subtract' if node.op.text == '-' else 'Divide by'} other series.", None
    left, right = unwrap(node.lhs), unwrap(node.rhs)
    if isinstance(left, Aggregate) and isinstance(right, Aggregate):
        help = f"Leave `{extra}` out of {_lists(left.grouping, right.grouping)}: then a part is divided by its whole."
        edits = [edit for side in (left, right) for edit in kept_out(query, side, found.extra)]
        return help, Mend(tuple(edits)) if edits else None
    without = f"sum without ({extra})"
    whole = f"{without} ({query.text(left)}) {node.op.text} {without} ({query.text(right)})"
    sides = (around(side, f"{without} (", ")") for side in (left, right))
    return f"Sum both sides without it: `{whole}`.", Mend(tuple(edit for side in sides for edit in side))


def _lists(left: LabelList | None, right: LabelList | None) -> str:
    return f"both `{left.keyword.text}`" if left is not None and right is not None else "both sides"


def filtering_queries(query: TypedQuery) -> Iterator[Mistake]:
    """An alert's query that compares already, before `comparison` and `threshold` do."""
    if query.alert is None:
        return
    node = unwrap(query.tree)
    while isinstance(node, BinaryExpr) and node.op.text in ("and", "unless", "or"):
        node = unwrap(node.lhs)
    if not isinstance(node, BinaryExpr) or node.op.text not in COMPARISONS or node.returns_bool:
        return
    if query.of(node).value_type != "vector" or not is_judged(query.of(node)):
        return
    if any(True for _ in constant_threshold(query)):
        return
    number = query.of(node.rhs)
    alert = query.alert
    again = f"{alert.comparison} {alert.threshold:g}"
    message = f"the query compares already, and what is left is compared again: `{again}`"
    help, mend = "Leave it to `comparison` and `threshold`.", None
    if number.value_type == "scalar" and number.value.point is not None:
        help = f"Query `{query.text(node.lhs)}` and say `{node.op.text} {query.text(node.rhs)}` with "
        help += "`comparison` and `threshold`."
        mend = _left_to_threshold(query, node, number.value.point)
    yield Mistake("filtering-query", node.op.start, node.rhs.end, message, help, mend=mend)


_WORDS: Final = {">": "greater_than", "<": "less_than", "==": "equal", ">=": "greater_than_equal",
                 "<=": "less_than_equal"}  # fmt: skip


def _left_to_threshold(query: TypedQuery, node: BinaryExpr, number: float) -> Mend | None:
    """The query's own comparison as the alert's, which takes its place. A threshold is more than 0."""
    word = _WORDS.get(node.op.text)
    if query.alert is None or unwrap(query.tree) is not node or word is None or number <= 0:
        return None
    path = query.alert.source.path
    return Mend((
        Edit(node.lhs.end, node.end, ""),
        Edit(0, None, word, (*path, "comparison")),
        Edit(0, None, f"{number:g}", (*path, "threshold")),
    ))  # fmt: skip
