"""Tries proposals until one makes the alert fire, or stay silent, under both readings of ranges."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.model.model import Model
from gaugewright.model.rules import RecordingRule
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Expr,
    MatrixSelector,
    NumberLiteral,
    SubqueryExpr,
    VectorSelector,
    Word,
    children,
    selectors,
    walk,
)
from gaugewright.witnesses.choices import Choices, attempts
from gaugewright.witnesses.evaluate import Judge, Records
from gaugewright.witnesses.join import COMPARISONS
from gaugewright.witnesses.plan import Plan
from gaugewright.witnesses.series import Key, Sample, Vector
from gaugewright.witnesses.solve import fail, hold, reads_clock
from gaugewright.witnesses.world import Exhausted, Line, Unsolvable, World

_MOST_STEPS = 7000
"""Evaluations in one test that are still quick at the scrape interval; beyond, steps grow longer."""
_FEWER_STEPS = 1000
_STEPS = (30, 60, 120, 240, 600, 1800, 3600, 7200, 21600, 43200, 86400)
_SAMPLES_IN_RANGE = 4
_NATURAL_TIME = 2 * 86400
"""Seconds that a test may last so that a timestamp can be one after 1970."""
_NEIGHBOURS_TRIED = 12
_OTHER_VALUES = 2
"""Proposals for a series that does not fire beside one that does, and values of a label that are tried."""
_EVERY_MOMENT = 400
"""Evaluations before an alert fires that are all looked at; of more, some."""
_SECOND_LOOKS = 2
"""Moments while the alert waits that are looked at, beside the first, the second and the last. All series are
straight lines, so that what holds at these holds between them, but for clocks and modulo."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What an alert waits for: that `expr` has a result for `duration` seconds."""

    expr: Expr
    duration: int


def compared(query: Expr, op: str, bound: float, duration: int) -> Condition:
    """`(query) op bound`, as an alert of a spec says it."""
    return Condition(BinaryExpr(0, 0, Word(0, 0, op), query, NumberLiteral(0, 0, bound)), duration)


@dataclass(frozen=True, slots=True)
class Firing:
    """One series of the condition's result: its labels, and its value under each reading of ranges."""

    labels: Mapping[str, str]
    values: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Witness:
    """Series, a step and a time (seconds): then the alert fires with `firing`, or is silent (none).

    `waiting` is an earlier time at which the condition holds, though not for long enough; None where there is none,
    or it is not the same for both readings of ranges. `neighbours` says that there are series that the condition
    compares and that do not fire beside those that do."""

    lines: tuple[Line, ...]
    step: int
    interval: int
    time: int
    firing: tuple[Firing, ...]
    waiting: int | None = None
    neighbours: bool = False


def records_by_name(model: Model) -> dict[str, list[RecordingRule]]:
    found: dict[str, list[RecordingRule]] = {}
    for rule in model.recording_rules:
        found.setdefault(rule.name, []).append(rule)
    return found


def find(model: Model, condition: Condition, fires: bool) -> Witness:
    """Series for which the alert fires (or stays silent though its data is there).

    Raises Unsolvable with what stood in the way of the first proposal."""
    search = _Search(model, condition, fires)
    first: Unsolvable | None = None
    tried = 0
    for tried, choices in enumerate(attempts(), 1):
        problem, witness = search.proposed(choices)
        if witness is not None:
            return witness
        first = problem if tried == 1 else first
    raise first or Unsolvable(f"none of the {tried} sets of series that were tried does it")


