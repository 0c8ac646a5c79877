"""What an operation does with its series, in a few words, where its result's type alone does not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from gaugewright.promql.syntax import Aggregate, BinaryExpr, Call, Expr, LabelList, SubqueryExpr
from gaugewright.promql.types.aggregations import KEEP_SERIES
from gaugewright.promql.types.binary import COMPARISONS
from gaugewright.promql.types.matching import matching_of
from gaugewright.promql.types.state import Type


def deed(node: Expr, parts: Sequence[Type]) -> str:
    """The words for a node whose parts have these types; "" where the change of types says it all."""
    words = _DEEDS.get(type(node))
    return "" if words is None else words(node, parts)


def _binary(node: BinaryExpr, parts: Sequence[Type]) -> str:
    left, right = parts
    op = node.op.text
    if "scalar" in (left.value_type, right.value_type):
        return "keeps what it holds for" if op in COMPARISONS and not node.returns_bool else ""
    agreed = _agreed(node, left, right)
    if op in _SETS:
        some, none = _SETS[op]
        return f"{some} {agreed}" if agreed else none
    many = {"group_left": "many on the left to one on the right", "group_right": "one on the left to many on the right"}
    group = "" if node.group is None else f", {many[node.group.keyword.text.lower()]}"
    copied = matching_of(node).copied
    group += f", whose {_listed(copied)} it copies" if copied else ""
    return f"matched by {agreed}{group}" if agreed else f"the one series of each side{group}"


_SETS: Final = {
    "or": ("the left side, and what on the right has another", "the left side, or else the right"),
    "and": ("the left side where the right has the same", "the left side if there is something on the right"),
    "unless": ("the left side where the right has not the same", "the left side if there is nothing on the right"),
}


def _agreed(node: BinaryExpr, left: Type, right: Type) -> str:
    """The labels in which two series must agree; "" where there are none."""
    matching = matching_of(node)
    if matching.labels is None:
        return "the labels that the dashboard chooses"
    if matching.on:
        return _listed(matching.labels)
    if left.whole.open or right.whole.open:
        return f"all labels but {_listed(matching.labels)}" if matching.labels else "all labels"
    names = dict.fromkeys((*left.labels, *right.labels))
    return _listed([name for name in names if name not in matching.labels])


def _aggregate(node: Aggregate, parts: Sequence[Type]) -> str:
    if node.op.text not in KEEP_SERIES:
        return ""
    group = "" if node.grouping is None else f" of each {_grouped(node.grouping)}"
    return f"some of the series{group}, as they are"


def _grouped(grouping: LabelList) -> str:
    names = _listed([word.text for word in grouping.labels])
    return f"group without {names}" if grouping.keyword.text.lower() == "without" else names


def _call(node: Call, parts: Sequence[Type]) -> str:
    return _CALLS.get(node.function.text, "")


_CALLS: Final = {
    "absent": "1 where there is nothing",
    "absent_over_time": "1 where there was nothing",
    "info": "with the labels of the info metric",
}


def _subquery(node: SubqueryExpr, parts: Sequence[Type]) -> str:
    over = "" if node.range.seconds is None else f" over {_span(node.range.seconds)}"
    every = "" if node.step is None or node.step.seconds is None else f", every {_span(node.step.seconds)}"
    return f"its values{over}{every}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds * 1000:g}ms"


def _listed(names: Sequence[str]) -> str:
    if len(names) > 5:
        return f"{', '.join(names[:4])} and {len(names) - 4} more"
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


_DEEDS: Final[dict[type, Callable[[Any, Sequence[Type]], str]]] = {
    Aggregate: _aggregate,
    BinaryExpr: _binary,
    Call: _call,
    SubqueryExpr: _subquery,
}
