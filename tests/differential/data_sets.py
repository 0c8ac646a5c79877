"""Data sets that satisfy the spec: twenty-one minutes of samples, one every 15 seconds.

A *complete* one is what a healthy service gives: every target is scraped all the time, and what the module creates
at its start is there. In a *ragged* one targets are away for a while, processes restart, and series end. Values
are drawn to meet edges: zeros, equal values, whole numbers, and in gauges NaN and infinities.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import inf, nan
from random import Random

from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.model.model import Model

SAMPLES = 84
STEP = 15
"""Seconds between two samples; the spec's scrape interval."""

Labels = tuple[tuple[str, str], ...]
"""A series' labels with its name, sorted."""
Points = dict[int, float | None]
"""Sample by its number; None marks the series as ended (stale)."""

_STRANGE = (nan, inf, -inf, 0.0, -0.0, -3.0, 1e9, 0.3)


@dataclass(frozen=True, slots=True)
class DataSet:
    """`start`: Unix time of the first sample. `guarded`: the module had to expose a stand-in for a label's value."""

    start: int
    complete: bool
    guarded: bool
    series: dict[Labels, Points] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.start + (SAMPLES - 1) * STEP


def labels_of(name: str, labels: Mapping[str, str]) -> Labels:
    return tuple(sorted({"__name__": name, **labels}.items()))


def data_set(model: Model, random: Random, start: int, kind: str) -> DataSet:
    """`kind`: complete, ragged, or guarded (ragged, with stand-ins)."""
    found = DataSet(start, kind == "complete", kind == "guarded")
    for target in model.service.targets:
        life = _Life(random, found.complete)
        labels = {"job": model.service.name, "instance": target, **model.service.target_labels}
        for name, points in _scraped(model, random, found, labels):
            kept = life.of(name, points)
            if kept:
                found.series[name] = kept
    for labels in _alerts(random):
        found.series[labels_of("ALERTS", labels)] = dict.fromkeys(range(random.randrange(SAMPLES), SAMPLES), 1.0)
    return found


class _Life:
    """When a target is scraped: `away` are the numbers of the samples that it lacks."""

    def __init__(self, random: Random, complete: bool) -> None:
        self.away: set[int] = set()
        if complete:
            return
        for _ in range(random.choice((0, 1, 2, 3))):
            begin = random.randrange(SAMPLES)
            self.away |= set(range(begin, begin + random.choice((1, 2, 10, 30, SAMPLES))))

    def of(self, name: Labels, points: Points) -> Points:
        """The samples that were scraped, and a stale marker where they end."""
        found: Points = {}
        for number in range(SAMPLES):
            if number in points and (number not in self.away or dict(name)["__name__"] == "up"):
                found[number] = points[number] if number not in self.away else 0.0
            elif number - 1 in found and found[number - 1] is not None:
                found[number] = None
        return found


def _scraped(
    model: Model, random: Random, found: DataSet, target: Mapping[str, str]
) -> Iterator[tuple[Labels, Points]]:
    declared = {metric.name: metric for metric in model.metrics}
    for metric in model.metrics:
        sure = found.complete and metric.initialize and metric.closed
        for own in _combinations(metric.labels, random, found.guarded and bool(metric.labels)):
            if sure or random.random() < 0.7:
                life = _whole() if sure else _part(random, found.complete)
                yield from _exposed(metric.metric_type, metric.series, {**target, **own}, life, random)
    for series in model.series.values():
        if (
            series.metric in declared
            or series.origin == "recorded"
            or not series.labels_known
            or series.name == "ALERTS"
        ):
            continue
        for own in _combinations(series.labels, random, False):
            if (found.complete and series.origin == "scrape") or random.random() < 0.3:
                values = _of_role(series, random)
                yield labels_of(series.name, {**target, **own}), dict(enumerate(values))


_VALUES = {"up": (1.0,), "scrape_duration_seconds": (0.0, 0.25), "python_info": (1.0,)}


def _of_role(series: Series, random: Random) -> list[float]:
    if series.role == "counter":
        return _counter(random, _whole())
    return [random.choice(_VALUES.get(series.name, (0.0, 1.0, 64.0)))] * SAMPLES


