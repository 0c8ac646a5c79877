"""A contradiction's query, made as small as it goes: parts are replaced by what is inside them, or left out."""

from collections.abc import Callable, Iterator

from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Expr,
    LabelList,
    MatrixSelector,
    NumberLiteral,
    Placed,
    StringLiteral,
    SubqueryExpr,
    VectorSelector,
    children,
    walk,
)
from gaugewright.promql.value_type import value_type

from tests.differential.subject import tree_of

_LEAVES = ("vector(0)", "vector(1)", "up", "memory_bytes", "queue_length", "orders_total")


def shrunk(query: str, is_case: Callable[[str], bool], tries: int = 600) -> str:
    """The smallest query found for which `is_case` still holds."""
    seen = {query}
    while True:
        for smaller in _smaller(query):
            if smaller in seen or len(smaller) >= len(query):
                continue
            seen.add(smaller)
            if tries <= 0:
                return query
            tries -= 1
            if tree_of(smaller) is not None and is_case(smaller):
                query = smaller
                break
        else:
            return query


def _smaller(query: str) -> Iterator[str]:
    """Queries with one part less, the largest steps first."""
    tree = tree_of(query)
    if tree is None:
        return
    for node in walk(tree):
        for text in _instead(query, node):
            yield query[: node.start] + text + query[node.end :]
    for node in walk(tree):
        for part in _optional_parts(node):
            yield (query[: part.start] + query[part.end :]).replace("{,", "{").replace("(,", "(")
    for before, after in ((", }", "}"), (", )", ")"), (", ,", ","), ("{}", ""), ("( ", "("), (" )", ")"), ("  ", " ")):
        yield query.replace(before, after)


def _instead(query: str, node: Expr) -> Iterator[str]:
    """What may stand for a node: its children of the same type, those of its children, or a plain leaf."""
    kind = value_type(node)
    below = [inside for child in children(node) for inside in (child, *children(child)) if value_type(inside) == kind]
    for inside in below:
        text = query[inside.start : inside.end]
        yield text
        if isinstance(inside, BinaryExpr):
            yield f"({text})"
    if kind == "vector":
        yield from _LEAVES
    if kind == "scalar" and not isinstance(node, NumberLiteral):
        yield from ("0", "1", "NaN")
    if isinstance(node, SubqueryExpr):
        yield from (f"up{query[node.expr.end : node.end]}", "up[1m]")
    if isinstance(node, StringLiteral) and node.value:
        yield '"a"'


def _optional_parts(node: Expr) -> Iterator[Placed]:
    """What a node can do without."""
    match node:
        case VectorSelector():
            for matcher in node.matchers:
                yield matcher
                yield Placed(matcher.start, matcher.end + 1)
        case Aggregate():
            yield from _list_and_labels(node.grouping)
        case BinaryExpr():
            yield from _list_and_labels(node.matching)
            yield from _list_and_labels(node.group)
            if node.fill is not None:
                yield node.fill
        case MatrixSelector() | SubqueryExpr():
            for moved in (node.offset, node.at):
                if moved is not None:
                    yield moved
    if isinstance(node, (VectorSelector, MatrixSelector, SubqueryExpr)) and node.offset is not None:
        yield Placed(node.offset.start - len("offset "), node.offset.end)


def _list_and_labels(found: LabelList | None) -> Iterator[Placed]:
    if found is not None:
        yield found
        for label in found.labels:
            yield label
            yield Placed(label.start, label.end + 1)
