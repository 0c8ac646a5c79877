"""Which labels an expression's result can have at all.

A sound upper bound: a label outside the answer is surely on no series of the result, whatever is scraped.
`__name__` is left aside, since here it does not matter whether a name is kept. Sources: Prometheus's page
"Operators" and its engine (resultMetric, label functions in promql/functions.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from gaugewright.promql.functions import AGGREGATIONS, FUNCTIONS
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Expr,
    LabelList,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    ScalarVariable,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    unwrap,
)
from gaugewright.promql.value_type import value_type

Labels: TypeAlias = frozenset[str] | None
"""Names of labels; None: any label may be there."""

LabelsOf: TypeAlias = Callable[[VectorSelector], Labels]

NONE: frozenset[str] = frozenset()
_NAME = frozenset(("__name__",))
_KEEP_SERIES = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))


def possible_labels(tree: Expr, labels_of: LabelsOf) -> Labels:
    """The labels that some series of the result may have; None where that is not known.

    `labels_of` gives what the series of a selector may have, target labels included, and None where it
    does not know.
    """
    found = _labels(tree, labels_of)
    return None if found is None else found - _NAME


def _labels(node: Expr, labels_of: LabelsOf) -> Labels:
    match node:
        case NumberLiteral() | ScalarVariable() | StringLiteral():
            return NONE
        case VectorSelector():
            return _selected(node, labels_of(node))
        case MatrixSelector():
            return _labels(node.selector, labels_of)
        case SubqueryExpr() | UnaryExpr() | ParenExpr():
            return _labels(node.expr, labels_of)
        case Call():
            return _called(node, labels_of)
        case Aggregate():
            return _aggregated(node, labels_of)
        case BinaryExpr():
            return _combined(node, labels_of)


def _selected(node: VectorSelector, known: Labels) -> Labels:
    """A matcher that only "" meets excludes the label: a missing label is the empty string."""
    if known is None:
        return None
    empty = (
        matcher.label.text
        for matcher in node.matchers
        if matcher.op.text in ("=", "=~") and not matcher.value.text and not matcher.label.variables
    )
    return known.difference(empty)


def _called(node: Call, labels_of: LabelsOf) -> Labels:
    name = node.function.text
    function = FUNCTIONS.get(name)
    if function is None or name == "info":
        return None
    if function.returns == "scalar" or name == "vector":
        return NONE
    if name in ("absent", "absent_over_time"):
        return _absent(node.args[0])
    series = next((arg for arg in node.args if value_type(arg) in ("vector", "matrix")), None)
    if series is None:
        return NONE if function.fewest == 0 else None
    known = _labels(series, labels_of)
    if name in ("label_replace", "label_join"):
        return _with(known, node.args[1])
    if name == "histogram_quantiles":
        return _without_le(_with(known, node.args[1]))
    return _without_le(known) if name in ("histogram_quantile", "histogram_fraction") else known


def _without_le(known: Labels) -> Labels:
    return None if known is None else known - {"le"}


def _with(known: Labels, name: Expr) -> Labels:
    """`known` and the label that the string `name` says."""
    name = unwrap(name)
    if known is None or not isinstance(name, StringLiteral) or name.variables:
        return None
    return known | {name.value}


def _absent(argument: Expr) -> Labels:
    """The one series of `absent` gets the labels that a plain selector asks for with `=`."""
    argument = unwrap(argument)
    selector = argument.selector if isinstance(argument, MatrixSelector) else argument
    if not isinstance(selector, VectorSelector):
        return NONE
    if any(matcher.label.variables for matcher in selector.matchers):
        return None
    return frozenset(
        matcher.label.text
        for matcher in selector.matchers
        if matcher.op.text == "=" and (matcher.value.text or matcher.value.variables)
    )


def _aggregated(node: Aggregate, labels_of: LabelsOf) -> Labels:
    op = node.op.text
    if op not in AGGREGATIONS:
        return None
    known = _labels(node.expr, labels_of)
    if op in _KEEP_SERIES:
        return known
    grouped = _grouped(known, node.grouping)
    if op == "count_values":
        return None if node.param is None else _with(grouped, node.param)
    return grouped


def _grouped(known: Labels, grouping: LabelList | None) -> Labels:
    if grouping is None:
        return NONE
    listed = _listed(grouping)
    if grouping.keyword.text.lower() == "by":
        return known if listed is None else _both(known, listed)
    return known if known is None or listed is None else known - listed


def _listed(labels: LabelList | None) -> Labels:
    """The labels of a list; None where a variable stands for some."""
    if labels is None:
        return NONE
    if any(label.variables for label in labels.labels):
        return None
    return frozenset(label.text for label in labels.labels)


def _both(left: Labels, right: Labels) -> Labels:
    if left is None or right is None:
        return right if left is None else left
    return left & right


def _either(sides: Iterable[Labels]) -> Labels:
    found: frozenset[str] = NONE
    for side in sides:
        if side is None:
            return None
        found |= side
    return found


def _combined(node: BinaryExpr, labels_of: LabelsOf) -> Labels:
    left, right = _labels(node.lhs, labels_of), _labels(node.rhs, labels_of)
    op = node.op.text
    if op in ("and", "unless"):
        return left
    if op == "or":
        return _either((left, right))
    if value_type(node.lhs) == "scalar":
        return right
    if value_type(node.rhs) == "scalar":
        return left
    if node.fill is not None:
        left = right = _either((left, right))
    if node.group is not None:
        swapped = node.group.keyword.text.lower() == "group_right"
        return _many_to_one(node, *((right, left) if swapped else (left, right)))
    return _one_to_one(node, left, right)


def _one_to_one(node: BinaryExpr, left: Labels, right: Labels) -> Labels:
    """Only labels that are matched remain, and those are equal on both sides."""
    listed = _listed(node.matching)
    if node.matching is not None and node.matching.keyword.text.lower() == "on":
        return left if listed is None else _both(_both(left, right), listed)
    if listed is None:
        return left
    matched = _both(left, right)
    return None if matched is None else matched - listed


def _many_to_one(node: BinaryExpr, many: Labels, one: Labels) -> Labels:
    """The labels of the many side; those that `group_left` lists come from the one side, or go."""
    copied = _listed(node.group)
    if many is None or copied is None:
        return None
    return (_agreeing(node, many, one) - copied) | (_both(copied, one) or NONE)


def _agreeing(node: BinaryExpr, many: frozenset[str], one: Labels) -> frozenset[str]:
    """`many` without the matched labels that the one side never has: there, they are empty too."""
    listed = _listed(node.matching)
    if one is None or listed is None:
        return many
    by_on = node.matching is not None and node.matching.keyword.text.lower() == "on"
    matched = many & listed if by_on else many - listed
    return many - (matched - one)
