"""Labels in `by`, `without`, `on`, `ignoring`, `group_left` and `group_right` that the operand surely lacks."""

from __future__ import annotations

from collections.abc import Iterator

from gaugewright.checks.promql.edits import keeping, without_label, without_matcher
from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import Mend, replaced
from gaugewright.diagnostics.suggest import did_you_mean, listed, meant
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Expr, LabelList, Matcher, VectorSelector, Word, selectors
from gaugewright.promql.types import Type
from gaugewright.promql.types.state import Branch


def grouping_labels(query: TypedQuery, node: Aggregate) -> Iterator[Mistake]:
    """`sum by (zone) (x)` where x has no label `zone`."""
    inside = query.of(node.expr)
    if node.grouping is None or not is_judged(inside):
        return
    for word in _lacking(node.grouping.labels, inside):
        message = f"what is aggregated has no label `{word.text}`"
        yield _unknown(query, word, message, node.grouping, inside, node.expr)


def matching_labels(query: TypedQuery, node: BinaryExpr) -> Iterator[Mistake]:
    """Labels of `on` and `ignoring`, and those that `group_left` copies."""
    left, right = query.of(node.lhs), query.of(node.rhs)
    if not is_judged(left, right):
        return
    if node.matching is not None:
        on = node.matching.keyword.text.lower() == "on"
        for word in node.matching.labels:
            if not _is_plain(word):
                continue
            for found in (_on if on else _ignoring)(query, node, word, left, right):
                # Without a match there is a result all the same: legal, if misleading.
                has_result = node.op.text in ("or", "unless") or node.fill is not None
                yield found._replace(severity="warning") if has_result else found
    if node.group is not None:
        is_left = node.group.keyword.text.lower() == "group_left"
        one, tree = (right, node.rhs) if is_left else (left, node.lhs)
        side = "right" if is_left else "left"
        for word in _lacking(node.group.labels, one):
            message = f"the {side} side has no label `{word.text}` to copy, so the result loses it"
            yield _unknown(query, word, message, node.group, one, tree)


def _on(query: TypedQuery, node: BinaryExpr, word: Word, left: Type, right: Type) -> Iterator[Mistake]:
    ours, theirs = left.lacks(word.text), right.lacks(word.text)
    list_ = node.matching
    assert list_ is not None
    if ours and theirs:
        explains = ((list_.start, list_.end),)
        if word.text in query.environment.external_labels:
            dropped = _without(list_, word, certain=len(list_.labels) > 1)
            yield external(query, word, dropped)._replace(explains=explains)
            return
        message = f"neither side has a label `{word.text}`, so it tells no series apart"
        known = sorted({*left.labels, *right.labels} - {word.text})
        help = did_you_mean(word.text, known) or _says(known)
        mend = _shared(list_, word, [name for name in known if _must(left, name) and _must(right, name)])
        yield at("absent-on-both", word, message, help, mend)._replace(explains=explains)
    elif ours and _must(right, word.text):
        yield _unknown(query, word, _no_match("left", "right", word), list_, left, node.lhs)
    elif theirs and _must(left, word.text):
        yield _unknown(query, word, _no_match("right", "left", word), list_, right, node.rhs)


def _shared(list_: LabelList, word: Word, both: list[str]) -> Mend | None:
    """A label that is near, or, where it is the only one, those that both sides have. Among others it can go: nothing
    changes."""
    free = [name for name in both if name not in {label.text for label in list_.labels}]
    near = meant(word.text, free)
    if near is not None:
        return replaced(word.start, word.end, near[0])
    if len(list_.labels) > 1:
        return _without(list_, word, certain=True)
    return replaced(word.start, word.end, ", ".join(free)) if free else None


def _without(list_: LabelList, word: Word, certain: bool = False) -> Mend:
    return Mend((without_label(list_, word),), certain)


