"""What an error says of a query's result, asked of the engine: a part that never has a result has none, and so on.

Errors that speak of units, or of what a gauge means, say nothing of a result and are left out.
"""

from collections.abc import Callable, Iterator, Sequence
from math import isinf, isnan
from typing import Any, NamedTuple

from gaugewright.checks.promql import mistakes
from gaugewright.checks.promql.typed import Mistake, TypedQuery
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Call, Expr, VectorSelector, walk
from gaugewright.promql.types.binary import COMPARISONS

from tests.differential.data_sets import DataSet
from tests.differential.engine import Answer

Refutation = Callable[[Sequence[Answer], DataSet], str]
"""From the answers to a claim's queries at one time: what is not so; "" where nothing."""


class Claim(NamedTuple):
    code: str
    queries: tuple[str, ...]
    refutation: Refutation


def claims_of(query: TypedQuery) -> Iterator[Claim]:
    """What the errors in a query say of the results of its parts."""
    for mistake in mistakes(query):
        is_meant, claim = _CLAIMS.get(mistake.code, (_is_none, _never))
        node = _around(query, mistake, is_meant)
        found = None if node is None or mistake.severity == "warning" else claim(query, mistake, node)
        if found is not None:
            yield Claim(mistake.code, *found)


_Meant = Callable[[TypedQuery, Expr], bool]


def _around(query: TypedQuery, mistake: Mistake, is_meant: _Meant) -> Expr | None:
    """The smallest part of such a kind in which the finding points at something."""
    found = (node for node in walk(query.tree) if is_meant(query, node) and _points_into(mistake, node))
    return min(found, key=lambda node: node.end - node.start, default=None)


def _points_into(mistake: Mistake, node: Expr) -> bool:
    """A call is meant by what points at its name or an argument; what points at all of it means the call around."""
    parts = (node.function, *node.args) if isinstance(node, Call) else (node,)
    return any(part.start <= mistake.start and mistake.end <= part.end for part in parts)


def _is_none(query: TypedQuery, node: Expr) -> bool:
    return False


def _is(*kinds: type) -> _Meant:
    return lambda query, node: isinstance(node, kinds)


def _reads_no_buckets(query: TypedQuery, node: Expr) -> bool:
    """Which of nested calls it is only their types tell."""
    is_quantile = isinstance(node, Call) and node.function.text.startswith("histogram_")
    return is_quantile and query.of(node).emptiness == "never has a result"


_Found = tuple[tuple[str, ...], Refutation] | None
_Rule = Callable[[TypedQuery, Mistake, Any], _Found]


def _never(query: TypedQuery, mistake: Mistake, node: Expr) -> _Found:
    return (query.text(node),), lambda found, _: f"has {len(found[0].samples)} results" if found[0].samples else ""


def _constant(query: TypedQuery, mistake: Mistake, node: BinaryExpr) -> _Found:
    """A comparison that never holds, or always."""
    if node.op.text not in COMPARISONS:
        return None
    always = "always true" in mistake.message
    if node.returns_bool:
        return (query.text(node),), lambda found, _: _others(found[0], float(always))
    if not always:
        return _never(query, mistake, node)
    series = node.rhs if query.of(node.lhs).value_type == "scalar" else node.lhs
    return (query.text(node), query.text(series)), lambda found, _: _lost(*found)


def _others(answer: Answer, value: float) -> str:
    other = [sample.value for sample in answer.samples if sample.value != value and not isnan(sample.value)]
    return f"has {other[0]}, not {value}" if other else ""


def _lost(some: Answer, all_: Answer) -> str:
    known = not (some.error or all_.error)
    return f"{len(some.samples)} of {len(all_.samples)}" if known and len(some.samples) != len(all_.samples) else ""


def _itself(query: TypedQuery, mistake: Mistake, node: BinaryExpr) -> _Found:
    return (query.text(node),), lambda found, _: _others(found[0], 1.0 if node.op.text == "/" else 0.0)


def _infinite(query: TypedQuery, mistake: Mistake, node: Call | Aggregate) -> _Found:
    if isinstance(node, Call) and node.function.text == "histogram_quantiles":
        return None
    return (query.text(node),), lambda found, _: next(
        (f"has {one.value}" for one in found[0].samples if not (isinf(one.value) or isnan(one.value))), ""
    )


def _lacking(query: TypedQuery, mistake: Mistake, node: Expr) -> _Found:
    """A label that no series of the operand has, or that only one side has."""
    name = query.query.text[mistake.start : mistake.end]
    asked: tuple[Expr, ...] = (node,)
    if isinstance(node, VectorSelector) and mistake.code == "unknown-label":
        return _never(query, mistake, node)
    if isinstance(node, Aggregate):
        asked = (node.expr,)
    elif isinstance(node, BinaryExpr) and node.group is not None and mistake.start >= node.group.start:
        asked = (node.rhs if node.group.keyword.text.lower() == "group_left" else node.lhs,)
    elif isinstance(node, BinaryExpr):
        if "nothing matches" in mistake.message:
            return _never(query, mistake, node)
        asked = (node.lhs, node.rhs)
    return tuple(query.text(part) for part in asked), lambda found, _: _having(found, name)


def _having(answers: Sequence[Answer], name: str) -> str:
    values = [sample.labels[name] for answer in answers for sample in answer.samples if name in sample.labels]
    return f"a series has {name}={values[0]!r}" if values else ""


def _refused(query: TypedQuery, mistake: Mistake, node: Expr) -> _Found:
    """What fails as soon as both sides have series, in a data set where all are there that should."""
    if query.of(node).emptiness == "never has a result":
        return None
    asked = (node.lhs, node.rhs) if isinstance(node, BinaryExpr) else ()

    def refutation(found: Sequence[Answer], data_set: DataSet) -> str:
        # Of a call it is its own result that shows whether there was anything to refuse.
        there = all(answer.samples for answer in found[1:] or found)
        return "there is no error" if data_set.complete and there and not found[0].error else ""

    return (query.text(node), *(query.text(part) for part in asked)), refutation


_CLAIMS: dict[str, tuple[_Meant, _Rule]] = {
    "value-outside-domain": (_is(VectorSelector), _never),
    "conflicting-matchers": (_is(VectorSelector), _never),
    "not-a-bucket": (_is(VectorSelector), _never),
    "impossible-match": (_is(BinaryExpr), _never),
    "quantile-without-le": (_reads_no_buckets, _never),
    "quantile-of-non-histogram": (_reads_no_buckets, _never),
    "native-histogram-function": (_reads_no_buckets, _never),
    "range-too-short": (_is(Call), _never),
    "quantile-range": (_is(Call, Aggregate), _infinite),
    "beyond-last-bucket": (_is(BinaryExpr), _constant),
    "constant-comparison": (_is(BinaryExpr), _constant),
    "constant-ratio": (_is(BinaryExpr), _itself),
    "unknown-metric": (_is(VectorSelector), _never),
    "unknown-label": (_is(Aggregate, BinaryExpr, VectorSelector), _lacking),
    "external-label": (_is(Aggregate, BinaryExpr, VectorSelector), _lacking),
    "many-to-many": (_is(BinaryExpr), _refused),
    "duplicate-series": (_is(Aggregate, BinaryExpr, Call), _refused),
}
