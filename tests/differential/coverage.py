"""Which constructs of PromQL the drawn queries hold, and how often one of them had a result."""

from collections.abc import Iterator

from gaugewright.model.metrics import Series
from gaugewright.promql.functions import AGGREGATIONS, FUNCTIONS
from gaugewright.promql.syntax import (
    Aggregate,
    At,
    BinaryExpr,
    Call,
    Duration,
    Expr,
    LabelList,
    MatrixSelector,
    NumberLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    walk,
)

from tests.differential.subject import model

ARITHMETIC = ("+", "-", "*", "/", "%", "^", "atan2")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
SETS = ("and", "or", "unless")
EVERY = frozenset((
    *(f"{name}()" for name in FUNCTIONS), *AGGREGATIONS, *ARITHMETIC, *COMPARISONS, *SETS,
    *(f"{op} bool" for op in COMPARISONS),
    *(f"{word} ({inside})" for word in ("by", "without", "on", "ignoring", "group_left", "group_right")
      for inside in ("", "labels")),
    "by (__name__)", "on (__name__)", "group_left (__name__)", "fill", "one to one", "vector and number",
    *(f"matcher {op}" for op in ("=", "!=", "=~", "!~")), *(f'matcher {op} ""' for op in ("=", "!=", "=~", "!~")),
    "matcher =~ over known values", "matcher =~ over an open label", "matcher of a target's label",
    "matcher of an external label", "two matchers of one label", "selector without a name",
    "offset", "negative offset", "@ start()", "@ end()", "@ a time", "range", "subquery", "subquery without a step",
    "subquery in a subquery", "duration for a number", "NaN", "Inf", "negative number", "minus",
    *(f"series: {kind}" for kind in ("counter", "gauge", "bucket", "sum", "count")),
    *(f"series: {kind}" for kind in ("recorded", "module", "process", "scrape", "ALERTS")),
))  # fmt: skip
"""What a proof of soundness must have met."""


def constructs(tree: Expr) -> set[str]:
    """Those in one query."""
    return {found for node in walk(tree) for found in _of(node)}


def _of(node: Expr) -> Iterator[str]:
    match node:
        case Call():
            yield f"{node.function.text}()"
        case Aggregate():
            yield node.op.text
            yield from _of_list(node.grouping)
        case BinaryExpr():
            yield from _of_operator(node)
        case VectorSelector():
            yield from _of_selector(node)
            yield from _moved(node.offset, node.at)
        case MatrixSelector():
            yield "range"
            yield from _moved(node.offset, node.at)
        case SubqueryExpr():
            yield "subquery" if node.step is not None else "subquery without a step"
            yield from _moved(node.offset, node.at)
            if any(isinstance(inner, SubqueryExpr) for inner in walk(node.expr)):
                yield "subquery in a subquery"
        case UnaryExpr():
            yield "minus"
        case NumberLiteral():
            yield from _of_number(node)


def _of_list(labels: LabelList | None) -> Iterator[str]:
    if labels is not None:
        word = labels.keyword.text.lower()
        yield f"{word} (labels)" if labels.labels else f"{word} ()"
        if any(label.text == "__name__" for label in labels.labels):
            yield f"{word} (__name__)"


def _of_operator(node: BinaryExpr) -> Iterator[str]:
    yield node.op.text
    if node.returns_bool:
        yield f"{node.op.text} bool"
    yield from _of_list(node.matching)
    yield from _of_list(node.group)
    if node.fill is not None:
        yield "fill"
    numbers = [isinstance(side, NumberLiteral) for side in (node.lhs, node.rhs)]
    if any(numbers):
        yield "vector and number"
    elif node.group is None and node.op.text not in SETS:
        yield "one to one"


def _of_selector(node: VectorSelector) -> Iterator[str]:
    series = model().series.get(node.name.text) if node.name is not None else None
    if node.name is None:
        yield "selector without a name"
    if series is not None:
        yield f"series: {_kind(series)}"
    asked = [matcher.label.text for matcher in node.matchers]
    if len(asked) > len(set(asked)):
        yield "two matchers of one label"
    for matcher in node.matchers:
        yield f"matcher {matcher.op.text}" if matcher.value.text else f'matcher {matcher.op.text} ""'
        name = matcher.label.text
        if name in model().service.external_labels:
            yield "matcher of an external label"
        if name in model().target_labels:
            yield "matcher of a target's label"
        domain = next((label for label in series.labels if label.name == name), None) if series is not None else None
        if matcher.op.text == "=~" and domain is not None:
            yield f"matcher =~ over {'an open label' if domain.values is None else 'known values'}"


def _kind(series: Series) -> str:
    if series.name.startswith("ALERTS"):
        return "ALERTS"
    return series.role if series.origin == "declared" else series.origin


def _moved(offset: Duration | None, at: At | None) -> Iterator[str]:
    if offset is not None and offset.seconds is not None:
        yield "negative offset" if offset.seconds < 0 else "offset"
    if at is not None:
        yield f"@ {at.time}()" if isinstance(at.time, str) else "@ a time"


def _of_number(node: NumberLiteral) -> Iterator[str]:
    if node.is_duration:
        yield "duration for a number"
    if node.value != node.value:
        yield "NaN"
    elif abs(node.value) == float("inf"):
        yield "Inf"
    elif node.value < 0:
        yield "negative number"
