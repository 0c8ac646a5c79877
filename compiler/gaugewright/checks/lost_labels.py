"""How to have a label that a text or a legend shows and the query's result lacks: where it was lost, in the query
itself or in a recording rule that it reads, or which label was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.diagnostics import Mend, Related
from gaugewright.diagnostics.mend import Edit, edited
from gaugewright.diagnostics.suggest import did_you_mean, listed, nearest
from gaugewright.model.rules import Query, RecordingRule
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Expr,
    LabelList,
    children,
    selectors,
    walk,
)
from gaugewright.promql.types import Environment, infer
from gaugewright.promql.types.state import NEVER


class Advice(NamedTuple):
    """`meant` is the label that may be meant instead; `mend` changes the query."""

    help: str
    related: tuple[Related, ...] = ()
    mend: Mend | None = None
    meant: str | None = None


def advice(query: TypedQuery, label: str) -> Advice:
    """What to do where the result of `query` surely lacks `label`."""
    if _is_lost_in(query, query.tree, label):
        return _to_keep(query, _dropping(query, label), label)
    lost = _lost_at(query, label)
    if lost is not None:
        return lost
    labels = sorted(query.of(query.tree).labels)
    if not labels:
        return Advice("The result has no labels: aggregate with `by (...)` to keep some.")
    return Advice(did_you_mean(label, labels) or f"It has {listed(labels)}.", meant=nearest(label, labels))


def _is_lost_in(query: TypedQuery, node: Expr, label: str) -> bool:
    return query.of(node).lacks(label) and any(not query.of(part).lacks(label) for part in selectors(node))


def _dropping(query: TypedQuery, label: str) -> Expr:
    """The first expression, on a way from the series that have the label, whose result has lost it."""
    node = query.tree
    while all(query.of(part).lacks(label) for part in children(node)):
        node = next(part for part in children(node) if _is_lost_in(query, part, label))
    return node


def _to_keep(query: TypedQuery, node: Expr, label: str) -> Advice:
    if isinstance(node, Aggregate):
        grouping = node.grouping
        words = [] if grouping is None else [word.text for word in grouping.labels]
        mend = _kept(query, label)
        if grouping is not None and grouping.keyword.text.lower() == "without":
            return Advice(f"The query drops it: take it out of `without ({', '.join(words)})`.", mend=mend)
        return Advice(f"The query drops it: keep it with `by ({', '.join([*words, label])})`.", mend=mend)
    if isinstance(node, Call):
        return Advice(f"`{node.function.text}` drops it.")
    if isinstance(node, BinaryExpr) and node.matching is not None:
        return Advice(f"`{query.text(node.op)} {query.text(node.matching)}` drops it.")
    return Advice("The query drops it.")


def _kept(query: TypedQuery, label: str) -> Mend | None:
    """Every aggregation keeps it that could; offered where the result then surely is not without it."""
    edits = tuple(
        edit
        for node in walk(query.tree)
        if isinstance(node, Aggregate) and _is_lost_in(query, node, label)
        for edit in _keeping(node, label)
    )
    variables = dict.fromkeys(query.query.variables, "")
    tree = parse(edited(query.query.text, edits), variables=variables, features=query.model.service.feature_flags).tree
    found = None if tree is None else infer(tree, query.environment)
    if found is None or found.lacks(label) or found.exists is NEVER:
        return None
    return query.query.source.mend(Mend(edits))


def _keeping(node: Aggregate, label: str) -> Iterator[Edit]:
    if node.grouping is None:
        yield Edit(node.op.end, node.op.end, f" by ({label})")
        return
    words = node.grouping.labels
    if node.grouping.keyword.text.lower() == "without":
        for index, word in enumerate(words):
            if word.text == label:
                yield Edit(words[index - 1].end if index else word.start,
                           word.end if index or len(words) == 1 else words[1].start, "")  # fmt: skip
    elif words:
        yield Edit(words[-1].end, words[-1].end, f", {label}")
    else:
        yield Edit(node.grouping.end - 1, node.grouping.end - 1, label)


def _lost_at(query: TypedQuery, label: str) -> Advice | None:
    """The rule that has it no more; None where no rule that is read, whatever is between, knows of the label."""
    rules: dict[str, list[RecordingRule]] = {}
    for rule in query.model.recording_rules:
        rules.setdefault(rule.name, []).append(rule)
    waiting: list[tuple[Query, tuple[Related, ...]]] = [(query.query, ())]
    seen: set[str] = set()
    for found, way in waiting:
        for name in found.metrics:
            if name in seen:
                continue
            seen.add(name)
            for rule in rules.get(name, ()):
                related = (*way, Related(f"`{name}` is recorded here", rule.query.source.place()))
                drops = _is_read(rule.query, label, query.environment)
                if drops or _is_named(rule.query, label):
                    return Advice(f"`{name}` {'drops' if drops else 'has lost'} it: keep it in that rule.", related)
                waiting.append((rule.query, related))
    return None


def _is_read(query: Query, label: str, environment: Environment) -> bool:
    types = (environment.series.get(series.name) for selector in query.selectors for series in selector.series)
    return any(not branch.lacks(label) for found in types if found is not None for branch in found.branches)


def _is_named(query: Query, label: str) -> bool:
    """Whether a `by`, `on` or `group_left` asks for it."""
    return any(
        label in (word.text for word in labels.labels)
        for node in walk(query.tree)
        for labels in (getattr(node, part, None) for part in ("grouping", "matching", "group"))
        if isinstance(labels, LabelList)
    )
