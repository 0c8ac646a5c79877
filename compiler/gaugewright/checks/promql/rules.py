"""What is wrong between rules: circles, static labels that make two series one, and patterns over metrics' names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import Diagnostic, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.model.model import Model
from gaugewright.model.rules import RecordingRule
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Expr,
    LabelList,
    MatrixSelector,
    ParenExpr,
    VectorSelector,
    children,
)
from gaugewright.promql.types.labels import Label, MaybeLabel
from gaugewright.promql.types.matchers import acceptance
from gaugewright.promql.types.state import NEVER, SCRAPED, Branch


def rule_cycles(model: Model) -> Iterator[Diagnostic]:
    """Recording rules that need each other. What a rule reads of an earlier time (`offset`) it may have written."""
    rules = {rule.name: rule for rule in model.recording_rules}
    reads = {name: _reads(rule, rules) for name, rule in rules.items()}
    told: set[str] = set()
    for name in rules:
        if name in told:
            continue
        circle = _circle(name, reads)
        if circle and not told.intersection(circle):
            told.update(circle)
            yield _cycle(circle, rules, reads)


def _reads(rule: RecordingRule, rules: Mapping[str, RecordingRule]) -> dict[str, VectorSelector]:
    found: dict[str, VectorSelector] = {}
    for selector in rule.query.selectors:
        node = selector.node
        if node.offset is None and node.at is None:
            for series in selector.series:
                if series.name in rules:
                    found.setdefault(series.name, node)
    return found


def _circle(start: str, reads: Mapping[str, Mapping[str, VectorSelector]]) -> list[str]:
    """The shortest way from a rule back to itself; empty where there is none."""
    before: dict[str, str] = {}
    waiting = [start]
    for name in waiting:
        for read in reads[name]:
            if read == start:
                way = [name]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if read not in before:
                before[read] = name
                waiting.append(read)
    return []


def _cycle(
    circle: list[str], rules: Mapping[str, RecordingRule], reads: Mapping[str, Mapping[str, VectorSelector]]
) -> Diagnostic:
    first, following = rules[circle[0]], [*circle[1:], circle[0]]
    node = reads[first.name][following[0]]
    place = first.query.source.inside(node.start, node.end)
    way = " needs ".join(f"`{name}`" for name in [*circle, circle[0]])
    message = f"{way}" if len(circle) > 1 else f"`{first.name}` needs itself"
    related = tuple(
        Related(f"`{name}` needs `{needed}`", rules[name].query.source.inside(at_.start, at_.end))
        for name, needed in zip(circle[1:], following[1:], strict=True)
        if (at_ := reads[name][needed])
    )
    help = "Take out one of the steps; `offset` reads what a rule has written before."
    return finding("rule-cycle", message, place, help, related, tuple(circle))


def overwritten_labels(query: TypedQuery) -> Iterator[Mistake]:
    """A rule's static label over one that tells its series apart: they become the same series."""
    owner = query.rule or query.alert
    found = query.of(query.tree)
    if owner is None or found.value_type != "vector" or not is_judged(found) or len(found.branches) != 1:
        return
    branch = found.branches[0]
    if branch.names is None or len(branch.names) > 1:
        return
    for name in owner.labels:
        label = branch.label(name)
        if label is None or branch.open or label.choices == 1:
            continue
        certain = query.rule is not None and _has_several(branch, label)
        message = f"the rule's own `{name}` takes the place of the result's, which is all that tells some series apart"
        place = owner.source.at("labels", name).key_place()
        help = f"Give it another name, or aggregate the query `without ({name})`."
        tree = query.tree
        related = (query.related("the query", tree),)
        severity = None if certain else "warning"
        yield Mistake("duplicate-series", tree.start, tree.end, message, help, related, severity, place)  # type: ignore[arg-type]


def _has_several(branch: Branch, label: Label) -> bool:
    return branch.exists is SCRAPED and label.must and len(label.values or ()) > 1


def recorded_names(query: TypedQuery) -> Iterator[Mistake]:
    """Series that only their metric's name tells apart: recorded, all have the rule's name."""
    branches = query.of(query.tree).branches
    if query.rule is None or not is_judged(query.of(query.tree)) or not _collide(branches):
        return
    names = {name for branch in branches for name in branch.names or ("",)}
    if "" in names or len(names) < 2:
        return
    told = listed([f"`{name}`" for name in sorted(names)], 4)
    message = f"recorded under one name, series of {told} are the same, which Prometheus refuses"
    yield at("duplicate-series", query.tree, message, "Record one metric, or each in a rule of its own.")


