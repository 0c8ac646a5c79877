"""Operators whose two sides cannot match, match too often, or match in vain.

Rules: Prometheus's page "Operators", section "Vector matching". A label that a side lacks is empty there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gaugewright.checks.promql.edits import around
from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import Edit, Mend, replaced
from gaugewright.diagnostics.suggest import listed
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Expr,
    LabelList,
    NumberLiteral,
    ParenExpr,
    Placed,
    selectors,
    unwrap,
)
from gaugewright.promql.types import Type
from gaugewright.promql.types.labels import NOTHING, meet
from gaugewright.promql.types.matching import Matching, many_per_group, matching_of, pairs
from gaugewright.promql.types.state import ALWAYS, Branch

_SETS: Final = ("and", "or", "unless")


def matches(query: TypedQuery, node: BinaryExpr) -> Iterator[Mistake]:
    """What is wrong with how the two sides of an operator are matched."""
    left, right = query.of(node.lhs), query.of(node.rhs)
    if left.value_type != "vector" or right.value_type != "vector" or not is_judged(left, right):
        return
    matching = matching_of(node)
    if matching.labels is None or node.fill is not None:
        return
    op = node.op.text
    if op == "or":
        yield from _hidden(query, node, left, right, matching)
    elif _clashes(left, right, matching) is not None:
        yield from _unmatched(query, node, left, right, matching)
    elif op not in _SETS:
        yield from _several(query, node, left, right, matching)


def _is_asked_in_vain(query: TypedQuery, side: Expr, name: str) -> bool:
    """Whether a matcher asks for the label of series that lack it."""
    return any(
        query.of(node).lacks(name) and name in (matcher.label.text for matcher in node.matchers)
        for node in selectors(side)
    )


def _clashes(left: Type, right: Type, matching: Matching) -> str | None:
    """A label for which no two series of the sides agree; None where some may."""
    found = None
    for ours in left.branches:
        for theirs in right.branches:
            clash = pairs(ours, theirs, matching).clash
            if clash is None:
                return None
            found = found or clash
    return found


def _unmatched(query: TypedQuery, node: BinaryExpr, left: Type, right: Type, matching: Matching) -> Iterator[Mistake]:
    name = _clashes(left, right, matching) or ""
    lacking = left.lacks(name) or right.lacks(name)
    if matching.on and lacking and name in (matching.labels or ()):
        return  # told at the label, in `labels`
    if lacking and _is_asked_in_vain(query, node.lhs if left.lacks(name) else node.rhs, name):
        return  # told at the matcher, as `unknown-label`
    why = _why(name, left, right)
    if node.op.text == "unless":
        place = Placed(node.op.start, node.rhs.end)
        shared = _shared(left, right, False)
        help, mend = _match_by(shared), _matched(node, shared)
        yield at("useless-operand", place, f"`unless` removes nothing here: {why}", help, mend)
        return
    place = node.op if node.matching is None else Placed(node.op.start, node.matching.end)
    shared = _shared(left, right, node.op.text not in _SETS)
    help, mend = _match_by(shared), _matched(node, shared)
    yield at("impossible-match", place, f"no series of the two sides match: {why}", help, mend)


def _why(name: str, left: Type, right: Type) -> str:
    if name == "__name__":
        return "they have different names"
    if left.lacks(name) or right.lacks(name):
        has, lacks = ("right", "left") if left.lacks(name) else ("left", "right")
        one, other = (right, left) if left.lacks(name) else (left, right)
        names = [f"`{label}`" for label, known in one.whole.labels.items() if known.must and other.lacks(label)]
        return f"the {has} side has {listed(names)}, and the {lacks} side has not"
    return f"`{name}` is {_said(name, left)} on the left and {_said(name, right)} on the right"


def _said(name: str, side: Type) -> str:
    label = side.labels.get(name)
    values = label.values if label is not None else None
    return "something else" if values is None else listed([f'"{v}"' for v in values], 4).replace(" and ", " or ")


def _match_by(shared: str) -> str:
    return f"Match by what they share: `{shared}`." if shared else "Match by labels that both sides have: `on (...)`."


def _shared(left: Type, right: Type, grouped: bool) -> str:
    """A matching that can succeed: by the labels that both sides have and whose values meet; "" if nobody knows."""
    ours, theirs = left.whole, right.whole
    if ours.open or theirs.open:
        return ""
    common = [name for name in ours.labels if _may_agree(ours, theirs, name)]
    left_over = any(name not in common for name in ours.labels if theirs.lacks(name))
    right_over = any(name not in common for name in theirs.labels if ours.lacks(name))
    many = " group_left" if left_over and not right_over else " group_right" if right_over and not left_over else ""
    differing = [name for name in (*ours.labels, *theirs.labels) if name not in common]
    if common and len(set(differing)) < len(common):
        list_ = f"ignoring ({', '.join(dict.fromkeys(differing))})"
    else:
        list_ = f"on ({', '.join(common)})"
    return f"{list_}{many if grouped else ''}"


def _matched(node: BinaryExpr, shared: str) -> Mend | None:
    """Another matching in the place of the one that is there, or of none."""
    if not shared or (node.returns_bool and node.matching is None):  # nothing tells where `bool` ends
        return None
    if node.matching is None:
        return replaced(node.op.end, node.op.end, f" {shared}")
    end = node.group.end if node.group is not None else node.matching.end
    return replaced(node.matching.start, end, shared)


def _may_agree(left: Branch, right: Branch, name: str) -> bool:
    label = meet(left.label(name), right.label(name))
    return label is not None and label is not NOTHING


def _several(query: TypedQuery, node: BinaryExpr, left: Type, right: Type, matching: Matching) -> Iterator[Mistake]:
    """Several series of a side that must have but one for each match."""
    ours = "" if _has_one_each(node.lhs, matching) else _many(left, matching)
    theirs = "" if _has_one_each(node.rhs, matching) else _many(right, matching)
    if matching.group:
        on_left = matching.group == "group_right"
        one, several, other = (left, ours, right) if on_left else (right, theirs, left)
        if several == "perhaps" and _copies_all(one, matching):
            return  # an info metric: one version at a time
        if several and (several == "surely" or not query.query.variables):
            certain = several == "surely" and other.while_scraped
            yield _too_many(query, node, "left" if on_left else "right", one, matching, certain)
        return
    side, several = ("right", theirs) if theirs else ("left", ours)
    if not several or (several != "surely" and query.query.variables):
        return
    one, other = (right, left) if theirs else (left, right)
    certain = several == "surely" and (other.while_scraped if theirs else query.of(node).while_scraped)
    both = bool(ours and theirs)
    yield _too_many(query, node, "both" if both else side, one, matching, certain)


def _has_one_each(side: Expr, matching: Matching) -> bool:
    """`topk by (pod) (1, x)` has one series for a match that includes the pod."""
    side = unwrap(side)
    if not isinstance(side, Aggregate) or side.op.text not in ("topk", "bottomk", "limitk"):
        return False
    if not isinstance(side.param, NumberLiteral) or not side.param.value < 2:
        return False
    words = side.grouping.labels if side.grouping is not None else ()
    by = side.grouping is None or side.grouping.keyword.text.lower() == "by"
    return by and not any(word.variables or _is_free(word.text, matching) for word in words)


def _copies_all(one: Type, matching: Matching) -> bool:
    """Whether what could tell several series of the one side apart is all copied: `group_left (version) x_info`."""
    return matching.copied is None or set(_free(one, matching)) <= set(matching.copied)


def _free(one: Type, matching: Matching) -> list[str]:
    """The labels that need not agree and can have several values."""
    labels = one.whole.labels
    return [name for name, label in labels.items() if _is_free(name, matching) and label.choices != 1]


def _many(side: Type, matching: Matching) -> str:
    """`surely`, `perhaps`, or nothing where no match has several series of the side, or nobody can tell."""
    answers = {many_per_group(branch, matching) for branch in side.branches}
    if True in answers:
        return "surely"
    known = all(_is_known(branch) for branch in side.branches)
    return "perhaps" if None in answers and known and len(side.branches) == 1 else ""


def _is_known(branch: Branch) -> bool:
    return not branch.open and branch.names is not None and len(branch.names) == 1


def _too_many(query: TypedQuery, node: BinaryExpr, side: str, one: Type, matching: Matching, certain: bool) -> Mistake:
    told = listed([f"`{name}`" for name in _free(one, matching)])
    may = "have" if certain else "can have"
    sides = "both sides" if side == "both" else f"the {side} side"
    if side != "both":
        may = "has" if certain else "can have"
    message = f"{sides} {may} several series for one match, which differ in {told}"
    place: LabelList | Placed = node.matching if node.matching is not None else node.op
    help, mend = _one_for_each(query, node, side, matching, one)
    found = at("many-to-many", place, message, help, mend)
    return found if certain else found._replace(severity="warning")


def _is_free(name: str, matching: Matching) -> bool:
    return (name in (matching.labels or ())) is not matching.on


def _one_for_each(
    query: TypedQuery, node: BinaryExpr, side: str, matching: Matching, one: Type
) -> tuple[str, Mend | None]:
    if side == "left" and not matching.group:
        help = "Add `group_left`, or aggregate the left side."
        return help, replaced(node.matching.end, node.matching.end, " group_left") if node.matching else None
    kept = [name for name in one.labels if not _is_free(name, matching)]
    by = f"sum by ({', '.join(kept)})"
    sides = {"left": (node.lhs,), "right": (node.rhs,), "both": (node.lhs, node.rhs)}[side]
    what = "both sides" if side == "both" else f"the {side} side"
    edits: list[Edit] = []
    for part in sides:
        bare = isinstance(part, ParenExpr)
        edits += [Edit(part.start, part.start, f"{by} ")] if bare else around(part, f"{by} (", ")")
    return f"Aggregate {what}: `{by} (...)`.", Mend(tuple(edits))


def _hidden(query: TypedQuery, node: BinaryExpr, left: Type, right: Type, matching: Matching) -> Iterator[Mistake]:
    """`vector(0) or x`: the left is always there and has the same labels, so the right is never taken."""
    hidden = any(_hides(branch, other, matching) for branch in left.branches for other in right.branches)
    if len(right.branches) == 1 and hidden:
        why = "the left side is always there and matches it"
        help = f"Turn them round: `{query.text(node.rhs)} or {query.text(node.lhs)}`."
        first = Edit(node.lhs.start, node.lhs.end, query.text(node.rhs))
        mend = Mend((first, Edit(node.rhs.start, node.rhs.end, query.text(node.lhs))))
    elif node.lhs == node.rhs and not query.query.variables and not matching.labels:
        why, help = "it is the same as the left", "Leave it out."
        mend = replaced(node.lhs.end, node.end, "", certain=True)
    else:
        return
    place = Placed(node.op.start, node.rhs.end)
    yield at("useless-operand", place, f"the right side of `or` is never used: {why}", help, mend)


def _hides(left: Branch, right: Branch, matching: Matching) -> bool:
    if left.exists is not ALWAYS or left.open or right.open:
        return False
    names: Sequence[str] = matching.labels or ()
    if matching.on:
        return all(left.lacks(name) and right.lacks(name) for name in names)
    return not (set(left.labels) | set(right.labels)).difference(names)
