"""Quantiles: φ, the label `le`, and what is a histogram and what is not.

`histogram_quantile` reads the cumulative buckets of a classic histogram, all of them, by their label `le`
(https://prometheus.io/docs/practices/histograms/).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gaugewright.checks.promql.counters import over_rate, raw_selector, usual_range
from gaugewright.checks.promql.edits import kept, range_place, without_matcher
from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import Mend, replaced
from gaugewright.promql.syntax import (
    Aggregate,
    Call,
    Expr,
    LabelList,
    Matcher,
    NumberLiteral,
    Placed,
    VectorSelector,
    selectors,
    unwrap,
    walk,
)
from gaugewright.promql.types import Type
from gaugewright.promql.types.functions import RULES
from gaugewright.promql.types.matchers import acceptance

_BUCKETS_AT: Final = {"histogram_quantile": 1, "histogram_quantiles": 0, "histogram_fraction": 2}


def quantile_calls(query: TypedQuery, node: Call) -> Iterator[Mistake]:
    """Everything about one call of histogram_quantile, its relatives, and quantile_over_time."""
    name = node.function.text
    if name in ("histogram_quantile", "quantile_over_time"):
        yield from _phi(query, node.args[0])
    elif name == "histogram_quantiles":
        for phi in node.args[2:]:
            yield from _phi(query, phi)
    if name in _BUCKETS_AT:
        buckets = node.args[_BUCKETS_AT[name]]
        if is_judged(query.of(buckets)):
            yield from _operand(query, name, buckets)
    elif (rule := RULES.get(name)) is not None and rule.histograms:
        yield from _native(query, node)


def quantile_aggregations(query: TypedQuery, node: Aggregate) -> Iterator[Mistake]:
    """φ of the aggregation `quantile`, and sums and averages of quantiles."""
    if node.op.text == "quantile" and node.param is not None:
        yield from _phi(query, node.param)
    inside = query.of(node.expr)
    is_quantile = all(branch.role == "quantile" for branch in inside.branches)
    if node.op.text in ("sum", "avg") and is_judged(inside) and is_quantile:
        what = "average" if node.op.text == "avg" else "sum"
        message = f"the {what} of quantiles is no quantile of anything"
        help = "Aggregate the buckets before: `histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))`."
        yield at("aggregated-quantile", node.op, message, help, _aggregated_before(query, node))


def _aggregated_before(query: TypedQuery, node: Aggregate) -> Mend | None:
    """`avg by (a) (histogram_quantile(φ, b))` as `histogram_quantile(φ, sum by (a, le) (b))`."""
    call = unwrap(node.expr)
    if not isinstance(call, Call) or call.function.text != "histogram_quantile":
        return None
    phi, buckets = call.args
    inner = unwrap(buckets)
    if isinstance(inner, Aggregate) and inner.op.text == "sum":
        buckets = inner.expr
    by = node.grouping
    if by is not None and by.keyword.text.lower() == "without":
        return None
    labels = ", ".join([*(label.text for label in (by.labels if by else ())), "le"])
    new = f"histogram_quantile({query.text(phi)}, sum by ({labels}) ({query.text(buckets)}))"
    return replaced(node.start, node.end, new)


def _phi(query: TypedQuery, node: Expr) -> Iterator[Mistake]:
    phi = query.of(node)
    value = phi.value
    if phi.guess or value.is_empty or (value.high >= 0 and value.low <= 1):
        return
    message = f"a quantile lies within 0 and 1, and this is {query.text(node)}: the result is infinite"
    percent = value.point is not None and 2 <= value.point <= 100
    help = f"Write `{value.low / 100:g}`." if percent else "Write a number from 0 to 1, such as `0.95`."
    yield at("quantile-range", node, message, help, _percentile(node, value.point) if percent else None)


def _percentile(node: Expr, point: float | None) -> Mend | None:
    """95 is the 95th percentile. Under 50 it may be that, or a lost point: `9` was 0.9 or 0.09."""
    if point is None or not isinstance(unwrap(node), NumberLiteral):
        return None
    return replaced(node.start, node.end, f"{point / 100:g}", certain=point >= 50)


def _operand(query: TypedQuery, name: str, buckets: Expr) -> Iterator[Mistake]:
    inside = query.of(buckets)
    if all(branch.lacks("le") and branch.sample == "float" for branch in inside.branches):
        if all(branch.role == "bucket" for branch in inside.branches):
            yield _without_le(query, name, buckets)
        elif all(branch.role not in ("bucket", "unknown") for branch in inside.branches):
            yield _no_histogram(query, name, buckets)
        return
    selector = raw_selector(query, buckets)
    if selector is not None and selector.name is not None and _is_bucket(inside):
        message = f"these buckets count since the process started: `{name}` of them hardly moves any more"
        help = f"Take their rate: `rate({query.text(selector)}[5m])`."
        yield at("quantile-without-rate", selector.name, message, help, over_rate(query, selector))
    for node in selectors(buckets):
        yield from _filtered(query, name, node)


def _is_bucket(inside: Type) -> bool:
    return all(branch.role == "bucket" for branch in inside.branches)


def _without_le(query: TypedQuery, name: str, buckets: Expr) -> Mistake:
    place, help, mend = _loss(query, buckets)
    message = f"`le` is lost here, and without it `{name}` never has a result"
    return at("quantile-without-le", place, message, help, mend)._replace(explains=_le_words(buckets))


def _loss(query: TypedQuery, buckets: Expr) -> tuple[Placed, str, Mend | None]:
    """Where `le` goes, and how it would stay. Sums of buckets are the only aggregation that surely is meant."""
    for node in walk(buckets):
        if isinstance(node, Aggregate) and not query.of(node.expr).lacks("le"):
            return (*_kept_le(node), Mend((kept(node, "le"),), certain=node.op.text == "sum"))
    return buckets, "Keep `le` in every aggregation on the way.", None


def _kept_le(node: Aggregate) -> tuple[Placed, str]:
    grouping: LabelList | None = node.grouping
    if grouping is None:
        return node.op, f"Write `{node.op.text} by (le) (...)`."
    if grouping.keyword.text.lower() == "without":
        word = next((label for label in grouping.labels if label.text == "le"), None)
        return word or grouping, "Take `le` out of `without`."
    labels = [label.text for label in grouping.labels if label.text != "le"]
    return grouping, f"Write `by ({', '.join([*labels, 'le'])})`."


def _no_histogram(query: TypedQuery, name: str, buckets: Expr) -> Mistake:
    place: Placed = buckets
    read = [node for node in selectors(buckets) if node.name is not None]
    what, help, mend = "this", "Take the buckets of a histogram: `rate(x_bucket[5m])`.", None
    if len(read) == 1 and read[0].name is not None:
        word = read[0].name
        place, what = word, f"`{word.text}`"
        bucket = f"{word.text.removesuffix('_sum').removesuffix('_count')}_bucket"
        if bucket in query.environment.series:
            help = f"Did you mean `{bucket}`?"
            mend = replaced(word.start, word.end, bucket)
    message = f"{what} has no buckets, so `{name}` never has a result"
    return at("quantile-of-non-histogram", place, message, help, mend)._replace(explains=_le_words(buckets))


def _le_words(buckets: Expr) -> tuple[tuple[int, int], ...]:
    """Where an aggregation asks for an `le` that is not there: part of the same mistake."""
    groups = [node.grouping for node in walk(buckets) if isinstance(node, Aggregate) and node.grouping is not None]
    return tuple((word.start, word.end) for group in groups for word in group.labels if word.text == "le")


def _filtered(query: TypedQuery, name: str, node: VectorSelector) -> Iterator[Mistake]:
    """A matcher that leaves only some of the buckets."""
    if not all(branch.role == "bucket" for branch in query.of(node).branches):
        return
    for matcher in node.matchers:
        if matcher.label.text == "le" and not matcher.value.variables and _fixes(query, node, matcher):
            message = f"`{name}` needs all buckets, and this leaves only some of them"
            edit = without_matcher(query.query.text, node, matcher)
            yield at("bucket-filtered", matcher, message, "Leave the matcher of `le` out.", edit and Mend((edit,)))


def _fixes(query: TypedQuery, node: VectorSelector, matcher: Matcher) -> bool:
    """Whether a boundary is lost. One that is none of the histogram's has its own finding."""
    whole = query.environment.series.get(node.name.text) if node.name is not None else None
    le = whole.branches[0].label("le") if whole is not None else None
    if le is None or le.values is None:
        return False
    accepts = acceptance(matcher)
    if matcher.op.text == "=":
        return True
    return any(accepts(value) is False for value in le.values)


