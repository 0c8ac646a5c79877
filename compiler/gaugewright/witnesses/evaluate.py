"""What an expression yields over a world: the part of PromQL that alerts are made of.

Follows Prometheus's engine (promql/engine.go, functions.go). Ranges are open on the left as in
Prometheus 3, or closed as before it; a witness has to hold in both. What is not known here raises
Unsolvable: the judge never guesses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from gaugewright.model.go_numbers import number
from gaugewright.model.rules import RecordingRule
from gaugewright.promql.syntax import (
    Aggregate,
    BinaryExpr,
    Call,
    Duration,
    Expr,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)
from gaugewright.witnesses import functions
from gaugewright.witnesses.aggregate import aggregate
from gaugewright.witnesses.join import join
from gaugewright.witnesses.series import Key, Sample, Samples, Vector, compiled, matches
from gaugewright.witnesses.world import LOOKBACK, Exhausted, Line, LinePoints, Unsolvable, World

_MOST_STEPS = 20_000
"""Nodes that one judge computes: an ordinary alert takes some hundreds."""

_GROUP = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

Value: TypeAlias = float | Vector
Records: TypeAlias = Mapping[str, Sequence[RecordingRule]]


class _Selected(NamedTuple):
    """A line that a selector takes, and its labels, `__name__` among them."""

    line: Line
    labels: Mapping[str, str]
    key: Key


@dataclass(slots=True)
class Judge:
    """Evaluates expressions at whole steps of `world`. `closed` is the older reading of ranges."""

    world: World
    records: Records
    interval: int
    closed: bool = False
    known: dict[tuple[str, float], Vector] = field(default_factory=dict)
    selected: dict[int, tuple[int, list[_Selected]]] = field(default_factory=dict)
    steps_left: int = _MOST_STEPS

    def vector(self, node: Expr, time: float) -> Vector:
        value = self.value(node, time)
        return [Sample({}, value)] if isinstance(value, float) else value

    def value(self, node: Expr, time: float) -> Value:
        self._spend(1)
        match node:
            case ParenExpr():
                return self.value(node.expr, time)
            case NumberLiteral():
                return float(node.value)
            case UnaryExpr():
                return self._negated(self.value(node.expr, time))
            case VectorSelector():
                return self._instant(node, time)
            case Aggregate():
                return self._aggregate(node, time)
            case BinaryExpr():
                return self._binary(node, time)
            case Call():
                return self._call(node, time)
            case _:
                raise Unsolvable("an expression of this form")

    def _spend(self, steps: int) -> None:
        self.steps_left -= steps
        if self.steps_left < 0:
            raise Exhausted("a range of very many samples")

    def scalar(self, node: Expr, time: float) -> float:
        value = self.value(node, time)
        if not isinstance(value, float):
            raise Unsolvable("a vector where a number is wanted")
        return value

    def _negated(self, value: Value) -> Value:
        return -value if isinstance(value, float) else [Sample(s.unnamed(), -s.value) for s in value]

    def _shift(self, node: VectorSelector | MatrixSelector | SubqueryExpr, time: float) -> float:
        if node.at is not None:
            raise Unsolvable("@ fixes a time")
        return time - (_seconds(node.offset) if node.offset else 0)

    def _instant(self, node: VectorSelector, time: float) -> Vector:
        time = self._shift(node, time)
        if time < 0:
            return []
        if node.name is not None and node.name.text in self.records:
            return self._recorded(node, time)
        latest = time - time % self.world.step
        if time - latest >= LOOKBACK:
            return []
        return [Sample(labels, line.at(latest)) for line, labels, _ in self._selected(node)]

    def _selected(self, node: VectorSelector) -> list[_Selected]:
        """The lines that a selector takes; looked up once for as long as the world does not grow."""
        size, found = self.selected.get(id(node), (-1, []))
        if size != len(self.world.lines):
            found = []
            for line in self.world.named(node.name.text if node.name else None):
                labels = {"__name__": line.name, **dict(line.labels)}
                if matches(node, labels):
                    found.append(_Selected(line, labels, tuple(sorted(labels.items()))))
            self.selected[id(node)] = len(self.world.lines), found
        return found

    def _recorded(self, node: VectorSelector, time: float) -> Vector:
        name = _named(node)
        time -= time % self.interval
        if (name, time) not in self.known:
            self.known[name, time] = []  # a rule that reads itself reads nothing
            found = [
                Sample({**sample.unnamed(), **rule.labels, "__name__": name}, sample.value)
                for rule in self.records[name]
                for sample in self.vector(rule.query.tree, time)
            ]
            self.known[name, time] = found
        return [sample for sample in self.known[name, time] if matches(node, sample.labels)]

    def samples(self, node: Expr, time: float) -> tuple[Samples, float, float]:
        """The samples of a range, each series' with its labels, and the range's own start and end."""
        match node:
            case ParenExpr():
                return self.samples(node.expr, time)
            case MatrixSelector():
                end = self._shift(node, time)
                step = self.interval if _named(node.selector) in self.records else self.world.step
                return self._sampled(node.selector, end, _seconds(node.range), step)
            case SubqueryExpr():
                end = self._shift(node, time)
                step = int(_seconds(node.step)) if node.step else self.interval
                return self._sampled(node.expr, end, _seconds(node.range), max(step, 1))
            case _:
                raise Unsolvable("a range of this form")

    def _sampled(self, node: Expr, end: float, length: float, step: int) -> tuple[Samples, float, float]:
        start = end - length
        first = math.ceil(start / step) * step
        if first == start and not self.closed:
            first += step
        times = range(max(int(first), 0), int(end) + 1, step)
        if isinstance(node, VectorSelector) and step == self.world.step and _named(node) not in self.records:
            self._spend(len(times))
            selected = self._selected(node) if times else []
            return {key: LinePoints(line, times) for line, _, key in selected}, start, end
        found: dict[Key, list[tuple[float, float]]] = {}
        for time in times:
            for sample in self.vector(node, time):
                found.setdefault(sample.key, []).append((float(time), sample.value))
        return dict(found), start, end

    def _aggregate(self, node: Aggregate, time: float) -> Vector:
        if node.op.text == "count_values" and isinstance(node.param, StringLiteral):
            return self._counted_values(node, node.param.value, time)
        param = self.scalar(node.param, time) if node.param else None
        grouping = node.grouping
        names = tuple(label.text for label in grouping.labels) if grouping else ()
        without = grouping is not None and grouping.keyword.text.lower() == "without"
        return aggregate(node.op.text, self.vector(node.expr, time), names, without, param)

    def _counted_values(self, node: Aggregate, label: str, time: float) -> Vector:
        """`count_values`: how many series have each value, which becomes a label."""
        labelled = [Sample({**s.labels, label: number(s.value)}, s.value) for s in self.vector(node.expr, time)]
        names = tuple(listed.text for listed in node.grouping.labels) if node.grouping else ()
        without = node.grouping is not None and node.grouping.keyword.text.lower() == "without"
        names = tuple(name for name in names if name != label) if without else (*names, label)
        return aggregate("count", labelled, names, without, None)

    def _binary(self, node: BinaryExpr, time: float) -> Value:
        left, right = self.value(node.lhs, time), self.value(node.rhs, time)
        return join(node, left, right)

    def _call(self, node: Call, time: float) -> Value:
        name, args = node.function.text, node.args
        if name == "time":
            return float(time)
        if name == "vector":
            return [Sample({}, self.scalar(args[0], time))]
        if name == "scalar":
            found = self.vector(args[0], time)
            return found[0].value if len(found) == 1 else math.nan
        if name == "timestamp" and isinstance(args[0], VectorSelector):
            at = time - time % self.world.step
            return [Sample(s.unnamed(), float(at)) for s in self._instant(args[0], time)]
        if name in ("absent", "absent_over_time"):
            return self._absent(name, args[0], time)
        if name == "histogram_quantile":
            return functions.histogram_quantile(self.scalar(args[0], time), self.vector(args[1], time))
        if name == "label_replace":
            return [_relabelled(sample, args) for sample in self.vector(args[0], time)]
        if name in functions.OF_RANGES:
            return self._over_range(name, args, time)
        if name in functions.OF_VALUES:
            numbers = [self.scalar(arg, time) for arg in args[1:]]
            compute = functions.OF_VALUES[name]
            return [Sample(s.unnamed(), compute(s.value, *numbers)) for s in self.vector(args[0], time)]
        raise Unsolvable(f"{name}()")

    def _over_range(self, name: str, args: tuple[Expr, ...], time: float) -> Vector:
        numbers = [self.scalar(arg, time) for arg in args if not isinstance(arg, (MatrixSelector, SubqueryExpr))]
        samples, start, end = self.samples(next(arg for arg in args if not _is_number(arg)), time)
        found = []
        for key, points in samples.items():
            value = functions.OF_RANGES[name](points, start, end, *numbers)
            labels = dict(key)
            if value is not None:
                found.append(Sample(labels if name in functions.KEEP_NAME else _unnamed(labels), value))
        return found

    def _absent(self, name: str, node: Expr, time: float) -> Vector:
        found = self.samples(node, time)[0] if name == "absent_over_time" else self.vector(node, time)
        if found:
            return []
        inner = node.selector if isinstance(node, MatrixSelector) else node
        equal = inner.matchers if isinstance(inner, VectorSelector) else ()
        names = [matcher.label.text for matcher in equal]
        labels = {
            matcher.label.text: matcher.value.text
            for matcher in equal
            if matcher.op.text == "=" and names.count(matcher.label.text) == 1 and matcher.label.text != "__name__"
        }
        return [Sample(labels, 1.0)]


def _relabelled(sample: Sample, args: tuple[Expr, ...]) -> Sample:
    """label_replace(v, target, replacement, source, regex); `$1` and `${name}` stand for groups."""
    texts = [arg.value for arg in args[1:] if isinstance(arg, StringLiteral)]
    if len(texts) != 4:
        raise Unsolvable("label_replace() without plain texts")
    target, replacement, source, pattern = texts
    found = compiled(pattern).fullmatch(sample.labels.get(source, ""))
    if found is None:
        return sample
    names = {**found.groupdict(""), **{str(n): found[n] or "" for n in range(found.re.groups + 1)}}
    value = _GROUP.sub(lambda named: names.get(named[1] or named[2], ""), replacement)
    labels = {**sample.labels, target: value}
    return Sample({name: text for name, text in labels.items() if text}, sample.value)


def _is_number(node: Expr) -> bool:
    while isinstance(node, (ParenExpr, UnaryExpr)):
        node = node.expr
    return isinstance(node, (NumberLiteral, StringLiteral))


def _unnamed(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != "__name__"}


def _named(node: VectorSelector) -> str:
    """The name; "" where the braces alone select."""
    return node.name.text if node.name is not None else ""


def _seconds(duration: Duration) -> float:
    if duration.seconds is None:
        raise Unsolvable("a variable as duration")
    return duration.seconds
