"""Counters and gauges, each under the functions that are made for the other.

A counter's value means nothing by itself: it is how much since the process started. A sum of counters falls
when one of them begins again, which `rate` takes for a reset of all (https://www.robustperception.io/
rate-then-sum-never-sum-then-rate).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
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
_MIXING: Final = frozenset(
    ("sum", "avg", "min", "max", "topk", "bottomk", "quantile", "stddev", "stdvar", "limitk", "limit_ratio")
)


def is_raw_counter(found: Type) -> bool:
    """Whether every series is a counter as it is stored."""
    return all(
        branch.role in COUNTERS and branch.stage == "raw" and branch.sample == "float" for branch in found.branches
    )


def raw_counters(query: TypedQuery, node: Expr) -> Iterator[Mistake]:
    """A counter that is aggregated, or compared with a number, as it is."""
    if isinstance(node, Aggregate):
        if node.op.text in _MIXING:
            yield from _raw(query, node.expr, "aggregated")
    elif isinstance(node, BinaryExpr) and node.op.text in COMPARISONS:
        for side, other in ((node.lhs, node.rhs), (node.rhs, node.lhs)):
            if query.of(other).value_type == "scalar":
                yield from _raw(query, side, "compared with a number")


def raw_result(query: TypedQuery) -> Iterator[Mistake]:
    """A counter that a panel plots, or an alert compares with its threshold, as it is."""
    if query.rule is None and query.of(query.tree).value_type == "vector":
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
    yield at("raw-counter", selector.name, message, help)


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
            yield at("delta-of-counter", node.function, message, f"Use `{_CHANGING[name]}`.")
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
        summed = _rate_of_aggregate(node, "what is inside is a sum of counters")
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
    return at("rate-of-gauge", node.function, message, f"Use `{_INSTEAD[name]}`, or `{name}` of a counter.")


def _rate_of_aggregate(node: Call, what: str) -> Mistake:
    name = node.function.text
    message = f"{what}: when one of them begins again, `{name}` takes it for a restart of all"
    return at("rate-of-aggregate", node.function, message, f"Aggregate afterwards: `sum({name}(x[5m]))`.")


def _records_sum(query: TypedQuery, name: str) -> bool:
    rules = [rule for rule in query.model.recording_rules if rule.name == name]
    return bool(rules) and all(_sums(rule.query.tree) for rule in rules)


def _sums(tree: Expr) -> bool:
    return any(isinstance(node, Aggregate) and node.op.text in ("sum", "avg") for node in walk(tree))
