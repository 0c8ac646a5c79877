"""What the queries are about: the series that exist, and how often they are scraped and evaluated.

Plain data, so that it can be made from a spec's model, from a live server, or by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gaugewright.promql.syntax import Expr
from gaugewright.promql.types.intervals import ANYTHING, COUNTS, ONE, POSITIVE, Interval
from gaugewright.promql.types.labels import Label
from gaugewright.promql.types.state import MAYBE, SCRAPED, Branch, Existence, Role, Type, bounded
from gaugewright.promql.types.units import MaybeUnit

_VALUES: dict[Role, Interval] = {"counter": POSITIVE, "bucket": COUNTS, "count": COUNTS, "info": ONE}


@dataclass(frozen=True, slots=True)
class SeriesType:
    """All series of one name. `branches` have their target labels; recorded ones may have several branches.

    `definition` is a recorded series' own expression, where nothing was added to its result."""

    name: str
    branches: tuple[Branch, ...]
    recorded: bool = False
    definition: Expr | None = field(default=None, compare=False, repr=False)


def scraped_series(
    name: str,
    role: Role,
    labels: Mapping[str, Label],
    *,
    unit: MaybeUnit = None,
    value: Interval | None = None,
    initialized: bool = False,
    open_labels: bool = False,
    bound_unit: MaybeUnit = None,
    most: int | None = None,
) -> SeriesType:
    """Series that a target exposes: `labels` are its own, `le` and the target's. `initialized`: there from the
    start, one for each combination of the labels' values. `most`: of series, where it is less than these are."""
    exists: Existence = SCRAPED if initialized and all(label.must for label in labels.values()) else MAYBE
    branch = Branch(
        labels=dict(labels),
        open=open_labels,
        names=frozenset((name,)),
        value=_VALUES.get(role, ANYTHING) if value is None else value,
        unit=unit,
        role=role,
        exists=exists,
        most=most,
        bound_unit=bound_unit,
    )
    return SeriesType(name, (bounded(branch),))


def unknown_series(name: str | None) -> Branch:
    """Series of which nothing is known but perhaps the name."""
    names = None if name is None else frozenset((name,))
    return Branch({}, True, names=names, sample="unknown", role="unknown", exists=MAYBE)


def recorded_series(
    name: str, results: tuple[tuple[Type, Mapping[str, str]], ...], definition: Expr | None
) -> SeriesType:
    """What recording rules of one name store: each one's result, with the labels that the rule sets."""
    branches = tuple(_recorded(name, branch, labels) for result, labels in results for branch in result.branches)
    same = definition if len(results) == 1 and not results[0][1] else None
    return SeriesType(name, branches, recorded=True, definition=same)


def _recorded(name: str, branch: Branch, added: Mapping[str, str]) -> Branch:
    labels: dict[str, Label] = dict(branch.labels)
    absent = branch.absent
    for label, value in added.items():
        labels.pop(label, None)
        if value:
            labels[label] = Label(True, (value,))
            absent -= {label}
        elif branch.open:
            absent |= {label}
    exists = min(branch.exists, SCRAPED if branch.exists is SCRAPED else MAYBE)
    return branch._replace(labels=labels, absent=absent, names=frozenset((name,)), exists=exists, stage=_stage(branch))


def _stage(branch: Branch) -> Any:
    """A recorded aggregate of raw counters falls when one of them does: it is no counter any more."""
    return branch.stage


@dataclass(frozen=True, slots=True)
class Environment:
    """`complete`: there are no other series than these. `scrape_interval`, `evaluation_interval`: seconds, None
    where not known. `expanded`: recorded series to be read as their definitions, whose values are of the same
    instant: those of earlier rules in the same group.

    It remembers what it found for selectors, which makes the second query that uses one faster."""

    series: Mapping[str, SeriesType]
    scrape_interval: float | None = None
    evaluation_interval: float | None = None
    complete: bool = True
    expanded: Mapping[str, Expr] = field(default_factory=dict)
    external_labels: frozenset[str] = frozenset()
    """Labels that are added on the way to remote systems: local queries do not see them."""
    selected: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """The memory; of no meaning to others."""
