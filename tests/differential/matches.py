"""Whether an operator's match fails where the type says so: "many-to-many matching not allowed"."""

from collections.abc import Iterator, Mapping

from gaugewright.promql.syntax import BinaryExpr, Expr, unwrap, walk
from gaugewright.promql.types import Type
from gaugewright.promql.types.matching import many_per_group, matching_of
from gaugewright.promql.types.state import Branch

from tests.differential.data_sets import DataSet
from tests.differential.engine import Answer

_SET_OPERATORS = frozenset(("and", "or", "unless"))
_DUPLICATES = "found duplicate series for the match group"


def wrong_matches(tree: Expr, types: Mapping[int, Type], answer: Answer, data_set: DataSet) -> Iterator[str]:
    """What is not as `many_per_group` says of the side that must have one series a group."""
    sides = _sides(tree, types)
    if sides is None:
        return
    node, one, other = sides
    many = many_per_group(one, matching_of(node))
    if many is False and not data_set.guarded and _DUPLICATES in answer.error:
        yield f"one series a group, and: {answer.error}"
    scraped = Type("vector", (one,)).while_scraped and Type("vector", (other,)).while_scraped
    if many is True and data_set.complete and scraped and not answer.error:
        yield "several series a group, and there is no error"


def _sides(tree: Expr, types: Mapping[int, Type]) -> tuple[BinaryExpr, Branch, Branch] | None:
    """The operator at the top, the side of which a group has one series, and the other; None where an error could
    come from elsewhere."""
    node = unwrap(tree)
    if not isinstance(node, BinaryExpr) or node.op.text in _SET_OPERATORS or node.fill is not None:
        return None
    if sum(isinstance(part, BinaryExpr) for part in walk(node)) > 1:
        return None
    left, right = types[id(node.lhs)], types[id(node.rhs)]
    if {left.value_type, right.value_type} != {"vector"} or len(left.branches) > 1 or len(right.branches) > 1:
        return None
    if node.group is not None and node.group.keyword.text == "group_right":
        left, right = right, left
    return node, right.branches[0], left.branches[0]
