"""Functions of the judge, over values and over the points of a range.

Counters in a witness never fall, so resets are not looked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from gaugewright.witnesses.series import Sample, Vector

Points: TypeAlias = Sequence[tuple[float, float]]

OF_VALUES: Mapping[str, Callable[..., float]] = {
    "abs": lambda value: abs(value),
    "ceil": lambda value: float(math.ceil(value)),
    "floor": lambda value: float(math.floor(value)),
    "clamp": lambda value, low, high: max(low, min(high, value)),
    "clamp_max": lambda value, high: min(high, value),
    "clamp_min": lambda value, low: max(low, value),
    "round": lambda value, unit=1.0: math.floor(value / unit + 0.5) * unit,
    "sgn": lambda value: float((value > 0) - (value < 0)),
    "sqrt": lambda value: math.sqrt(value) if value >= 0 else math.nan,
    "sort": lambda value: value,
    "sort_desc": lambda value: value,
}


def extrapolated(points: Points, start: float, end: float, counter: bool, per: float = 1.0) -> float | None:
    """The increase over the whole range, or a part of it (promql/functions.go, extrapolatedRate)."""
    if len(points) < 2:
        return None
    (first, low), (last, high) = points[0], points[-1]
    sampled = last - first
    average = sampled / (len(points) - 1)
    before, after = first - start, end - last
    if before >= average * 1.1:
        before = average / 2
    if counter and high > low >= 0:
        before = min(before, sampled * (low / (high - low)))
    if after >= average * 1.1:
        after = average / 2
    return (high - low) * ((sampled + before + after) / sampled / per)


def _rate(points: Points, start: float, end: float) -> float | None:
    return extrapolated(points, start, end, counter=True, per=end - start)


def _instant_difference(points: Points, start: float, end: float) -> float | None:
    return points[-1][1] - points[-2][1] if len(points) > 1 else None


def _instant_rate(points: Points, start: float, end: float) -> float | None:
    difference = _instant_difference(points, start, end)
    return None if difference is None else difference / (points[-1][0] - points[-2][0])


def _regression(points: Points, at: float) -> tuple[float, float] | None:
    """The slope of the least squares' line, and its value at the time `at`."""
    if len(points) < 2:
        return None
    mean_time = math.fsum(time for time, _ in points) / len(points)
    mean = math.fsum(value for _, value in points) / len(points)
    spread = math.fsum((time - mean_time) ** 2 for time, _ in points)
    slope = math.fsum((time - mean_time) * (value - mean) for time, value in points) / spread
    return slope, mean + slope * (at - mean_time)


def _deriv(points: Points, start: float, end: float) -> float | None:
    line = _regression(points, end)
    return line[0] if line else None


def _predicted(points: Points, start: float, end: float, ahead: float) -> float | None:
    line = _regression(points, end)
    return line[1] + line[0] * ahead if line else None


def quantile(share: float, values: Sequence[float]) -> float:
    """promql/quantile.go, quantile."""
    if share < 0 or share > 1:
        return math.copysign(math.inf, share - 0.5)
    ranked = sorted(values)
    rank = share * (len(ranked) - 1)
    low = max(0, math.floor(rank))
    high = min(len(ranked) - 1, low + 1)
    weight = rank - math.floor(rank)
    return ranked[low] * (1 - weight) + ranked[high] * weight


def _of_values(compute: Callable[[list[float]], float]) -> Callable[..., float | None]:
    return lambda points, start, end: compute([value for _, value in points]) if points else None


OF_RANGES: Mapping[str, Callable[..., float | None]] = {
    "rate": _rate,
    "increase": lambda points, start, end: extrapolated(points, start, end, counter=True),
    "delta": lambda points, start, end: extrapolated(points, start, end, counter=False),
    "irate": _instant_rate,
    "idelta": _instant_difference,
    "deriv": _deriv,
    "predict_linear": _predicted,
    "avg_over_time": _of_values(lambda values: math.fsum(values) / len(values)),
    "min_over_time": _of_values(min),
    "max_over_time": _of_values(max),
    "sum_over_time": _of_values(math.fsum),
    "count_over_time": _of_values(lambda values: float(len(values))),
    "last_over_time": _of_values(lambda values: values[-1]),
    "first_over_time": _of_values(lambda values: values[0]),
    "present_over_time": _of_values(lambda values: 1.0),
    "changes": _of_values(lambda values: float(sum(a != b for a, b in pairwise(values)))),
    "resets": _of_values(lambda values: float(sum(b < a for a, b in pairwise(values)))),
    "quantile_over_time": lambda points, start, end, share: (
        quantile(share, [value for _, value in points]) if points else None
    ),
}

KEEP_NAME = frozenset(("last_over_time", "first_over_time"))


def histogram_quantile(share: float, vector: Vector) -> Vector:
    """promql/quantile.go, bucketQuantile, for classic histograms whose buckets only rise."""
    histograms: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for sample in vector:
        if "le" in sample.labels:
            rest = tuple(item for item in sorted(sample.unnamed().items()) if item[0] != "le")
            histograms.setdefault(rest, []).append((float(sample.labels["le"]), sample.value))
    return [Sample(dict(rest), _bucket_quantile(share, buckets)) for rest, buckets in histograms.items()]


def _bucket_quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    buckets = sorted(buckets)
    if math.isnan(share) or len(buckets) < 2 or buckets[-1][0] != math.inf or buckets[-1][1] == 0:
        return math.nan
    if share < 0 or share > 1:
        return math.copysign(math.inf, share - 0.5)
    rank = share * buckets[-1][1]
    index = next((i for i, (_, count) in enumerate(buckets[:-1]) if count >= rank), len(buckets) - 1)
    if index == len(buckets) - 1:
        return buckets[-2][0]
    upper, count = buckets[index]
    if index == 0 and upper <= 0:
        return upper
    lower, below = buckets[index - 1] if index else (0.0, 0.0)
    return lower + (upper - lower) * ((rank - below) / (count - below))
