"""Dashboard variables: what their own queries ask, and where one of several values stands for a single one.

Grafana's Prometheus data source replaces a variable that is `multi` or has "All" by a regular expression:
`(east|west)`, or what "All" stands for. In an equality, a list of labels or a name that is no value, no label and
no name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.checks.templates import lacks
from gaugewright.diagnostics import Diagnostic, Mend
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.mend import replaced
from gaugewright.diagnostics.suggest import did_you_mean, listed, nearest
from gaugewright.model.dashboards import Variable
from gaugewright.promql.syntax import (
    At,
    Duration,
    Expr,
    LabelList,
    Matcher,
    Placed,
    ScalarVariable,
    VectorSelector,
    Word,
    walk,
)
from gaugewright.promql.variables import uses


def asked_labels(queries: Sequence[TypedQuery]) -> Iterator[Diagnostic]:
    """`label_values(x, zone)` where x has no label `zone`."""
    for query in queries:
        label = None if query.variable is None else query.variable.asked_label
        if label is None or query.variable is None or not lacks(query, label.name):
            continue
        source = query.variable.source.at("query")
        known = sorted(query.of(query.tree).labels)
        help = did_you_mean(label.name, known) or f"Their labels are {listed(known)}."
        meant = nearest(label.name, known)
        mend = None if meant is None else source.mend(replaced(label.start, label.end, meant))
        message = f"the series have no label `{label.name}`, so the variable has no values"
        yield finding("unknown-label", message, source.inside(label.start, label.end), help, (), query.entities, mend)


def several_values(queries: Sequence[TypedQuery]) -> Iterator[Diagnostic]:
    """A variable of several values where only one can stand."""
    for query in queries:
        if query.dashboard is None or not query.query.variables:
            continue
        several = {item.name: item for item in query.dashboard.variables if item.multi or item.include_all}
        for node in walk(query.tree) if several.keys() & query.query.variables else ():
            yield from _in_node(query, node, several)


def _in_node(query: TypedQuery, node: Expr, several: Mapping[str, Variable]) -> Iterator[Diagnostic]:
    for matcher in getattr(node, "matchers", ()):
        yield from _in_matcher(query, matcher, several)
    for part in ("grouping", "matching", "group"):
        labels = getattr(node, part, None)
        for word in labels.labels if isinstance(labels, LabelList) else ():
            yield from _in_list(query, word, several)
    for part in ("range", "step", "offset", "at"):
        stands = getattr(node, part, None)
        if isinstance(stands, (Duration, At)):
            yield from _alone(query, stands, several, "one time", "Leave out `multi` and `include_all`.")
    if isinstance(node, ScalarVariable):
        yield from _alone(query, node, several, "one number", "Leave out `multi` and `include_all`.")
    if isinstance(node, VectorSelector) and node.name is not None:
        help = f'Write `{{__name__=~"{node.name.text}"}}`.'
        yield from _alone(query, node.name, several, "the name of one metric", help)


_EXPRESSIONS: Final = frozenset(("", "regex", "pipe"))
"""Formats that give a regular expression."""

_REGEX: Final[Mapping[str, str]] = {"=": "=~", "!=": "!~"}


def _in_matcher(query: TypedQuery, matcher: Matcher, several: Mapping[str, Variable]) -> Iterator[Diagnostic]:
    op = matcher.op.text
    for name, format, start, end in _uses(query, matcher.value, several):
        if op in _REGEX:
            message = f"`{name}` can have several values, and `{op}` compares with one"
            mend = replaced(matcher.op.start, matcher.op.end, _REGEX[op], certain=format in _EXPRESSIONS)
            yield _found(query, matcher.op.start, end, message, f"Write `{_REGEX[op]}`.", mend)
        elif format not in _EXPRESSIONS:
            message = f"`{name}` as `{format}` is no regular expression"
            yield _found(query, start, end, message, f"Write `${name}`.", replaced(start, end, f"${{{name}}}"))


def _in_list(query: TypedQuery, word: Word, several: Mapping[str, Variable]) -> Iterator[Diagnostic]:
    for name, format, start, end in _uses(query, word, several):
        if format != "csv":
            message = f"`{name}` can have several values, which stand here as `(a|b)`"
            mend = replaced(start, end, f"${{{name}:csv}}", certain=format in _EXPRESSIONS)
            yield _found(query, start, end, message, f"Write `${{{name}:csv}}`, which gives `a,b`.", mend)


def _alone(
    query: TypedQuery,
    stands: Word | Duration | At | ScalarVariable,
    several: Mapping[str, Variable],
    what: str,
    help: str,
) -> Iterator[Diagnostic]:
    for name, _, start, end in _uses(query, stands, several):
        yield _found(query, start, end, f"`{name}` can have several values, and {what} stands here", help, None)


def _uses(query: TypedQuery, stands: Placed, several: Mapping[str, Variable]) -> Iterator[tuple[str, str, int, int]]:
    """Each use of such a variable: its name, its format, its place."""
    for use in uses(query.query.text[stands.start : stands.end], stands.start):
        if use.name in several:
            text = query.query.text[use.start : use.end].strip("${}[]")
            yield use.name, text.partition(":")[2], use.start, use.end


def _found(query: TypedQuery, start: int, end: int, message: str, help: str, mend: Mend | None) -> Diagnostic:
    source = query.query.source
    mended = source.mend(mend)
    return finding("several-values", message, source.inside(start, end), help, (), query.entities, mended)
