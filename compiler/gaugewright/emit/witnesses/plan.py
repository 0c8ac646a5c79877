"""A proposal of series as it grows, and which label values the next series takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, product

from gaugewright.emit.endpoint import sample_value
from gaugewright.emit.witnesses.evaluate import Judge, Records
from gaugewright.emit.witnesses.series import accepts, matches
from gaugewright.emit.witnesses.world import Unsolvable, World
from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.promql.syntax import Expr, VectorSelector, selectors

_MOST_TRIES = 4096


@dataclass(slots=True)
class Plan:
    """The proposal as it grows. `bound` is the value that each label took first: others take it too,
    so that series match. `avoid` are selectors whose series must not be added to; `variant` counts
    through the label values where several series are wanted."""

    world: World
    series: Mapping[str, Series]
    target_labels: Mapping[str, LabelDomain]
    records: Records
    time: float
    interval: int
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
    choices = [_allowed(node, domain, plan) for domain in domains]
    names = [domain.name for domain in domains]
    avoid = [other for other in plan.avoid if other.name and node.name and other.name.text == node.name.text]
    wanted = plan.variant
    for values in islice(product(*choices), _MOST_TRIES):
        labels = dict(zip(names, values, strict=True))
        if any(matches(other, labels) for other in avoid):
            continue
        if wanted == 0:
            for name, value in labels.items():
                plan.bound.setdefault(name, value)
            return labels
        wanted -= 1
    raise Unsolvable(f"{series.name} has no series that fits")


def _allowed(node: VectorSelector, domain: LabelDomain, plan: Plan) -> list[str]:
    matchers = [matcher for matcher in node.matchers if matcher.label.text == domain.name]
    if domain.values is not None:
        values = list(domain.values)
    else:
        named = [part for matcher in matchers for part in matcher.value.text.split("|")]
        values = [sample_value(domain), *named, *(f"other_{domain.name}_{n}" for n in range(1, 10))]
    bound = plan.bound.get(domain.name)
    if bound in values or (bound is not None and domain.values is None):
        values = [bound, *(value for value in values if value != bound)]
    allowed = [value for value in values if all(accepts(matcher, value) for matcher in matchers)]
    if not allowed:
        raise Unsolvable(f"no value of {domain.name} fits")
    return allowed
