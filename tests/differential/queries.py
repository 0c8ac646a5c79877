"""Queries drawn by grammar and type: every node, function and modifier, and mostly ones that mean something.

Drawing is biased to what the inference treats in a way of its own: one metric on both sides of an operator,
shares, comparisons with constants near a bound, histograms, series that are always there.
"""

import re
from collections.abc import Callable
from random import Random

from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.promql.functions import AGGREGATIONS
from gaugewright.promql.literals import quote

from tests.differential.subject import model
from tests.differential.vocabulary import (
    ALIKE,
    ARITHMETIC,
    COMPARISONS,
    LABELS,
    MOMENT,
    NAME_PATTERNS,
    NUMBERS,
    PATTERNS,
    PLAIN_FUNCTIONS,
    RANGE_FUNCTIONS,
    RANGES,
    RECORDED_LABELS,
    REPLACED,
    SOME_VALUES,
    STEPS,
    TOGETHER,
)


class Queries:
    """Draws queries; the same seed gives the same ones."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.series = [one for one in model().series.values() if one.origin in ("declared", "recorded")]
        self.others = [one for one in model().series.values() if one.origin not in ("declared", "recorded")]
        self.of_target = tuple(model().target_labels.values())
        self.known = {label.name: label for series in self.series for label in (*series.labels, *self.of_target)}

    def query(self) -> str:
        depth = self.random.choice((1, 1, 2, 2, 2, 3, 3, 4))
        return self.scalar(depth) if self.random.random() < 0.03 else self.vector(depth)

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def vector(self, depth: int) -> str:
        if depth <= 0:
            return self.one("vector(1)", "vector(0)", "vector(time())") if self.chance(0.04) else self.selector()
        kinds: tuple[Callable[[int], str], ...] = (
            self.over_time, self.over_time, self.over_time, self.function, self.aggregate, self.aggregate,
            self.aggregate, self.with_number, self.with_number, self.two, self.paired, self.paired, self.same,
            self.same, self.set_operator, self.set_operator, self.special, self.relabelled, self.histogram,
        )  # fmt: skip
        return self.random.choice(kinds)(depth - 1)

    def scalar(self, depth: int) -> str:
        if depth <= 0 or self.chance(0.6):
            return self.random.choice(NUMBERS)
        inner = depth - 1
        some = self.random.random()
        if some < 0.4:
            return f"scalar({self.vector(inner)})"
        if some < 0.5:
            return f"{self.one('min_of', 'max_of')}({self.scalar(inner)}, {self.scalar(inner)})"
        if some < 0.6:
            return f"-({self.scalar(inner)})"
        if some < 0.7:
            return self.one("start()", "end()", "step()", "range()")
        if some < 0.9:
            return f"({self.scalar(inner)} {self.random.choice(ARITHMETIC)} {self.scalar(inner)})"
        return f"({self.scalar(inner)} {self.random.choice(COMPARISONS)} bool {self.scalar(inner)})"

    # Selectors

    def any_series(self) -> Series:
        return self.random.choice(self.others if self.chance(0.08) else self.series)

    def selector(self, series: Series | None = None, moved: bool = True) -> str:
        if series is None and self.chance(0.03):
            name = f"__name__=~{quote(self.random.choice(NAME_PATTERNS))}"
            return "{" + ", ".join((name, *self.matchers(self.any_series()))) + "}"
        series = series or self.any_series()
        matchers = self.matchers(series) if self.chance(0.45) else []
        body = series.name + (f"{{{', '.join(matchers)}}}" if matchers else "")
        return body + (self.moved() if moved and self.chance(0.1) else "")

    def moved(self) -> str:
        return self.one(
            " offset 1m", " offset 5m", " offset -1m", " @ start()", " @ end()", " @ end() offset 30s", f" @ {MOMENT}"
        )

    def domains(self, series: Series) -> list[LabelDomain]:
        """The labels of the series, with values that it may have."""
        if series.name in ("ALERTS", "ALERTS_FOR_STATE"):
            return [LabelDomain("alertname", values=("Burnt", "Sold"))]
        if series.origin != "recorded":
            return [*series.labels, *self.of_target]
        return [self.known.get(name, LabelDomain(name)) for name in RECORDED_LABELS.get(series.name, ("way",))]

    def matchers(self, series: Series) -> list[str]:
        return [self.matcher(series) for _ in range(self.random.choice((1, 1, 1, 2, 2, 3)))]

    def matcher(self, series: Series) -> str:
        domain = self.random.choice(self.domains(series))
        label = domain.name if self.chance(0.92) else self.one("nope", "way", "status", "le", "replica")
        op = self.one("=", "=", "!=", "=~", "=~", "!~")
        values = domain.values if domain.values and self.chance(0.9) else SOME_VALUES
        if op in ("=", "!="):
            return f"{label}{op}{quote('' if self.chance(0.08) else self.random.choice(values))}"
        return f'{label}{op}"{self.pattern(values)}"'

    def pattern(self, values: tuple[str, ...]) -> str:
        """A regular expression that meets some of the values, or one that is strange."""
        if self.chance(0.4):
            return self.random.choice(PATTERNS)
        one, other = (self.random.choice(values).replace("+", "[+]") for _ in range(2))
        return self.one(
            one, f"{one}|{other}", f"{one[:1]}.*", f".*{one[-1:]}", f"({one}|nope)", f"{one}|", f"[^{one[:1]}].*", ".+"
        )

    def matrix(self, depth: int, series: Series | None = None) -> str:
        moved = self.moved() if self.chance(0.1) else ""
        if series is None and depth > 0 and self.chance(0.35):
            long = self.one("1m", "2m", "5m", "90s", "30s")
            return f"({self.vector(depth - 1)})[{long}:{self.random.choice(STEPS)}]{moved}"
        return f"{self.selector(series, moved=False)}[{self.random.choice(RANGES)}]{moved}"

    def over_time(self, depth: int) -> str:
        some = self.random.random()
        if some < 0.25:
            return f"{self.one('rate', 'increase', 'irate')}({self.matrix(depth)})"
        if some < 0.32:
            return f"quantile_over_time({self.scalar(0)}, {self.matrix(depth)})"
        if some < 0.36:
            return f"predict_linear({self.matrix(depth)}, {self.scalar(0)})"
        if some < 0.38:
            return f"double_exponential_smoothing({self.matrix(depth)}, 0.5, {self.one('0.1', '0.9')})"
        return f"{self.random.choice(RANGE_FUNCTIONS)}({self.matrix(depth)})"

    def function(self, depth: int) -> str:
        return f"{self.random.choice(PLAIN_FUNCTIONS)}({self.vector(depth)})"

    def special(self, depth: int) -> str:
        inside = self.vector(depth)
        low, high = self.scalar(min(depth, 1)), self.scalar(min(depth, 1))
        return self.random.choice((
            f"clamp({inside}, {low}, {high})", f"clamp({inside}, {low}, {high})", f"clamp_min({inside}, {low})",
            f"clamp_max({inside}, {high})", f"round({inside}, {low})", f"round({inside})", f"vector({low})",
            f"vector(scalar({inside}))", f"-({inside})", f"absent({inside})", f"absent({self.selector()})",
            f"absent_over_time({self.matrix(depth)})", f"{self.one('hour', 'minute', 'day_of_week', 'month')}()",
            f'{self.one("sort_by_label", "sort_by_label_desc")}({inside}, "way")', f"info({inside})", f"({inside})",
            f"info({inside}, {{__name__='bakery_info'{self.one('', ', version=~`v.*`', ', zone=`north`')}}})",
            f"integral({self.matrix(depth)}{self.one('', ', 1')})",
        ))  # fmt: skip

    def histogram(self, depth: int) -> str:
        name = self.one("wait_seconds", "wait_seconds", "bread_bytes")
        series = model().series[f"{name}_bucket"]
        phi = self.one("0.5", "0.9", "0", "1", "2", "-1", "NaN", self.scalar(1))
        inside = self.one(
            f"rate({self.matrix(0, series)})", self.selector(series), f"increase({self.matrix(0, series)})",
            self.vector(depth), self.selector(model().series["le:wait:rate1m"]),
        )  # fmt: skip
        if self.chance(0.6):
            grouping = self.one("by (le)", "by (le, way)", "by (way)", "without (instance)")
            inside = f"{self.one('sum', 'max')} {grouping} ({inside})"
        if self.chance(0.12):
            return f"histogram_fraction({self.scalar(0)}, {self.scalar(0)}, {inside})"
        if self.chance(0.08):
            return f'histogram_quantiles({inside}, "{self.one("q", "way")}", 0.5, {phi})'
        return f"histogram_quantile({phi}, {inside})"

    def relabelled(self, depth: int) -> str:
        inside = self.vector(depth)
        target, source = self.label(), self.label()
        if self.chance(0.3):
            more = f', "{self.label()}"' if self.chance(0.7) else ""
            return f'label_join({inside}, "{target}", "{self.one("-", "", ":")}", "{source}"{more})'
        replacement, pattern = self.random.choice(REPLACED)
        return f'label_replace({inside}, "{target}", {replacement}, "{source}", {pattern})'

    # Operators

    def label(self) -> str:
        return "__name__" if self.chance(0.03) else self.random.choice(LABELS)

    def label_list(self) -> str:
        return ", ".join(dict.fromkeys(self.label() for _ in range(self.random.choice((0, 1, 1, 2, 2, 3)))))

    def grouping(self) -> str:
        return self.one(
            "", f" by ({self.label_list()})", f" by ({self.label_list()})", f" without ({self.label_list()})"
        )

    def aggregate(self, depth: int) -> str:
        inside, grouping = self.vector(depth), self.grouping()
        if self.chance(0.65):
            return f"{self.random.choice(TOGETHER)}{grouping} ({inside})"
        op = self.random.choice([name for name, param in AGGREGATIONS.items() if param is not None])
        param = {
            "count_values": f'"{self.one("value", "way", "new")}"',
            "quantile": self.one("0.5", "2", "-1", "0", "NaN", self.scalar(depth)),
            "limit_ratio": self.one("0.5", "-0.5", "1"),
        }.get(op) or self.one("0", "1", "2", "3", "1.9", "-1", "scalar(up)", "5")
        return f"{op}{grouping} ({param}, {inside})"

    def operator(self) -> str:
        if self.chance(0.5):
            return self.random.choice(ARITHMETIC)
        return self.random.choice(COMPARISONS) + (" bool" if self.chance(0.3) else "")

    def with_number(self, depth: int) -> str:
        number = self.scalar(depth if self.chance(0.2) else 0)
        sides = [f"({self.vector(depth)})", number]
        if self.chance(0.3):
            sides.reverse()
        return f"{sides[0]} {self.operator()} {sides[1]}"

    def matching(self, group: bool = True) -> str:
        if self.chance(0.35):
            return ""
        found = f" {self.one('on', 'on', 'ignoring')} ({self.label_list()})"
        if group and self.chance(0.4):
            copied = "" if self.chance(0.4) else f" ({self.label_list()})"
            found += f" {self.one('group_left', 'group_left', 'group_right')}{copied}"
        if group and self.chance(0.05):
            found += f" {self.one('fill', 'fill_left', 'fill_right')}({self.one('0', '1', 'NaN')})"
        return found

    def two(self, depth: int) -> str:
        one, other = self.vector(depth), self.vector(depth)
        if self.chance(0.5):  # as many series on both sides, so that they meet
            names = self.label_list()
            one, other = (f"{self.random.choice(TOGETHER)} by ({names}) ({side})" for side in (one, other))
            if self.chance(0.3):
                other = f"sum({other})"
        return f"({one}) {self.operator()}{self.matching()} ({other})"

    def paired(self, depth: int) -> str:
        """Two metrics whose series meet one to one, or many to one, with the matching that it takes."""
        labels, names = self.random.choice(ALIKE)
        one, other = (self.selector(model().series[self.one(*names)]) for _ in range(2))
        found = self.one(
            "{}", "{}", "{}", "{} > 0", "{} * 0", "abs({})", "-{}", "({} <= 5) * Inf", "last_over_time({}[1m])"
        )
        one = found.replace("{}", re.sub(r" (?=offset|@).*", "", one) if "[" in found else one)
        if self.chance(0.1):
            other = f'label_replace({other}, "__name__", "{self.one("up", "x", "")}", "way", ".*")'
        matching = f"on ({', '.join(labels)})"
        if self.chance(0.1):  # several series of a group may meet
            matching = f"{self.one('on', 'ignoring')} ({self.random.choice(labels)})"
        if self.chance(0.3):
            few = self.random.sample(labels, len(labels) - 1)
            other = f"{self.random.choice(TOGETHER)} by ({', '.join(few)}) ({other})"
            matching = f"on ({', '.join(few)}) group_left" + self.one("", "", " (zone)", " (job, nope)")
        elif self.chance(0.3):
            matching = f"ignoring ({self.one('job', 'zone', 'nope', 'zone, job')})"
        sides = (one, matching, other) if self.chance(0.8) else (other, matching.replace("_left", "_right"), one)
        return f"({sides[0]}) {self.operator()} {sides[1]} ({sides[2]})"

    def same(self, depth: int) -> str:
        """Both sides read one metric: ratios, differences, shares."""
        series = self.any_series()
        range_, names = self.random.choice(RANGES[1:]), self.label_list()
        inner = self.one("{}", "{}", "rate({}[RANGE])", "increase({}[RANGE])", "delta({}[RANGE])", "abs({})", "{} > 0",
                         "max_over_time({}[RANGE])", "sum_over_time(({})[RANGE:])")  # fmt: skip
        inner = inner.replace("RANGE", range_)
        by = self.random.choice(TOGETHER)
        shape = self.one(inner, f"{by}({inner})", f"{by} by ({names}) ({inner})", f"{by} without ({names}) ({inner})")
        plain = series.name
        more = self.selector(series, moved=False)
        left = shape.format(self.one(more, more, plain))
        right = shape.format(self.one(plain, plain, more))
        if self.chance(0.3):
            left, right = self.variation(left, right)
        op = self.one("/", "/", "-", "%", self.operator())
        return f"({left}) {op}{self.matching() if self.chance(0.4) else ''} ({right})"

    def variation(self, left: str, right: str) -> tuple[str, str]:
        return self.random.choice((
            (left, f"({left}) + ({right})"), (f"({left}) > {self.scalar(0)}", right), (right, left),
            (f"1 - ({left})", right), (f"count(({left}) > {self.scalar(0)})", f"count({right})"),
            (left, f"{right} + vector(1)"), (f"avg(({left}) > bool {self.scalar(0)})", "1"),
            (f"({left}) * 2", f"({right}) * 2"),
        ))  # fmt: skip

    def set_operator(self, depth: int) -> str:
        left, right = self.vector(depth), self.vector(depth if self.chance(0.5) else 0)
        if self.chance(0.15):
            right = f"vector({self.scalar(0)})"
        if self.chance(0.5):
            names = self.label_list()
            right = f"{self.random.choice(TOGETHER)} by ({names}) ({right})"
            return f"({left}) {self.one('and', 'or', 'unless')} on ({names}) ({right})"
        if self.chance(0.1):
            left, right = right, left
        return f"({left}) {self.one('and', 'or', 'unless')}{self.matching(group=False)} ({right})"
