"""`and`, `or`, `unless`: whole series, kept or left out. Source: Prometheus's page "Operators"."""

from __future__ import annotations

from gaugewright.promql.syntax import BinaryExpr
from gaugewright.promql.types.matching import Matching, agreed, matching_of, nothing_must_agree, pairs
from gaugewright.promql.types.state import (
    ALWAYS,
    MAYBE,
    MOST_BRANCHES,
    NEVER,
    Branch,
    Type,
    bounded,
    merged,
    not_all,
    typed,
)


def set_operation(node: BinaryExpr, left: Type, right: Type) -> Type:
    """The type of `left op right`."""
    matching = matching_of(node)
    if left.guess or right.guess:
        return Type("vector", (Branch({}, True, names=None, sample="unknown", role="unknown"),))
    match node.op.text:
        case "and":
            return _and(left, right, matching)
        case "unless":
            return typed("vector", tuple(_unless(branch, right, matching) for branch in left.branches))
        case _:
            return _or(left, right, matching)


def _and(left: Type, right: Type, matching: Matching) -> Type:
    ours, theirs = left.branches, right.branches
    if len(ours) * len(theirs) > MOST_BRANCHES:
        theirs = (merged(theirs),)
    met = [tuple(_with_partner(branch, other, matching) for other in theirs) for branch in ours]
    # A series is kept once, however many partners it has.
    return typed("vector", tuple(_any(branch, found) for branch, found in zip(ours, met, strict=True)))


def _any(branch: Branch, found: tuple[Branch, ...]) -> Branch:
    living = tuple(other for other in found if other.exists is not NEVER)
    if not living:
        return found[0]
    return living[0] if len(living) == 1 else merged(living)._replace(most=branch.most)


def _with_partner(branch: Branch, other: Branch, matching: Matching) -> Branch:
    """The series of a branch that have one in another."""
    found = pairs(branch, other, matching)
    if found.clash is not None or min(branch.exists, other.exists) is NEVER:
        return branch._replace(exists=NEVER, most=0)
    sure = _surely_all(other, matching)
    exists = branch.exists if sure else MAYBE
    return bounded(branch._replace(labels=agreed(branch, other, found, matching), exists=exists))


def _surely_all(other: Branch, matching: Matching) -> bool:
    """Whether every series finds a partner: one is always there, and nothing needs to agree."""
    return other.exists is ALWAYS and matching.on and matching.labels == ()


def _unless(branch: Branch, right: Type, matching: Matching) -> Branch:
    """The series of a branch that have none in the other side."""
    sides = [other for other in right.branches if pairs(branch, other, matching).clash is None]
    if branch.exists is NEVER or all(other.exists is NEVER for other in sides):
        return branch
    if any(_removes_all(branch, other, matching) for other in sides):
        return branch._replace(exists=NEVER, most=0)
    return branch._replace(exists=MAYBE)


def _removes_all(branch: Branch, other: Branch, matching: Matching) -> bool:
    """Whether a series that is always there meets every one of the branch: neither has labels that must agree."""
    return other.exists is ALWAYS and nothing_must_agree(branch, other, matching)


def _or(left: Type, right: Type, matching: Matching) -> Type:
    """All of the left, and what is new on the right."""
    more = tuple(
        other for other in right.branches if not any(_removes_all(other, branch, matching) for branch in left.branches)
    )
    rivals = [other for other in more if _has_rival(other, left, matching)]
    if any(other.exists is ALWAYS for other in rivals):
        # `x or vector(0)`: one of the two is always there, but neither is for sure.
        return typed("vector", (bounded(merged((*left.branches, *more))),))
    unsure = (other._replace(exists=not_all(other.exists)) if other in rivals else other for other in more)
    return typed("vector", (*left.branches, *unsure))


def _has_rival(other: Branch, left: Type, matching: Matching) -> bool:
    """Whether a series of the left can be there in the stead of one of the right."""
    return any(branch.exists is not NEVER and pairs(other, branch, matching).clash is None for branch in left.branches)
