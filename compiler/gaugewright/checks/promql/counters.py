"""Counters and gauges, each under the functions that are made for the other.

A counter's value means nothing by itself: it is how much since the process started. A sum of counters falls
when one of them begins again, which `rate` takes for a reset of all (https://www.robustperception.io/
rate-then-sum-never-sum-then-rate).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gaugewright.checks.promql.comparisons import itself
from gaugewright.checks.promql.edits import over_range
from gaugewright.checks.promql.ranges import ENOUGH, written_duration
from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import Mend, replaced
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    SubqueryExpr,
    VectorSelector,
    children,
    selectors,
    unwrap,
    walk,
)
from gaugewright.promql.types import Type
from gaugewright.promql.types.binary import COMPARISONS
from gaugewright.promql.types.state import Branch

COUNTERS: Final = frozenset(("counter", "bucket", "count", "sum"))
_GROWING: Final = frozenset(("rate", "irate", "increase"))
_INSTEAD: Final = {"rate": "deriv", "irate": "idelta", "increase": "delta"}
_CHANGING: Final = {"delta": "increase", "idelta": "increase", "deriv": "rate"}
_OF_COUNTERS: Final = frozenset((*_GROWING, "resets", "changes"))
_MIXING: Final = frozenset(
    ("sum", "avg", "min", "max", "topk", "bottomk", "quantile", "stddev", "stdvar", "limitk", "limit_ratio")
)


def is_raw_counter(found: Type) -> bool:
    """Whether every series is a counter as it is stored."""
    return all(
        branch.role in COUNTERS and branch.stage == "raw" and branch.sample == "float" for branch in found.branches
    )


def raw_counters(query: TypedQuery, node: Expr) -> Iterator[Mistake]:
    """A counter that is aggregated, compared with a number, or divided by another, as it is."""
    if isinstance(node, Aggregate):
        if node.op.text in _MIXING and not _grows_after(query, node):
            yield from _raw(query, node.expr, "aggregated")
    elif isinstance(node, BinaryExpr) and node.op.text == "/":
        yield from _lifetime_ratio(query, node)
    elif isinstance(node, BinaryExpr) and node.op.text in COMPARISONS:
        for side, other in ((node.lhs, node.rhs), (node.rhs, node.lhs)):
            if query.of(other).value_type == "scalar":
                yield from _raw(query, side, "compared with a number")


def _lifetime_ratio(query: TypedQuery, node: BinaryExpr) -> Iterator[Mistake]:
    """A ratio of two counters is the mean since their process started: the longer it runs, the less it moves."""
    left, right = raw_selector(query, node.lhs), raw_selector(query, node.rhs)
    if left is None or right is None or itself(query, node) is not None:
        return
    for found in _raw(query, node.lhs, "divided by another counter"):
        edits = (*over_rate(query, left).edits, *over_rate(query, right).edits)
        yield found._replace(help="Divide their rates: `rate(a[5m]) / rate(b[5m])`.", mend=Mend(edits))


def _grows_after(query: TypedQuery, node: Aggregate) -> bool:
    """Whether it is the greatest or least of replicas, which is a counter again, and only `rate` sees it."""
    if node.op.text not in ("max", "min"):
        return False
    return any(
        isinstance(call, Call) and call.function.text in _OF_COUNTERS and any(part is node for part in walk(call))
        for call in walk(query.tree)
    )


def raw_result(query: TypedQuery) -> Iterator[Mistake]:
    """A counter that a panel plots, or an alert compares with its threshold, as it is."""
    if (query.alert or query.panel) is not None and query.of(query.tree).value_type == "vector":
        yield from _raw(query, query.tree, "plotted" if query.panel is not None else "compared with a number")


def _raw(query: TypedQuery, node: Expr, what: str) -> Iterator[Mistake]:
    if not is_judged(query.of(node)):
        return
    selector = raw_selector(query, node)
    if selector is None or selector.name is None:
        return
    name = selector.name.text
    message = f"`{name}` counts since its process started, and is {what} as it is"
    written = query.text(selector)
    help = f"Take `rate({written}[5m])` for how much a second, or `increase({written}[1h])` for how much an hour."
    if selector.offset is not None or selector.at is not None:
        help = "Take its `rate` or `increase` over a range."
    yield at("raw-counter", selector.name, message, help, over_rate(query, selector))


def over_rate(query: TypedQuery, selector: VectorSelector) -> Mend:
    """The selector under `rate`, over a range that surely holds enough samples."""
    return Mend(over_range(query.query.text, selector, "rate", usual_range(query)))


def usual_range(query: TypedQuery) -> str:
    """Five minutes, or as many as it takes for four samples; in a panel, what Grafana works out for it."""
    if query.panel is not None:
        return "$__rate_interval"
    return written_duration(max(300.0, ENOUGH * (query.environment.scrape_interval or 0.0)))


def raw_selector(query: TypedQuery, node: Expr) -> VectorSelector | None:
    """The scraped counter that arrives unchanged in `node`. A difference of two counters is a gauge; a recorded sum
    of counters was told where it is recorded."""
    if not is_raw_counter(query.of(node)):
        return None
    while not isinstance(node, VectorSelector):
        if isinstance(node, BinaryExpr) and node.op.text not in ("+", *COMPARISONS, "and", "unless", "or"):
            return None
        inside = [child for child in children(node) if query.of(child).value_type in ("vector", "matrix")]
        if not inside:
            return None
        node = inside[0]
        if not is_raw_counter(query.of(node)):
            return None
    return None if node.name is None or query.is_recorded(node.name.text) else node


def growth(query: TypedQuery, node: Call) -> Iterator[Mistake]:
    """`rate`, `irate` and `increase` of what is no counter; `delta` and `deriv` of what is one."""
    name = node.function.text
    if not (name in _GROWING or name in _CHANGING) or not node.args:
        return
    argument = unwrap(node.args[0])
    inside = query.of(argument)
    if not is_judged(inside):
        return
    if name in _CHANGING:
        if isinstance(argument, MatrixSelector) and raw_selector(query, argument) is not None:
            message = f"`{name}` of a counter: when its process begins again, the fall counts as well"
            mend = replaced(node.function.start, node.function.end, _CHANGING[name])
            yield at("delta-of-counter", node.function, message, f"Use `{_CHANGING[name]}`.", mend)
        return
    if isinstance(argument, MatrixSelector):
        yield from _of_selector(query, node, argument.selector, inside)
    elif isinstance(argument, SubqueryExpr):
        yield from _of_subquery(query, node, argument, inside)


def _of_selector(query: TypedQuery, node: Call, selector: VectorSelector, inside: Type) -> Iterator[Mistake]:
    name = selector.name.text if selector.name is not None else query.text(selector)
    if query.is_recorded(name):
        if all(branch.stage == "increase" and branch.sample == "float" for branch in inside.branches):
            yield _rate_of_gauge(node, f"`{name}` records a rate already")
        elif all(map(_is_gauge, inside.branches)):
            kind = "quantile" if all(branch.role == "quantile" for branch in inside.branches) else "gauge"
            yield _rate_of_gauge(node, f"`{name}` records a {kind}")
        elif is_raw_counter(inside) and _records_sum(query, name):
            yield _rate_of_aggregate(node, f"`{name}` records a sum of counters")
    elif all(map(_is_gauge, inside.branches)):
        yield _rate_of_gauge(node, f"`{name}` is a gauge")


def _of_subquery(query: TypedQuery, node: Call, argument: SubqueryExpr, inside: Type) -> Iterator[Mistake]:
    if all(branch.stage == "increase" and branch.sample == "float" for branch in inside.branches):
        yield _rate_of_gauge(node, "what is inside is a rate already")
    elif all(map(_is_gauge, inside.branches)):
        yield _rate_of_gauge(node, "what is inside is a gauge")
    elif is_raw_counter(inside) and _sums(argument.expr):
        summed = _rate_of_aggregate(node, "what is inside is a sum of counters", _rate_first(query, node, argument))
        names = [found.name for found in selectors(argument) if found.name is not None]
        yield summed._replace(explains=tuple((word.start, word.end) for word in names))


def _is_gauge(branch: Branch) -> bool:
    """A stored gauge, or what surely is none but goes up and down too. What arithmetic made may be anything."""
    if branch.sample != "float":
        return False
    return branch.role in ("quantile", "bool") or (branch.role in ("gauge", "info") and branch.stage == "raw")


def _rate_of_gauge(node: Call, what: str) -> Mistake:
    name = node.function.text
    message = f"{what}, which goes up and down: `{name}` takes every fall for a restart from 0"
    mend = replaced(node.function.start, node.function.end, _INSTEAD[name])
    return at("rate-of-gauge", node.function, message, f"Use `{_INSTEAD[name]}`, or `{name}` of a counter.", mend)


def _rate_of_aggregate(node: Call, what: str, mend: Mend | None = None) -> Mistake:
    name = node.function.text
    message = f"{what}: when one of them begins again, `{name}` takes it for a restart of all"
    return at("rate-of-aggregate", node.function, message, f"Aggregate afterwards: `sum({name}(x[5m]))`.", mend)


def _rate_first(query: TypedQuery, node: Call, argument: SubqueryExpr) -> Mend | None:
    """`rate(sum by (a) (x)[5m:])` as `sum by (a) (rate(x[5m]))`."""
    outer = unwrap(argument.expr)
    if not isinstance(outer, Aggregate) or outer.op.text not in ("sum", "avg"):
        return None
    selector = unwrap(outer.expr)
    if not isinstance(selector, VectorSelector) or selector.offset or selector.at or argument.offset or argument.at:
        return None
    inside = f"{node.function.text}({query.text(selector)}[{query.text(argument.range)}])"
    text = query.query.text
    new = text[outer.start : outer.expr.start] + inside + text[outer.expr.end : outer.end]
    return replaced(node.start, node.end, new)


def _records_sum(query: TypedQuery, name: str) -> bool:
    rules = [rule for rule in query.model.recording_rules if rule.name == name]
    return bool(rules) and all(_sums(rule.query.tree) for rule in rules)


def _sums(tree: Expr) -> bool:
    return any(isinstance(node, Aggregate) and node.op.text in ("sum", "avg") for node in walk(tree))
