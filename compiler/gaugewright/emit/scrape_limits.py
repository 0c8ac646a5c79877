"""The limits of the scrape job: the most that the generated module can expose, and a margin.

A scrape beyond one of them fails as a whole, so each is a bound that was proven and some room above
it: for what the compiler does not see (collectors that the service registers by itself).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from gaugewright.model.metrics import LabelDomain, Metric, Series
from gaugewright.model.model import Model

COLLECTORS = 20
"""Series of prometheus_client's process, platform and gc collectors on any system."""

OPEN_VALUE_LENGTH = 1024
"""Bytes of a label value that no declaration bounds."""

_MEBIBYTE = 2**20

_MOST = 10**9
"""More series than any Prometheus holds; guard values of very many labels multiply beyond all numbers."""


@dataclass(frozen=True, slots=True)
class ScrapeLimits:
    """`series` is the proven bound that `sample_limit` lies above. `body_size` is in MiB."""

    series: int
    sample_limit: int
    label_limit: int
    label_name_length_limit: int
    label_value_length_limit: int
    body_size: int


def limits(model: Model) -> ScrapeLimits:
    exposed = [series for series in model.series.values() if series.origin in ("declared", "module", "process")]
    bound = min(exposed_series(model, exposed), _MOST)
    sample_limit = _rounded(bound + max(100, bound // 10))
    names = {*model.target_labels, *(name for series in exposed for name in series.label_names), "__name__"}
    values = max((_longest(label) for series in exposed for label in series.labels), default=0)
    values = max(values, *(len(series.name.encode()) for series in exposed), *_target_lengths(model))
    line = max((_line(series) for series in exposed), default=0)
    return ScrapeLimits(
        series=bound,
        sample_limit=sample_limit,
        label_limit=max((len(series.labels) for series in exposed), default=0) + len(model.target_labels) + 6,
        label_name_length_limit=_rounded(max(len(name.encode()) for name in names) + 64),
        label_value_length_limit=_rounded(values + 128),
        body_size=-(-sample_limit * (line + 128) // _MEBIBYTE),
    )


def exposed_series(model: Model, exposed: list[Series]) -> int:
    """The most series on the endpoint, guard values included: those of the declared metrics (of
    disabled groups too, which a reload can enable), the module's own and the collectors'."""
    declared = sum(_combinations(metric) * _per_combination(metric) for metric in model.metrics)
    module = sum(prod(label.size for label in series.labels) for series in exposed if series.origin == "module")
    process = sum(prod(label.size for label in series.labels) for series in exposed if series.origin == "process")
    return declared + module + max(process, COLLECTORS)


def _combinations(metric: Metric) -> int:
    """A closed label can also be `__invalid__`; an open one that too (what is no text, or too long),
    `__overflow__` or `__redacted__`."""
    return prod(label.size + (1 if label.closed else 3) for label in metric.labels)


def _per_combination(metric: Metric) -> int:
    return metric.series_count // max(metric.combinations, 1)


def _longest(label: LabelDomain) -> int:
    if label.values is None:
        return OPEN_VALUE_LENGTH
    return max((len(value.encode()) for value in label.values), default=0)


def _target_lengths(model: Model) -> list[int]:
    """A target's address becomes the label `instance`."""
    service = model.service
    values = (service.name, *service.targets, *service.target_labels.values())
    return [len(value.encode()) for value in values]


def _line(series: Series) -> int:
    """Bytes of one sample's line; its HELP and TYPE lines are shared, and counted in the margin."""
    labels = sum(len(label.name.encode()) + _longest(label) + 4 for label in series.labels)
    return len(series.name.encode()) + labels + len(series.description.encode())


def _rounded(number: int) -> int:
    """The next round number, so that a small change of the spec does not change the limit."""
    step = int("1".ljust(max(2, len(str(number)) - 1), "0"))
    return -(-number // step) * step
