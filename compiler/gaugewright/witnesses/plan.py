"""A proposal of series as it grows, and which label values the next series takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, product

from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.promql.syntax import Expr, Matcher, VectorSelector, selectors
from gaugewright.promql.types.example import example
from gaugewright.witnesses.choices import Choices
from gaugewright.witnesses.evaluate import Judge, Records
from gaugewright.witnesses.series import accepts, matches
from gaugewright.witnesses.world import Unsolvable, World

_MOST_TRIES = 4096


@dataclass(slots=True)
class Plan:
    """The proposal as it grows. `bound` is the value that each label took first: others take it too,
    so that series match. `avoid` are selectors whose series must not be added to; `variant` counts
    through the label values where several series are wanted. `ignored` are the labels that some operator of the
    expression drops: a series may lack them."""

    world: World
    series: Mapping[str, Series]
    target_labels: Mapping[str, LabelDomain]
    records: Records
    time: float
    interval: int
    duration: int
    choices: Choices
    ignored: frozenset[str] = frozenset()
    bound: dict[str, str] = field(default_factory=dict)
    avoid: tuple[VectorSelector, ...] = ()
    variant: int = 0

    def judge(self) -> Judge:
        return Judge(self.world, self.records, self.interval)

    def constant(self, node: Expr) -> float | None:
        """The value of an expression that reads no series; `time()` is that of the test."""
        if next(selectors(node), None) is not None:
            return None
        value = Judge(World(self.world.step), {}, self.interval).value(node, self.time)
        return value if isinstance(value, float) else value[0].value if len(value) == 1 else None


def choose_labels(node: VectorSelector, series: Series, plan: Plan) -> dict[str, str]:
    """Values for all labels of the series: those that are bound where the matchers let them be."""
    domains = (*series.labels, *(plan.target_labels.values() if series.origin != "recorded" else ()))
    allowed = {domain.name: _allowed(node, domain, plan, not series.labels_known) for domain in domains}
    if not series.labels_known:
        allowed = plan.choices.pick((allowed, _without(allowed, plan.ignored), _without(allowed, frozenset(allowed))))
    if plan.variant:  # the last label is the one that tells the series apart
        telling = [name for name, values in allowed.items() if len(values) > 1]
        allowed = {**allowed, **{name: allowed.pop(name) for name in plan.choices.pick([[], *([n] for n in telling)])}}
    names, choices = list(allowed), list(allowed.values())
    avoid = [other for other in plan.avoid if other.name and node.name and other.name.text == node.name.text]
    wanted = plan.variant
    for values in islice(product(*choices), _MOST_TRIES):
        labels = {name: value for name, value in zip(names, values, strict=True) if value}
        if any(matches(other, {"__name__": series.name, **labels}) for other in avoid):
            continue
        if wanted == 0:
            for name, value in zip(names, values, strict=True):
                plan.bound.setdefault(name, value)
            return labels
        wanted -= 1
    raise Unsolvable(f"{series.name} has no series that fits")


def _without(allowed: Mapping[str, list[str]], names: frozenset[str]) -> dict[str, list[str]]:
    """The choice, without these labels wherever a series may lack them."""
    return {name: [""] if name in names and "" in values else values for name, values in allowed.items()}


def _named(matcher: Matcher) -> list[str]:
    """Values that a matcher takes."""
    if matcher.op.text == "=":
        return [matcher.value.text]
    found = example(matcher.value.text) if matcher.op.text == "=~" else None
    return [*matcher.value.text.split("|"), *([found] if found else [])]


def _allowed(node: VectorSelector, domain: LabelDomain, plan: Plan, may_lack: bool) -> list[str]:
    matchers = [matcher for matcher in node.matchers if matcher.label.text == domain.name]
    if domain.values is not None:
        values = list(domain.values)
    else:
        named = [value for matcher in matchers for value in _named(matcher)]
        values = [
            *named,
            domain.sample,
            *(f"other_{domain.name}_{n}" for n in range(1, 100)),
            *([""] if may_lack else []),
        ]
    bound = plan.bound.get(domain.name)
    if bound is not None and (bound in values or domain.values is None):
        values = [bound, *(value for value in values if value != bound)]
    allowed = [value for value in values if all(accepts(matcher, value) for matcher in matchers)]
    if not allowed:
        raise Unsolvable(f"no value of {domain.name} fits")
    return allowed
