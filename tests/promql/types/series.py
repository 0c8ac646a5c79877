"""Series that satisfy spec.yaml, as promtool's unit tests write them: ten minutes, a sample every 15 seconds."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

from gaugewright.model.metrics import LabelDomain, Metric
from gaugewright.model.model import Model
from gaugewright.promql.literals import quote

SAMPLES = 41
STRANGE = ("NaN", "Inf", "-Inf", "0", "-3", "1e9")


def series_of(model: Model, random: Random) -> Iterator[tuple[str, str]]:
    """Series and their samples. What the module creates at its start is complete, the rest may be there or not."""
    for target in model.service.targets:
        labels = {"job": model.service.name, "instance": target, **model.service.target_labels}
        yield _named("up", labels), _joined([str(random.choice((0, 1, 1))) for _ in range(SAMPLES)])
        for metric in model.metrics:
            complete = metric.initialize and metric.closed
            for own in _combinations(metric.labels, random):
                if complete or random.random() < 0.6:
                    yield from _exposed(metric, {**labels, **own}, random)


def _combinations(domains: Sequence[LabelDomain], random: Random) -> Iterator[dict[str, str]]:
    values = [
        domain.values if domain.values is not None else tuple(f"v{number}" for number in range(domain.size))
        for domain in domains
    ]
    for chosen in product(*values):
        yield {domain.name: value for domain, value in zip(domains, chosen, strict=True)}


def _exposed(metric: Metric, labels: dict[str, str], random: Random) -> Iterator[tuple[str, str]]:
    name = metric.name
    if metric.metric_type == "counter":
        yield _named(name, labels), _joined(_counter(random))
    elif metric.metric_type == "gauge":
        yield _named(name, labels), _joined(_gauge(random))
    else:
        counts = [_counter(random, resets=False) for _ in range(len(metric.buckets) + 1)]
        total = [0.0] * SAMPLES
        for bound, counted in zip((*metric.buckets, float("inf")), counts, strict=True):
            total = [before + float(more) for before, more in zip(total, counted, strict=True)]
            if metric.metric_type == "histogram":
                le = "+Inf" if bound == float("inf") else str(float(bound))
                yield _named(f"{name}_bucket", {**labels, "le": le}), _joined([f"{value:g}" for value in total])
        yield _named(f"{name}_count", labels), _joined([f"{value:g}" for value in total])
        yield _named(f"{name}_sum", labels), _joined([f"{value * 0.3:g}" for value in total])


def _counter(random: Random, resets: bool = True) -> list[str]:
    kind, value, found = random.choice(("flat", "steady", "wild")), 0.0, list[str]()
    for _ in range(SAMPLES):
        found.append(f"{value:g}")
        value += {"flat": 0, "steady": 3, "wild": random.choice((0, 0, 1, 50))}[kind]
        if resets and kind == "wild" and random.random() < 0.05:
            value = 0.0
    return found


def _gauge(random: Random) -> list[str]:
    kind = random.choice(("constant", "walk", "walk", "strange"))
    value, found = random.choice((0.0, 1.0, -2.5, 1e6)), list[str]()
    for _ in range(SAMPLES):
        found.append(random.choice(STRANGE) if kind == "strange" else f"{value:g}")
        value += 0 if kind == "constant" else random.choice((-1, 0, 0.5, 2))
    return found


def _named(name: str, labels: dict[str, str]) -> str:
    return name + "{" + ", ".join(f"{label}={quote(value)}" for label, value in labels.items()) + "}"


def _joined(samples: list[str]) -> str:
    return " ".join(samples)
