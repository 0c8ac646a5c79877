"""What promql-parser takes and Prometheus does not (`not-promql`).

promql-parser follows other readers of PromQL too and knows no feature flags, so a query may parse and still
be refused by the server. The rules are those of Prometheus 3.16's parser.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, cast

from gaugewright.diagnostics import TextFinding
from gaugewright.promql.functions import (
    EXPERIMENTAL_AGGREGATIONS,
    EXPERIMENTAL_FUNCTIONS,
    FILL_MODIFIERS,
    FUNCTIONS,
)
from gaugewright.promql.regex import regex_mistake
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Duration,
    Expr,
    LabelList,
    Matcher,
    MatrixSelector,
    SubqueryExpr,
    VectorSelector,
    walk,
)
from gaugewright.promql.value_type import value_type

_CODE = "not-promql"


def dialect_findings(tree: Expr, features: Collection[str], regex_code: str = _CODE) -> Iterator[TextFinding]:
    """What Prometheus refuses in `tree`; `features` names the feature flags that the server has.

    `regex_code` is the finding's code for a regular expression that Prometheus refuses.
    """
    for node in walk(tree):
        kind = type(node)
        if kind is VectorSelector:
            for matcher in cast(VectorSelector, node).matchers:
                if matcher.op.text in ("=~", "!~"):
                    yield from _regex(matcher, regex_code)
        elif (check := _CHECKS.get(kind)) is not None:
            yield from check(node, features)


def _flag(start: int, end: int, what: str, flag: str) -> TextFinding:
    return TextFinding(
        _CODE,
        start,
        end,
        f"{what} is experimental, and Prometheus refuses it without its feature flag",
        f"start Prometheus with --enable-feature={flag} and name the flag in the spec, or write it otherwise",
    )


def _call(node: Call, features: Collection[str]) -> Iterator[TextFinding]:
    function = FUNCTIONS.get(node.function.text)
    if function is not None and function.experimental and EXPERIMENTAL_FUNCTIONS not in features:
        yield _flag(node.function.start, node.function.end, f"the function `{function.name}`", EXPERIMENTAL_FUNCTIONS)


def _aggregate(node: Aggregate, features: Collection[str]) -> Iterator[TextFinding]:
    op = node.op
    if op.text in EXPERIMENTAL_AGGREGATIONS:
        if EXPERIMENTAL_FUNCTIONS not in features:
            yield _flag(op.start, op.end, f"the aggregation `{op.text}`", EXPERIMENTAL_FUNCTIONS)
        elif node.param is not None and value_type(node.param) != "scalar":
            words = f"`{op.text}` wants a number first, and this is a {value_type(node.param)}"
            yield TextFinding(_CODE, node.param.start, node.param.end, words, f"for example `{op.text}(5, x)`")
    yield from _labels(node.grouping)


def _binary(node: BinaryExpr, features: Collection[str]) -> Iterator[TextFinding]:
    if node.fill is not None and FILL_MODIFIERS not in features:
        yield _flag(node.fill.start, node.fill.end, "`fill`", FILL_MODIFIERS)
    yield from _labels(node.matching)
    yield from _labels(node.group)


def _matrix(node: MatrixSelector, _: Collection[str]) -> Iterator[TextFinding]:
    yield from _range(node.range)


def _subquery(node: SubqueryExpr, _: Collection[str]) -> Iterator[TextFinding]:
    yield from _range(node.range)
    if node.step is not None:
        yield from _range(node.step)


def _labels(labels: LabelList | None) -> Iterator[TextFinding]:
    for label in labels.labels if labels is not None else ():
        if not label.text:
            words = "a label's name must not be empty"
            yield TextFinding(_CODE, label.start, label.end, words, "name a label, or leave this one out")


def _range(duration: Duration) -> Iterator[TextFinding]:
    if duration.seconds is not None and duration.seconds <= 0:
        words = "a range must be longer than 0"
        yield TextFinding(_CODE, duration.start, duration.end, words, "write a duration such as `5m`")


def _regex(matcher: Matcher, code: str) -> Iterator[TextFinding]:
    value = matcher.value
    mistake = None if value.variables else regex_mistake(value.text)
    if mistake is None:
        return
    start, end = value.start, value.end
    if end - start == len(value.text) + 2:  # no escapes: a character of the value is a character of the query
        start, end = start + 1 + mistake.start, start + 1 + mistake.end
    words = f"in this regular expression, {mistake.words}"
    mend = "Prometheus uses RE2's syntax; a special character stands for itself after a backslash"
    yield TextFinding(code, start, end, words, mend)


_CHECKS: dict[type, Callable[[Any, Collection[str]], Iterator[TextFinding]]] = {
    Aggregate: _aggregate,
    BinaryExpr: _binary,
    Call: _call,
    MatrixSelector: _matrix,
    SubqueryExpr: _subquery,
}
