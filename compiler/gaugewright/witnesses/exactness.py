"""Whether an expression's value is the same to the last digit wherever it is computed."""

from __future__ import annotations

from gaugewright.model.model import Model
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Call, Expr, VectorSelector, walk

_EXACT_CALLS = frozenset(("time", "vector", "abs", "ceil", "floor", "last_over_time", "max_over_time"))
_EXACT_CALLS |= frozenset(("min_over_time", "count_over_time", "present_over_time", "absent", "changes"))
_ROUNDING_OPERATORS = frozenset(("/", "%", "^"))
_EXACT_AGGREGATIONS = frozenset(("min", "max", "count", "group", "topk", "bottomk"))


def exact(model: Model, node: Expr) -> bool:
    """True where nothing divides, extrapolates or adds up: neither the order of a sum nor the edge of
    a range shows in the value. Recording rules are looked into."""
    records = {rule.name: rule.query.tree for rule in model.recording_rules}
    waiting, seen = [node], set[str]()
    while waiting:
        for inner in walk(waiting.pop()):
            if _rounds(inner):
                return False
            name = inner.name.text if isinstance(inner, VectorSelector) and inner.name else ""
            if name in records and name not in seen:
                seen.add(name)
                waiting.append(records[name])
    return True


def _rounds(node: Expr) -> bool:
    match node:
        case Call():
            return node.function.text not in _EXACT_CALLS
        case BinaryExpr():
            return node.op.text in _ROUNDING_OPERATORS
        case Aggregate():
            return node.op.text not in _EXACT_AGGREGATIONS
        case _:
            return False
