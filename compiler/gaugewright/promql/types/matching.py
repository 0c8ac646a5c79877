"""How the series of two sides are matched, and which labels their pairs have.

Source: Prometheus's page "Operators", section "Vector matching", and its engine (`resultMetric`): the metric's
name takes part only where `on(__name__)` says so; a label that a side lacks is empty there.
"""

from __future__ import annotations

from typing import NamedTuple

from gaugewright.promql.syntax import BinaryExpr
from gaugewright.promql.types.aggregations import listed
from gaugewright.promql.types.labels import (
    NOTHING,
    Label,
    Labels,
    MaybeLabel,
    combinations,
    least,
    meet,
    optional,
)
from gaugewright.promql.types.state import MAYBE, NEVER, SCRAPED, UNNAMED, Branch, Existence, not_all


class Matching(NamedTuple):
    """`on`: whether `labels` are those that must agree (else those that need not). `labels` is None where a
    dashboard variable stands for some. `copied` are group_left's or group_right's labels."""

    on: bool
    labels: tuple[str, ...] | None
    group: str = ""
    copied: tuple[str, ...] | None = ()


_DEFAULT = Matching(False, ())


def matching_of(node: BinaryExpr) -> Matching:
    if node.matching is None and node.group is None:
        return _DEFAULT
    on = node.matching is not None and node.matching.keyword.text.lower() == "on"
    group = "" if node.group is None else node.group.keyword.text.lower()
    return Matching(on, listed(node.matching), group, listed(node.group))


class Pairs(NamedTuple):
    """Series of two sides that agree: `labels` are what the matched labels are on both, `clash` names one that
    cannot agree."""

    labels: Labels
    open: bool
    absent: frozenset[str]
    clash: str | None


def pairs(left: Branch, right: Branch, matching: Matching) -> Pairs:
    """What the matched labels are on series that find a partner."""
    if matching.labels is None:
        # Unknown labels must agree: each of a side's labels may be one of them, or not.
        return Pairs({}, True, frozenset(), None)
    names: list[str]
    if matching.on:
        names = [name for name in matching.labels if name != "__name__"]
    else:
        ignored = matching.labels
        names = [name for name in left.labels if name not in ignored]
        names += [name for name in right.labels if name not in ignored and name not in left.labels]
    labels: dict[str, Label] = {}
    clash = _names_clash(left, right, matching)
    for name in names:
        label = meet(left.label(name), right.label(name))
        if label is NOTHING:
            clash = clash or name
        elif isinstance(label, Label):
            labels[name] = label
    open_ = not matching.on and left.open and right.open
    absent = left.absent | right.absent | frozenset(matching.labels if not matching.on else ())
    return Pairs(labels, open_, absent, clash)


def _names_clash(left: Branch, right: Branch, matching: Matching) -> str | None:
    if not matching.on or matching.labels is None or "__name__" not in matching.labels:
        return None
    if left.names is None or right.names is None or left.names & right.names:
        return None
    return "__name__"


def joined(left: Branch, right: Branch, matching: Matching, keeps_name: bool) -> Branch:
    """The labels, names and number of the results of `left op right`; `left` is the many side of a group.

    Values and units are the caller's."""
    found = pairs(left, right, matching)
    if found.clash is not None:
        labels = left.labels if matching.group else {}
        return left._replace(labels=labels, names=UNNAMED, exists=NEVER, most=0)
    exists = _existence(left, right, found, matching)
    if matching.labels is None:
        return _unknown_pairs(left, right)
    if matching.group:
        return _many_to_one(left, right, found, matching, keeps_name)._replace(
            exists=exists if matching.copied == () else not_all(exists)
        )
    names = left.names if keeps_name and (not matching.on or "__name__" in matching.labels) else UNNAMED
    most = least(least(left.most, right.most), None if found.open else combinations(found.labels.values()))
    return left._replace(
        labels=found.labels,
        open=found.open,
        absent=found.absent if found.open else frozenset(),
        names=names,
        exists=exists,
        most=most,
    )


def _existence(left: Branch, right: Branch, found: Pairs, matching: Matching) -> Existence:
    """Every combination exists on both sides only where both create the same ones at their start."""
    both = min(left.exists, right.exists)
    if both <= MAYBE or nothing_must_agree(left, right, matching):
        return both
    if left.open or right.open or matching.labels is None or not left.exists is right.exists is SCRAPED:
        return MAYBE
    return SCRAPED if all(_is_whole(name, label, left, right) for name, label in found.labels.items()) else MAYBE


def _is_whole(name: str, both: Label, left: Branch, right: Branch) -> bool:
    """Whether a label that the sides agree in has on each of them the same values, and always one."""
    sides = left.label(name), right.label(name)
    return all(side is not None and side.must and _size(side) == _size(both) for side in sides)


def nothing_must_agree(left: Branch, right: Branch, matching: Matching) -> bool:
    """Whether every series of one side meets every one of the other: neither has labels that must agree."""
    if matching.labels is None or left.open or right.open:
        return False
    if matching.on:
        return all(name != "__name__" and left.lacks(name) and right.lacks(name) for name in matching.labels)
    return not (set(left.labels) | set(right.labels)).difference(matching.labels)


def _size(label: MaybeLabel) -> int:
    return -1 if label is None or label.values is None else len(label.values)


def _many_to_one(many: Branch, one: Branch, found: Pairs, matching: Matching, keeps_name: bool) -> Branch:
    """All labels of the many side; those that group_left lists come from the one side, or go."""
    labels = agreed(many, one, found, matching)
    names = many.names if keeps_name else UNNAMED
    if matching.copied is None:
        return many._replace(labels={n: optional(label) for n, label in labels.items()}, open=True, absent=frozenset(),
                             names=None if keeps_name else UNNAMED)  # fmt: skip
    absent = many.absent
    for name in matching.copied:
        label = one.label(name)
        if name in found.labels and label is not None:
            label = found.labels[name]
        labels.pop(name, None)
        absent -= {name}
        if name == "__name__":
            names = one.names
        elif label is None:
            absent |= {name}
        else:
            labels[name] = label
    return many._replace(labels=labels, absent=absent if many.open else frozenset(), names=names)


def agreed(branch: Branch, other: Branch, found: Pairs, matching: Matching) -> dict[str, Label]:
    """The labels of one side, narrowed to what agrees with the other: a label that must agree with a side that
    surely lacks it is empty here too."""
    if matching.labels is None:
        return dict(branch.labels)
    listed_ = matching.labels
    labels = {
        name: label
        for name, label in branch.labels.items()
        if (name in listed_) is not matching.on or other.label(name) is not None
    }
    labels.update((name, label) for name, label in found.labels.items() if branch.label(name) is not None)
    return labels


def _unknown_pairs(left: Branch, right: Branch) -> Branch:
    """`on ($label)`: the results have some of the left side's labels (or, in a group, all)."""
    labels = {name: optional(label) for name, label in left.labels.items()}
    return left._replace(labels=labels, names=None, exists=MAYBE, open=True, absent=frozenset())


def many_per_group(branch: Branch, matching: Matching) -> bool | None:
    """Whether several of the branch's series fall into one match group: True where they surely do while the
    service is scraped, False where they cannot, None where that depends on which series there are."""
    if matching.labels is None or branch.open or branch.names is None or len(branch.names) > 1:
        return None
    free = [label for name, label in branch.labels.items() if (name in matching.labels) is not matching.on]
    choices = combinations(free)
    if choices == 1 or branch.most in (0, 1):
        return False
    if branch.exists is SCRAPED and any(label.must and _size(label) > 1 for label in free):
        return True
    return None
