"""Edits of queries that several mends are made of. They count the query's characters."""

from __future__ import annotations

from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.diagnostics import Edit
from gaugewright.promql.syntax import Aggregate, Expr, LabelList, Matcher, Placed, VectorSelector, Word, walk


def around(node: Placed, before: str, after: str) -> tuple[Edit, Edit]:
    """What stands before and after a part of the query."""
    return Edit(node.start, node.start, before), Edit(node.end, node.end, after)


def without_matcher(text: str, selector: VectorSelector, matcher: Matcher) -> Edit | None:
    """The matcher and its comma away, the empty braces too; None where nothing would be left of the selector."""
    several = selector.matchers
    position = next(number for number, other in enumerate(several) if other is matcher)
    if position + 1 < len(several):
        return Edit(matcher.start, several[position + 1].start, "")
    if position:
        return Edit(several[position - 1].end, matcher.end, "")
    if selector.name is None:
        return None
    return Edit(selector.name.end, text.index("}", matcher.end) + 1, "")


def without_label(labels: LabelList, word: Word) -> Edit:
    """A label and its comma away from a list."""
    several = labels.labels
    position = next(number for number, other in enumerate(several) if other is word)
    if position + 1 < len(several):
        return Edit(word.start, several[position + 1].start, "")
    return Edit(several[position - 1].end if position else word.start, word.end, "")


def with_label(labels: LabelList, name: str) -> Edit:
    """One more label at the end of a list."""
    if labels.labels:
        last = labels.labels[-1].end
        return Edit(last, last, f", {name}")
    return Edit(labels.end - 1, labels.end - 1, name)


def over_range(text: str, selector: VectorSelector, function: str, duration: str) -> tuple[Edit, ...]:
    """`function(selector[duration])`: the range goes before `offset` and `@`."""
    end = range_place(text, selector)
    return (
        Edit(selector.start, selector.start, f"{function}("),
        *([Edit(end, end, f"[{duration}]"), Edit(selector.end, selector.end, ")")] if end < selector.end
          else [Edit(end, end, f"[{duration}])")]),
    )  # fmt: skip


def range_place(text: str, selector: VectorSelector) -> int:
    """Where a range of the selector stands: after its name and braces."""
    if selector.matchers:
        return text.index("}", selector.matchers[-1].end) + 1
    assert selector.name is not None  # the grammar wants a name or a matcher
    after = text[selector.name.end : selector.end]
    braces = after.lstrip().startswith("{")
    return text.index("}", selector.name.end) + 1 if braces else selector.name.end


def requoted(written: str, value: str) -> str | None:
    """A value in the quotes of the one that it replaces; None where it would need escapes."""
    quote = written[:1]
    return None if quote in value or "\\" in value or "\n" in value else f"{quote}{value}{quote}"


def keeping(query: TypedQuery, tree: Expr, name: str) -> Edit | None:
    """So that the first aggregation in `tree` that drops a label keeps it."""
    for node in walk(tree):
        if isinstance(node, Aggregate) and not query.of(node.expr).lacks(name) and query.of(node).lacks(name):
            return kept(node, name)
    return None


def kept(node: Aggregate, name: str) -> Edit:
    """So that one aggregation keeps a label that it drops."""
    grouping = node.grouping
    if grouping is None:
        return Edit(node.op.end, node.op.end, f" by ({name}) ")
    if grouping.keyword.text.lower() == "by":
        return with_label(grouping, name)
    return without_label(grouping, next(word for word in grouping.labels if word.text == name))


def kept_out(query: TypedQuery, node: Aggregate, names: frozenset[str]) -> list[Edit]:
    """So that an aggregation drops these labels, which it keeps."""
    grouping = node.grouping
    if grouping is None:
        return []
    if grouping.keyword.text.lower() == "without":
        return [with_label(grouping, ", ".join(sorted(names)))]
    words = [word.text for word in grouping.labels if word.text not in names]
    if len(words) == len(grouping.labels):
        return []
    written = query.query.text[grouping.start : grouping.end]
    start = grouping.start + written.index("(")
    return [Edit(start, grouping.end, f"({', '.join(words)})")]