def _combinations(domains: tuple[LabelDomain, ...], random: Random, guarded: bool) -> Iterator[dict[str, str]]:
    values = [domain.values if domain.values is not None else tuple(_open_values(domain, random)) for domain in domains]
    if guarded and random.random() < 0.5:
        number = random.randrange(len(values))
        values[number] = (*values[number], "__invalid__")
    for chosen in product(*values):
        yield {domain.name: value for domain, value in zip(domains, chosen, strict=True)}


def _open_values(domain: LabelDomain, random: Random) -> list[str]:
    """Each process has its own: the bound holds for one of them."""
    return random.sample(["v1", "v2", "v-3", "Ü", "a.b"], domain.size)


def _whole() -> range:
    return range(SAMPLES)


def _part(random: Random, from_the_start: bool) -> range:
    """When a series that need not be there is."""
    begin = random.choice((0, 0, 0, 20, 45))
    return range(begin, SAMPLES) if from_the_start else range(begin, random.choice((SAMPLES, SAMPLES, 50)))


def _exposed(
    kind: str, series: tuple[Series, ...], labels: Mapping[str, str], life: range, random: Random
) -> Iterator[tuple[Labels, Points]]:
    def points(values: list[float]) -> Points:
        return {number: values[number] for number in life}

    if kind == "counter":
        yield labels_of(series[0].name, labels), points(_counter(random, life))
    elif kind == "gauge":
        yield labels_of(series[0].name, labels), points(_gauge(random))
    else:
        yield from ((name, points(values)) for name, values in _observations(series, labels, random, life))


def _observations(
    series: tuple[Series, ...], labels: Mapping[str, str], random: Random, life: range
) -> Iterator[tuple[Labels, list[float]]]:
    """A histogram's or summary's series, which agree with each other."""
    by_role = {one.role: one for one in series}
    bounds = ["+Inf"]
    if "bucket" in by_role:
        bounds = [value for label in by_role["bucket"].labels if label.name == "le" for value in label.values or ()]
    resets = {number for number in life if random.random() < 0.02}
    total = [0.0] * SAMPLES
    for bound in bounds:
        more = _counter(random, life, resets, integral=True)
        total = [before + new for before, new in zip(total, more, strict=True)]
        if "bucket" in by_role:
            yield labels_of(by_role["bucket"].name, {**labels, "le": bound}), total
    each = random.choice((0.3, 0.0, -0.5, 700.0))
    yield labels_of(by_role["count"].name, labels), total
    yield labels_of(by_role["sum"].name, labels), [count * each for count in total]


def _counter(random: Random, life: range, resets: set[int] | None = None, integral: bool = False) -> list[float]:
    kind, value, found = random.choice(("flat", "steady", "wild", "wild")), 0.0, list[float]()
    step = random.choice((1.0, 3.0) if integral else (1.0, 0.1, 3.0))
    for number in range(SAMPLES):
        reset = number in resets if resets is not None else kind == "wild" and random.random() < 0.03
        if reset:
            value = 0.0
        found.append(value)
        value += {"flat": 0.0, "steady": step, "wild": random.choice((0.0, 0.0, step, 50.0))}[kind]
    return found


def _gauge(random: Random) -> list[float]:
    kind = random.choice(("constant", "whole", "walk", "strange", "strange"))
    value, found = random.choice((0.0, 1.0, -2.5, 1e6, 5.0)), list[float]()
    for _ in range(SAMPLES):
        found.append(random.choice(_STRANGE) if kind == "strange" else value)
        value += {"walk": random.choice((-1, 0, 0.1, 0.5, 2)), "whole": random.choice((-1, 0, 1))}.get(kind, 0)
    return found


def _alerts(random: Random) -> Iterator[dict[str, str]]:
    for name in ("Burnt", "Sold"):
        if random.random() < 0.7:
            yield {
                "alertname": name,
                "alertstate": random.choice(("pending", "firing")),
                "way": "web",
                "severity": "low",
            }
