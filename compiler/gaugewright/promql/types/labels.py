"""What is known of one label of a set of series: whether they have it, and which values it can take.

A label that surely is on none of them is `None` (or not in the mapping); a missing label is the empty
string to every matcher and match, as in Prometheus.

`values` are the values that the spec declares. `guards` are those that the generated module exposes in their
place when the service gives a value that it may not (`__invalid__`, `__overflow__`, `__redacted__`): a data
set that satisfies the spec has none of them, so they are neither shown nor counted, but a matcher that asks
for one is honest and is never called empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final, NamedTuple, TypeAlias


class Label(NamedTuple):
    """A label that some of the series have, or all of them (`must`)."""

    must: bool
    values: tuple[str, ...] | None
    """Each value once, none of them empty; None: any."""
    guards: tuple[str, ...] = ()
    most: int | None = None
    """The most different values of an open label; None where nothing bounds them."""

    @property
    def choices(self) -> int | None:
        """In how many ways a series can have it or lack it; None: without bound."""
        several = self.most if self.values is None else max(1, len(self.values))
        return None if several is None else several + (not self.must)


class Impossible(Enum):
    """The answer where no series can be."""

    NOTHING = "nothing"


NOTHING: Final = Impossible.NOTHING

MaybeLabel: TypeAlias = Label | None
ANY: Final = Label(False, None)
"""A label of which nothing is known."""

Labels: TypeAlias = Mapping[str, Label]


def closed(*values: str, must: bool = True, guards: tuple[str, ...] = ()) -> Label:
    """A label with these values and no others."""
    return Label(must, values, guards)


def optional(label: Label) -> Label:
    """The same where some series may lack it."""
    return label._replace(must=False) if label.must else label


def meet(left: MaybeLabel, right: MaybeLabel) -> MaybeLabel | Impossible:
    """What a label is on two series that agree in it: both have the same value, or both lack it."""
    if left is None or right is None:
        other = right if left is None else left
        return NOTHING if other is not None and other.must else None
    if left.values is right.values and left.guards == right.guards and left.must == right.must:
        return left if left.most == right.most else left._replace(most=least(left.most, right.most))
    must = left.must or right.must
    values = _common(left.values, right.values)
    guards = _common_guards(left, right)
    if values is None:
        return Label(must, None, guards, least(left.most, right.most))
    if values or guards:
        return Label(must, values, guards)
    return NOTHING if must else None


def _common(left: tuple[str, ...] | None, right: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if left is None or right is None:
        return right if left is None else left
    if left is right:
        return left
    known = frozenset(right)
    return tuple(value for value in left if value in known)


def _common_guards(left: Label, right: Label) -> tuple[str, ...]:
    """Guards meet where one side was asked for nothing else: then someone looks for them on purpose."""
    if left.values == () or right.values == ():
        ours, theirs = (*(left.values or ()), *left.guards), (*(right.values or ()), *right.guards)
        return tuple(value for value in ours if value in theirs or right.values is None or left.values is None)
    if left.values is None or right.values is None:  # what can be anything can be a guard
        return right.guards if left.values is None else left.guards
    return tuple(guard for guard in left.guards if guard in right.guards) if left.guards else ()


def union(left: MaybeLabel, right: MaybeLabel) -> MaybeLabel:
    """What a label is on a series that is of the one kind or of the other."""
    if left is None or right is None:
        other = right if left is None else left
        return None if other is None else optional(other)
    if left == right:
        return left
    must = left.must and right.must
    guards = tuple(dict.fromkeys((*left.guards, *right.guards)))
    if left.values is None or right.values is None:
        sizes = [label.most if label.values is None else len(label.values) for label in (left, right)]
        most = None if None in sizes else sum(size for size in sizes if size is not None)
        return Label(must, None, guards, most)
    return Label(must, tuple(dict.fromkeys((*left.values, *right.values))), guards)


def combinations(labels: Iterable[Label]) -> int | None:
    """The most combinations that the labels can have; None: without bound."""
    product = 1
    for label in labels:
        choices = label.choices
        if choices is None:
            return None
        product *= choices
    return product


def least(left: int | None, right: int | None) -> int | None:
    """The smaller of two bounds, where None is no bound."""
    if left is None or right is None:
        return right if left is None else left
    return min(left, right)