class _Search:
    """What all proposals for one condition have in common."""

    def __init__(self, model: Model, condition: Condition, fires: bool) -> None:
        self._model = model
        self._condition = condition
        self._fires = fires
        self._records = records_by_name(model)
        self._ignored = frozenset(_ignored(condition.expr))
        reach = _reach(condition.expr, self._records)
        length = _length(condition, reach)
        shortest = _shortest_range(condition.expr, self._records)
        self._step = _step(model.config.scrape_interval_seconds, length, shortest)
        self._time = _rounded(length + 5 * self._step, self._step)

    def proposed(self, choices: Choices) -> tuple[Unsolvable | None, Witness | None]:
        """The witness, where the proposal is one; else what stood in its way, where that is known."""
        step = self._step
        plan = self._plan(World(step), choices)
        try:
            (hold if self._fires else fail)(self._condition.expr, plan)
            firing = _judged(self._condition, plan.world, self._records, step, self._time)
        except Exhausted:
            raise
        except Unsolvable as problem:
            return problem, None
        except (ArithmeticError, ValueError, RecursionError):
            return Unsolvable("a number out of range"), None
        if firing is None or bool(firing) != self._fires:
            return None, None
        return None, self._witness(plan.world, firing)

    def _plan(self, world: World, choices: Choices) -> Plan:
        return Plan(
            world, self._model.series, self._model.target_labels, self._records,
            self._time, self._step, self._condition.duration, choices, self._ignored,
        )  # fmt: skip

    def _witness(self, world: World, firing: tuple[Firing, ...]) -> Witness:
        both = self._beside(world, firing) if firing else None
        world = both or world
        waiting = _waiting(self._condition, world, self._records, self._step, self._time) if firing else None
        lines = tuple(world.lines.values())
        return Witness(lines, self._step, self._step, self._time, firing, waiting, both is not None)

    def _beside(self, world: World, firing: tuple[Firing, ...]) -> World | None:
        """The same world with a series that is compared too and does not fire: one label is another; None where none
        was found."""
        compared = self._condition.expr
        if not isinstance(compared, BinaryExpr) or compared.op.text not in COMPARISONS:
            return None
        for labels in self._others(firing[0].labels):
            for choices in islice(attempts(), _NEIGHBOURS_TRIED):
                more = World(world.step, dict(world.lines))
                plan = self._plan(more, choices)
                plan.bound = dict(labels)
                if self._is_beside(compared, more, plan, firing):
                    return more
        return None

    def _others(self, labels: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """The labels with one that differs: those that tell apart what is compared come first."""
        domains = dict(_domains(self._condition.expr, self._model.series, self._records))
        for name, value in labels.items():
            known = domains.get(name) or self._model.target_labels.get(name)
            offered = known.values if known and known.values is not None else (f"other_{name}",)
            for other in [one for one in offered if one != value][:_OTHER_VALUES]:
                yield {**labels, name: other}

    def _is_beside(self, compared: BinaryExpr, more: World, plan: Plan, firing: tuple[Firing, ...]) -> bool:
        """Adds the series. Whether the same fires as before, and there is more that is compared."""
        try:
            fail(compared, plan)
            if _judged(self._condition, more, self._records, self._step, self._time) != firing:
                return False
            judges = (Judge(more, self._records, self._step, closed=closed) for closed in (False, True))
            return all(len(judge.vector(compared.lhs, self._time)) > len(firing) for judge in judges)
        except (Unsolvable, ArithmeticError, ValueError, RecursionError):
            return False


def _domains(
    node: Expr, series: Mapping[str, Series], records: Records, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, LabelDomain]]:
    """The labels of the series that an expression reads, those that recording rules read too."""
    for selector in selectors(node):
        name = selector.name.text if selector.name else ""
        if name in records and name not in above:
            yield from _domains(records[name][0].query.tree, series, records, (*above, name))
        elif name in series:
            yield from ((label.name, label) for label in series[name].labels)


def _ignored(node: Expr) -> Iterator[str]:
    """The labels of every `without` and `ignoring`."""
    for inner in walk(node):
        listed = inner.grouping if isinstance(inner, Aggregate) else None
        listed = inner.matching if isinstance(inner, BinaryExpr) else listed
        if listed is not None and listed.keyword.text.lower() in ("without", "ignoring"):
            yield from (label.text for label in listed.labels)


