"""Aggregations: which labels are left, and what becomes of the values.

Source: Prometheus's page "Operators", section "Aggregation operators".
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, inf
from typing import Final

from gaugewright.promql.syntax import LabelList
from gaugewright.promql.types import units
from gaugewright.promql.types.functions import averaged, quantile, summed
from gaugewright.promql.types.intervals import ONE, ONE_UP, Interval
from gaugewright.promql.types.labels import Label, combinations, least, optional
from gaugewright.promql.types.state import ALWAYS, MAYBE, NEVER, UNNAMED, Branch, Type, merged, not_all, typed
from gaugewright.promql.types.units import MaybeUnit

KEEP_SERIES: Final = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))


def aggregated(op: str, inside: Type, param: Type | None, grouping: LabelList | None) -> Type:
    """The type of `op by (..) (param, inside)`."""
    branches = inside.branches
    if op in KEEP_SERIES:
        if len(branches) > 1 and inside.exists is ALWAYS:
            branches = (merged(branches),)  # which branch is chosen is not known
        return typed("vector", tuple(_chosen(op, branch, param, grouping) for branch in branches))
    # Series of several branches may fall into one group.
    whole = merged(branches) if len(branches) > 1 else branches[0]
    grouped = group(whole, grouping)
    value, unit = _values(op, whole, param)
    keeps_kind = op in ("sum", "avg", "min", "max")
    result = grouped._replace(
        value=value,
        unit=unit,
        sample=whole.sample if op in ("sum", "avg") else "float",
        role=whole.role if keeps_kind else "gauge",
        stage=whole.stage if keeps_kind else "derived",
    )
    if op == "count_values":
        result = _with_value_label(result, param, grouping)
    return typed("vector", (result,))


def listed(labels: LabelList | None) -> tuple[str, ...] | None:
    """The labels of a list; None where a dashboard variable stands for some."""
    if labels is None:
        return ()
    if any(label.variables for label in labels.labels):
        return None
    return tuple(label.text for label in labels.labels)


def group(branch: Branch, grouping: LabelList | None) -> Branch:
    """One series for each group: the labels that are left."""
    names = listed(grouping)
    if names is None:
        return _unknown_groups(branch)
    if grouping is not None and grouping.keyword.text.lower() == "without":
        return _without(branch, names)
    return _by(branch, names)


def _by(branch: Branch, names: Iterable[str]) -> Branch:
    labels: dict[str, Label] = {}
    for name in names:
        label = branch.label(name)
        if label is not None:
            labels[name] = label
    keeps_name = "__name__" in names
    labels.pop("__name__", None)
    choices = combinations(labels.values())
    several = branch.names is None or len(branch.names) > 1
    most = branch.most if keeps_name and several else least(branch.most, choices)
    return branch._replace(
        labels=labels, open=False, absent=frozenset(), names=branch.names if keeps_name else UNNAMED, most=most
    )


def _without(branch: Branch, names: Iterable[str]) -> Branch:
    gone = frozenset(names)
    labels = {name: label for name, label in branch.labels.items() if name not in gone}
    most = branch.most if branch.open else least(branch.most, combinations(labels.values()))
    absent = branch.absent | gone if branch.open else branch.absent
    return branch._replace(labels=labels, absent=absent, names=UNNAMED, most=most)


def _unknown_groups(branch: Branch) -> Branch:
    """`by ($label)`: any of the labels may be left. A variable cannot bring new ones."""
    labels = {name: optional(label) for name, label in branch.labels.items()}
    return branch._replace(labels=labels, names=None, exists=not_all(branch.exists))


def _chosen(op: str, branch: Branch, param: Type | None, grouping: LabelList | None) -> Branch:
    """topk, bottomk, limitk, limit_ratio: some of the series, whole."""
    if op == "limit_ratio":
        return branch._replace(exists=min(branch.exists, MAYBE))
    count = param.value if param is not None and not param.guess else None
    if count is None or count.point is None or not -inf < count.point < inf:
        return branch._replace(exists=min(branch.exists, MAYBE))
    each = max(0, floor(count.point))
    if each == 0:
        return branch._replace(exists=NEVER, most=0)
    groups = group(branch, grouping).most
    return branch._replace(
        exists=not_all(branch.exists), most=least(branch.most, None if groups is None else groups * each)
    )


def _values(op: str, branch: Branch, param: Type | None) -> tuple[Interval, MaybeUnit]:
    value = branch.value if branch.sample == "float" else Interval()
    unit = branch.unit
    match op:
        case "sum":
            return summed(value), unit
        case "avg":
            return averaged(value), unit
        case "min" | "max":
            return value, unit
        case "count":
            return ONE_UP, units.ONE
        case "group":
            return ONE, units.ONE
        case "count_values":
            return ONE_UP, units.ONE
        case "stddev":
            return Interval(0.0, inf), units.subtract(unit, unit)
        case "stdvar":
            return Interval(0.0, inf), units.raised(units.subtract(unit, unit), 2)
        case "quantile" if param is not None:
            return quantile(value, param.value), unit
        case _:
            return Interval(), None


def _with_value_label(branch: Branch, param: Type | None, grouping: LabelList | None) -> Branch:
    """`count_values("v", x)`: a series for each value, which stands in the label (unless `without` removes it)."""
    name = None if param is None else param.text
    removed = grouping.labels if grouping is not None and grouping.keyword.text.lower() == "without" else ()
    if any(word.text == name and not word.variables for word in removed):
        return branch
    if name is None:
        return branch._replace(labels={}, open=True, absent=frozenset(), most=None)
    must = not any(word.variables for word in removed)
    labels = {**branch.labels, name: Label(must, None)}
    return branch._replace(labels=labels, absent=branch.absent - {name}, most=None)
