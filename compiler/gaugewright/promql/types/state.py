"""The type of a query: what is known of its result before anything runs.

A result is a list of branches, each a set of series of one kind; `or` and a pattern over several metric names
add branches. Everything over-approximates: a label that a branch lacks is on no series, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf
from typing import Final, Literal, NamedTuple

from gaugewright.promql.syntax import ValueType
from gaugewright.promql.types.intervals import ANYTHING, Interval, hull
from gaugewright.promql.types.labels import ANY, Label, Labels, MaybeLabel, combinations, least, union
from gaugewright.promql.types.units import MaybeUnit, either

Presence = Literal["always", "maybe"]
Emptiness = Literal["never has a result", "maybe", "always has"]
Sample = Literal["float", "histogram", "unknown"]
Role = Literal["counter", "gauge", "bucket", "sum", "count", "info", "bool", "quantile", "unknown"]
Stage = Literal["raw", "increase", "derived"]
"""`raw`: as stored. `increase`: a counter's growth (rate, increase, irate). `derived`: computed otherwise."""


class Existence(IntEnum):
    """Whether there are series, from "surely none" to "surely". The smaller of two holds for both together.

    `SCRAPED`: while the service is scraped, there is a series for *every* combination of the labels' values,
    since the module creates them all at its start. `ALWAYS`: one at least, whatever happens (`vector(1)`).
    """

    NEVER = 0
    MAYBE = 1
    SCRAPED = 2
    ALWAYS = 3


NEVER, MAYBE, SCRAPED, ALWAYS = Existence
UNNAMED: Final[frozenset[str]] = frozenset(("",))
"""The `names` of a branch whose series have lost their name."""


def not_all(exists: Existence) -> Existence:
    """Of series that are now only some of those that were."""
    return MAYBE if exists is SCRAPED else exists


class Branch(NamedTuple):
    """Series of one kind. Within a branch no two series have the same labels."""

    labels: Labels
    """Those that some series may have; a label that is not here is on none, unless `open`."""
    open: bool = False
    """Whether there may be labels that are not listed; those in `absent` are surely not there."""
    absent: frozenset[str] = frozenset()
    names: frozenset[str] | None = UNNAMED
    """The metric names that the series can have; "" for none; None: any."""
    sample: Sample = "float"
    value: Interval = ANYTHING
    unit: MaybeUnit = None
    role: Role = "gauge"
    stage: Stage = "raw"
    exists: Existence = MAYBE
    most: int | None = None
    """The greatest number of series; None: without bound."""
    bound_unit: MaybeUnit = None
    """Of buckets: the unit of what was observed, in which `le` is written."""

    def label(self, name: str) -> MaybeLabel:
        """What is known of a label; None where no series has it."""
        found = self.labels.get(name)
        if found is None and self.open and name not in self.absent:
            return ANY
        return found

    def lacks(self, name: str) -> bool:
        return name not in self.labels and (not self.open or name in self.absent)


def bounded(branch: Branch) -> Branch:
    """The branch with the number of its series bounded by its labels too."""
    if branch.open or len(branch.names or ("", "")) > 1:
        return branch
    most = least(branch.most, combinations(branch.labels.values()))
    return branch if most == branch.most else branch._replace(most=most)


MOST_BRANCHES: Final = 8