def patterns_in_vain(query: TypedQuery, node: VectorSelector) -> Iterator[Mistake]:
    """A pattern that no metric's name meets, or a label that none of those has which it meets."""
    environment = query.environment
    if node.name is not None or query.of(node).exists is not NEVER or not environment.complete:
        return
    asked = [matcher for matcher in node.matchers if matcher.label.text == "__name__"]
    if not asked or any(matcher.op.text == "=" or matcher.value.variables for matcher in asked):
        return
    questions = [acceptance(matcher) for matcher in asked]
    names = [name for name in environment.series if all(accepts(name) is not False for accepts in questions)]
    if not names:
        first = next((matcher for matcher in asked if matcher.op.text == "=~"), asked[0])
        message = f"no metric has a name that meets `{query.text(first)}`"
        help = did_you_mean(first.value.text, environment.series) or "Declare it under `metrics:`."
        yield at("unknown-metric", first.value, message, help)
        return
    branches = [branch for name in names for branch in environment.series[name].branches]
    for word in (matcher.label for matcher in node.matchers):
        plain = not word.variables and word.text not in ("__name__", *environment.external_labels)
        if plain and all(branch.lacks(word.text) for branch in branches):
            known = sorted({name for branch in branches for name in branch.labels})
            help = did_you_mean(word.text, known) or f"Their labels are {listed(known)}."
            told = listed([f"`{name}`" for name in names], 3)
            verb = "has" if len(names) == 1 else "have"
            yield at("unknown-label", word, f"{told} {verb} no label `{word.text}`", help)


def ambiguous_names(query: TypedQuery, node: Aggregate | Call | BinaryExpr) -> Iterator[Mistake]:
    """A pattern over several metrics' names under what treats them as one."""
    nameless = [found for child in children(node) if (found := _nameless(child)) is not None]
    if not nameless or _minds_names(query, node):
        return
    for selector in nameless:
        yield from _several_names(query, node, selector)


def _minds_names(query: TypedQuery, node: Aggregate | Call | BinaryExpr) -> bool:
    """Whether the metrics are kept apart, or only their being there is asked for."""
    if isinstance(node, Aggregate):
        counts = node.op.text in ("count", "group", "count_values", "limitk", "limit_ratio")
        return counts or (node.grouping is not None and _keeps_name(node.grouping))
    if isinstance(node, Call):
        return node.function.text in _ABOUT_PRESENCE
    return node.op.text in ("and", "or", "unless") or query.of(node).keeps_name is not False


_ABOUT_PRESENCE = frozenset(("absent", "absent_over_time", "last_over_time", "first_over_time", "sort", "sort_desc",
                             "sort_by_label", "sort_by_label_desc", "label_replace", "label_join", "info"))  # fmt: skip
"""Functions that keep the name, or ask only whether there is something."""


def _keeps_name(grouping: LabelList) -> bool:
    return grouping.keyword.text.lower() == "by" and any(
        word.text == "__name__" or word.variables for word in grouping.labels
    )


def _nameless(node: Expr) -> VectorSelector | None:
    """The selector without a name that stands here, perhaps with a range or in parentheses."""
    while not isinstance(node, VectorSelector):
        if isinstance(node, ParenExpr):
            node = node.expr
        elif isinstance(node, MatrixSelector):
            node = node.selector
        else:
            return None
    return node if node.name is None else None


def _several_names(query: TypedQuery, node: Expr, selector: VectorSelector) -> Iterator[Mistake]:
    branches = query.of(selector).branches
    names = sorted({name for branch in branches for name in branch.names or ()})
    if any(branch.names is None for branch in branches) or len(names) < 2 or not is_judged(query.of(selector)):
        return
    told = listed([f"`{name}`" for name in names], 4)
    drops_name = isinstance(node, (Call, BinaryExpr)) and query.of(node).value_type == "vector"
    if drops_name and len(branches) > 1 and _collide(branches):
        message = f"without their names, series of {told} are the same, which Prometheus refuses"
        yield at("duplicate-series", selector, message, "Query one metric, or each by itself with `or`.")
        return
    message = f"this selects {told}, which are treated as one metric"
    yield at("ambiguous-name", selector, message, "Name one metric, or keep them apart with `by (__name__)`.")


def _collide(branches: tuple[Branch, ...]) -> bool:
    """Whether two metrics surely have series that differ in nothing but the name."""
    seen: list[Branch] = [branch for branch in branches if branch.exists is SCRAPED and not branch.open]
    return any(_same_labels(one, other) for number, one in enumerate(seen) for other in seen[:number])


def _same_labels(one: Branch, other: Branch) -> bool:
    return one.labels.keys() == other.labels.keys() and all(
        _share(one.labels[name], other.labels[name]) for name in one.labels
    )


def _share(one: MaybeLabel, other: MaybeLabel) -> bool:
    if one is None or other is None or one.values is None or other.values is None:
        return False
    return bool(set(one.values) & set(other.values))