def _judged(
    condition: Condition, world: World, records: Records, interval: int, time: int
) -> tuple[Firing, ...] | None:
    """What fires at `time`, () where nothing does at any moment looked at; None where it is neither."""
    open_left = Judge(world, records, interval)
    ranges = _shortest_range(condition.expr, records) < math.inf
    closed = Judge(world, records, interval, closed=True) if ranges else open_left
    since = time - condition.duration - 2 * interval
    apart = interval * max(1, (time - since) // interval // _SECOND_LOOKS)
    between = sorted({since + interval, time - interval, *range(since, time, apart)})
    first = next((look for look in between if look >= 0), time)
    looks = [(open_left, look) for look in between if 0 <= look < time] + [(closed, first)] * ranges
    results = [
        _holding(judge.vector(condition.expr, look)) for judge, look in (*looks, (open_left, time), (closed, time))
    ]
    if not any(results):
        return ()
    keys = [set(result) for result in results]
    if any(found != keys[0] for found in keys):
        return None
    return tuple(Firing(dict(key), (results[-2][key], results[-1][key])) for key in sorted(keys[0]))


def _waiting(condition: Condition, world: World, records: Records, interval: int, time: int) -> int | None:
    """The last evaluation before the alert surely fires, where it waits for that."""
    if condition.duration < interval or time // interval > _MOST_STEPS:
        return None
    judges = (Judge(world, records, interval), Judge(world, records, interval, closed=True))
    try:
        began = [_began(condition, judge, interval, time) for judge in judges]
    except (Unsolvable, ArithmeticError, ValueError, RecursionError):
        return None
    # A line may pass the threshold an evaluation earlier or later: promtool adds up its rise, sample by sample.
    slack = interval if max(began) > 0 else 0
    last = min(began) + (math.ceil(condition.duration / interval) - 1) * interval - slack
    return last if max(began) + slack <= last else None


def _began(condition: Condition, judge: Judge, interval: int, time: int) -> int:
    """The evaluation since which the condition holds. Raises Unsolvable where it held before, too."""
    looks = range(0, time + 1, interval)
    first = bisect_left(looks, True, key=lambda look: bool(_holding(judge.vector(condition.expr, look))))
    before = looks[:first]
    for look in before[:: max(1, len(before) // _EVERY_MOMENT)]:
        if judge.vector(condition.expr, look):
            raise Unsolvable("it holds now and then")
    return looks[first]


def _holding(vector: Vector) -> dict[Key, float]:
    found = {Sample(s.unnamed(), 0).key: s.value for s in vector}
    if any(math.isnan(value) for value in found.values()):
        raise Unsolvable("not a number")
    return found


def _reach(node: Expr, records: Records, above: tuple[str, ...] = ()) -> float:
    """How many seconds back an expression looks, ranges inside ranges added up."""
    own = max((_reach(child, records, above) for child in children(node)), default=0.0)
    if isinstance(node, VectorSelector) and node.name is not None:
        name = node.name.text
        if name in records and name not in above:
            own = max(_reach(rule.query.tree, records, (*above, name)) for rule in records[name])
    if isinstance(node, (MatrixSelector, SubqueryExpr)):
        own += node.range.seconds or 0.0
    return own + (_offset(node) if isinstance(node, (VectorSelector, MatrixSelector, SubqueryExpr)) else 0.0)


def _offset(node: VectorSelector | MatrixSelector | SubqueryExpr) -> float:
    return max(node.offset.seconds or 0.0, 0.0) if node.offset else 0.0


def _shortest_range(node: Expr, records: Records, above: tuple[str, ...] = ()) -> float:
    found = [float("inf")]
    for inner in walk(node):
        if isinstance(inner, (MatrixSelector, SubqueryExpr)):
            found.append(inner.range.seconds or float("inf"))
        name = inner.name.text if isinstance(inner, VectorSelector) and inner.name else ""
        if name in records and name not in above:
            found.extend(_shortest_range(rule.query.tree, records, (*above, name)) for rule in records[name])
    return min(found)


def _length(condition: Condition, reach: float) -> float:
    """Seconds that a test lasts: what the expression looks back at, twice, and the alert's wait. An age that is
    compared with a number lasts longer than that, where a test can."""
    ages = [value + 3.0 * condition.duration + 60 for value in _ages(condition.expr) if value <= _NATURAL_TIME]
    return max([2 * reach + condition.duration, *ages])


def _ages(node: Expr) -> Iterator[float]:
    """The numbers that something which reads the clock is compared with, in seconds where it is divided."""
    for inner in walk(node):
        if isinstance(inner, BinaryExpr) and inner.op.text in COMPARISONS and reads_clock(inner):
            yield math.prod(item.value for item in walk(inner) if isinstance(item, NumberLiteral) and item.value >= 1)


def _step(scrape_interval: int, length: float, shortest_range: float) -> int:
    """Seconds between samples, and between evaluations: the scrape interval, or more where a test
    would last long, as long as the shortest range still has samples."""
    if length <= _MOST_STEPS * scrape_interval:
        return scrape_interval
    fine = [step for step in _STEPS if scrape_interval < step <= shortest_range / _SAMPLES_IN_RANGE]
    long_enough = (step for step in fine if length <= step * _FEWER_STEPS)
    return next(long_enough, fine[-1] if fine else scrape_interval)


def _rounded(seconds: float, step: int) -> int:
    """A multiple of the step, in whole minutes where the step allows."""
    unit = 60 if 60 % step == 0 else step
    return math.ceil(seconds / unit) * unit