def merged(branches: tuple[Branch, ...]) -> Branch:
    """One branch that holds them all: what each says of a label, a value, a unit, together."""
    while len(branches) > 1:  # in pairs, since a union costs as much as its sides are large
        pairs = zip(branches[::2], branches[1::2], strict=False)
        branches = (*(_both(one, other) for one, other in pairs), *branches[len(branches) // 2 * 2 :])
    return branches[0]


def _both(left: Branch, right: Branch) -> Branch:
    open_ = left.open or right.open
    absent = frozenset(
        name for name in left.absent | right.absent if left.lacks(name) and right.lacks(name)
    ) if open_ else frozenset()  # fmt: skip
    labels: dict[str, Label] = {}
    for name in (*left.labels, *(name for name in right.labels if name not in left.labels)):
        label = union(left.label(name), right.label(name))
        if label is not None:
            labels[name] = label
    most = None if left.most is None or right.most is None else left.most + right.most
    return Branch(
        labels,
        open_,
        absent,
        None if left.names is None or right.names is None else left.names | right.names,
        left.sample if left.sample == right.sample else "unknown",
        hull(left.value, right.value),
        either(left.unit, right.unit),
        left.role if left.role == right.role else "unknown",
        left.stage if left.stage == right.stage else "derived",
        _existence_of_either(left.exists, right.exists),
        most,
        either(left.bound_unit, right.bound_unit),
    )


def _existence_of_either(left: Existence, right: Existence) -> Existence:
    """`SCRAPED` speaks of every combination of labels, which two branches together no longer have."""
    return not_all(max(left, right))


@dataclass(frozen=True, slots=True)
class LabelType:
    """A label as a reader sees it: `values` in declared order, None where any can be."""

    presence: Presence
    values: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Type:
    """The static type of an expression."""

    value_type: ValueType
    branches: tuple[Branch, ...]
    """At least one. Branches that never have a series are left out, unless there is no other."""
    window: float | None = None
    """Of a matrix: its length in seconds; None where a variable decides it."""
    step: float | None = None
    """Of a matrix: the least time between two of its samples, in seconds; None where it is not known."""
    text: str | None = None
    """Of a string: its value, unless a variable decides it."""
    guess: bool = field(default=False)
    """A dashboard variable that was read as a number and may as well be a metric."""

    @property
    def live(self) -> tuple[Branch, ...]:
        return () if self.emptiness == "never has a result" else self.branches

    @property
    def emptiness(self) -> Emptiness:
        exists = self.exists
        if exists is NEVER:
            return "never has a result"
        return "always has" if exists is ALWAYS else "maybe"

    @property
    def while_scraped(self) -> bool:
        """Whether there is a result while the service is scraped: the module creates these series at its start."""
        return self.exists in (SCRAPED, ALWAYS)

    @property
    def exists(self) -> Existence:
        return max(branch.exists for branch in self.branches)

    @property
    def labels(self) -> Mapping[str, LabelType]:
        """Every label that a series of the result can have, without the metric's name."""
        whole = self.whole
        return {name: _shown(label) for name, label in whole.labels.items()}

    @property
    def whole(self) -> Branch:
        """All branches as one."""
        return self.branches[0] if len(self.branches) == 1 else merged(self.branches)

    def label(self, name: str) -> MaybeLabel:
        found = self.branches[0].label(name)
        for branch in self.branches[1:]:
            found = union(found, branch.label(name))
        return found

    def lacks(self, name: str) -> bool:
        """Whether surely no series of the result has the label."""
        return all(branch.lacks(name) for branch in self.branches)

    @property
    def unit(self) -> MaybeUnit:
        unit = self.branches[0].unit
        for branch in self.branches[1:]:
            unit = either(unit, branch.unit)
        return unit

    @property
    def value(self) -> Interval:
        value = self.branches[0].value
        for branch in self.branches[1:]:
            value = hull(value, branch.value)
        return value

    @property
    def range(self) -> tuple[float | None, float | None]:
        """The smallest and the greatest value; None where there is no bound. NaN is told by `value.nan`."""
        value = self.value
        return (
            None if value.low == -inf or value.is_empty else value.low,
            None if value.high == inf or value.is_empty else value.high,
        )

    @property
    def max_series(self) -> int | None:
        """The greatest number of series; None: nothing bounds it."""
        total = 0
        for branch in self.branches:
            if branch.exists is NEVER:
                continue
            if branch.most is None:
                return None
            total += branch.most
        return total

    @property
    def names(self) -> frozenset[str] | None:
        """The metric names that the result can have, "" for none; None: any."""
        found: frozenset[str] = frozenset()
        for branch in self.branches:
            if branch.names is None:
                return None
            found |= branch.names
        return found

    @property
    def name(self) -> str | None:
        """The metric's name, where the result surely keeps it and it is but one."""
        names = self.names
        only = next(iter(names)) if names is not None and len(names) == 1 else ""
        return only or None

    @property
    def keeps_name(self) -> bool | None:
        """Whether series have a metric's name; None where some may."""
        names = self.names
        if names is None:
            return None
        return False if names == UNNAMED else True if "" not in names else None

    @property
    def is_histogram(self) -> bool | None:
        """Whether samples are native histograms; None where that is not known."""
        samples = {branch.sample for branch in self.branches}
        return None if "unknown" in samples or len(samples) > 1 else samples == {"histogram"}


def _shown(label: Label) -> LabelType:
    values = label.values
    return LabelType("always" if label.must else "maybe", label.guards if values == () else values)


def typed(value_type: ValueType, branches: tuple[Branch, ...]) -> Type:
    """A type of these branches: the never ones left out where there are others, too many made one."""
    if len(branches) > 1:
        living = tuple(branch for branch in branches if branch.exists is not NEVER)
        branches = living or (merged(branches),)
        if len(branches) > MOST_BRANCHES:
            branches = (merged(branches),)
    return Type(value_type, branches)