def _native(query: TypedQuery, node: Call) -> Iterator[Mistake]:
    argument = node.args[0]
    inside = query.of(argument)
    if not is_judged(inside) or not all(branch.sample == "float" for branch in inside.branches):
        return
    name = node.function.text
    read = [found.name for found in selectors(unwrap(argument)) if found.name is not None]
    base = read[0].text.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") if len(read) == 1 else "x"
    message = f"`{name}` reads native histograms alone: of ordinary samples it never has a result"
    instead = {
        "histogram_count": f"`rate({base}_count[5m])`",
        "histogram_sum": f"`rate({base}_sum[5m])`",
        "histogram_avg": f"`rate({base}_sum[5m]) / rate({base}_count[5m])`",
    }.get(name)
    known = f"{base}_count" in query.environment.series
    help = f"Use {instead}." if instead and known else "Use the histogram's `_sum`, `_count` and `_bucket` series."
    mend = _of_sums(query, node, name, base) if known else None
    yield at("native-histogram-function", node.function, message, help, mend)


def _of_sums(query: TypedQuery, node: Call, name: str, base: str) -> Mend | None:
    """What the function would say, from the classic histogram's own `_sum` and `_count`."""
    (selector, *others) = selectors(node)
    parts = _SERIES_OF.get(name)
    if others or parts is None or selector.name is None or any(word.label.text == "le" for word in selector.matchers):
        return None
    matched = query.query.text[selector.name.end : range_place(query.query.text, selector)]
    rates = [f"rate({base}{part}{matched}[{usual_range(query)}])" for part in parts]
    new = " / ".join(rates)
    return replaced(node.start, node.end, f"({new})" if len(rates) > 1 and node is not query.tree else new)


_SERIES_OF: Final = {"histogram_count": ("_count",), "histogram_sum": ("_sum",), "histogram_avg": ("_sum", "_count")}
