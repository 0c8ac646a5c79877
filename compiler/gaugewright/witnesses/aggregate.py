"""Aggregations of the judge."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from gaugewright.witnesses.functions import quantile
from gaugewright.witnesses.series import Key, Sample, Vector
from gaugewright.witnesses.world import Unsolvable


def _variance(values: list[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / len(values)


_COMPUTED: Mapping[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "avg": lambda values: math.fsum(values) / len(values),
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
    "stddev": lambda values: math.sqrt(_variance(values)),
    "stdvar": lambda values: _variance(values),
    "group": lambda values: 1.0,
}


def aggregate(op: str, vector: Vector, names: tuple[str, ...], without: bool, param: float | None) -> Vector:
    groups: dict[Key, list[Sample]] = {}
    for sample in vector:
        groups.setdefault(_group(sample, names, without), []).append(sample)
    found: Vector = []
    for key, members in groups.items():
        values = [member.value for member in members]
        if op in _COMPUTED:
            found.append(Sample(dict(key), _COMPUTED[op](values)))
        elif op == "quantile" and param is not None:
            found.append(Sample(dict(key), quantile(param, values)))
        elif op in ("topk", "bottomk") and param is not None:
            ranked = sorted(members, key=lambda member: member.value, reverse=op == "topk")
            found.extend(ranked[: max(int(param), 0)])
        else:
            raise Unsolvable(f"the aggregation {op}")
    return found


def _group(sample: Sample, names: tuple[str, ...], without: bool) -> Key:
    if without:
        dropped = {*names, "__name__"}
        return tuple((name, value) for name, value in sample.key if name not in dropped)
    return tuple((name, value) for name, value in sample.key if name in names)