def _ignoring(query: TypedQuery, node: BinaryExpr, word: Word, left: Type, right: Type) -> Iterator[Mistake]:
    if left.lacks(word.text) and right.lacks(word.text):
        message = f"neither side has a label `{word.text}` that could be ignored"
        assert node.matching is not None
        yield _unknown(query, word, message, node.matching, left, node.lhs, right, node.rhs)


def _no_match(side: str, other: str, word: Word) -> str:
    return f"the {side} side has no label `{word.text}`, which the {other} side always has: nothing matches"


def _must(side: Type, name: str) -> bool:
    labels = [branch.label(name) for branch in side.branches]
    return all(label is not None and label.must for label in labels)


def _lacking(words: tuple[Word, ...], inside: Type) -> Iterator[Word]:
    return (word for word in words if _is_plain(word) and inside.lacks(word.text))


def _is_plain(word: Word) -> bool:
    return not word.variables and word.text != "__name__"


def _unknown(
    query: TypedQuery, word: Word, message: str, list_: LabelList, inside: Type, tree: Expr, *other: Type | Expr
) -> Mistake:
    name = word.text
    if name in query.environment.external_labels:
        return external(query, word, _without(list_, word, certain=len(list_.labels) > 1))
    trees = [tree, *(node for node in other if not isinstance(node, Type))]
    types = [inside, *(found for found in other if isinstance(found, Type))]
    if any(_reads(query, part, name) for part in trees):
        help = f"It is dropped on the way: keep `{name}` where the series are aggregated or matched."
        kept = keeping(query, tree, name)
        return at("unknown-label", word, message, help, kept and Mend((kept,)))
    known = sorted({label for found in types for label in found.labels})
    help = did_you_mean(name, known) or _says(known)
    near = meant(name, [label for label in known if label not in {other.text for other in list_.labels}])
    certain = list_.keyword.text.lower() in ("by", "without")
    mend = replaced(word.start, word.end, near[0], near[1] and certain) if near else _without(list_, word)
    return at("unknown-label", word, message, help, mend)


def _says(known: list[str]) -> str:
    return f"There {'is' if len(known) == 1 else 'are'} {listed(known)}." if known else "There are no labels left."


def _reads(query: TypedQuery, tree: Expr, name: str) -> bool:
    """Whether a series that the tree reads has the label."""
    return any(not query.of(node).lacks(name) for node in selectors(tree))


def external_matchers(query: TypedQuery, node: VectorSelector) -> Iterator[Mistake]:
    """A matcher on a label that Prometheus adds only to what it sends away."""
    for matcher in node.matchers if query.environment.external_labels else ():
        if _is_external(query, node, matcher):
            edit = without_matcher(query.query.text, node, matcher)
            is_ours = matcher.op.text == "=" and matcher.value.text == _external_value(query, matcher.label.text)
            yield external(query, matcher.label, edit and Mend((edit,), is_ours))


def _is_external(query: TypedQuery, node: VectorSelector, matcher: Matcher) -> bool:
    name = matcher.label.text
    return name in query.environment.external_labels and all(
        _never_had(branch, name) for branch in query.of(node).branches
    )


def _never_had(branch: Branch, name: str) -> bool:
    """Matched away, or never there: a label that a matcher made impossible has no values."""
    label = branch.labels.get(name)
    return branch.lacks(name) or (label is not None and label.values == () and not label.guards)


def _external_value(query: TypedQuery, name: str) -> str | None:
    return query.model.service.external_labels.get(name)


def external(query: TypedQuery, word: Word, mend: Mend | None) -> Mistake:
    """Panels may ask a remote system, which has the external labels: there it is only likely wrong."""
    name = word.text
    message = f"`{name}` is an external label, which is added to what leaves Prometheus and not stored in it"
    help = f"Leave `{name}` out, or make it one of the service's `target_labels`."
    found = at("external-label", word, message, help, mend)
    if query.panel is None:
        return found
    return found._replace(severity="warning", mend=mend and Mend(mend.edits))
