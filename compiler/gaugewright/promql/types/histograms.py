"""Quantiles and shares of classic histograms: from `_bucket` series with their label `le`.

Source: `BucketQuantile` in promql/quantile.go. A quantile lies between the lowest boundary (or 0, where that
is positive) and the highest finite one; it is NaN where nothing was observed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, isnan

from gaugewright.promql.syntax import Call
from gaugewright.promql.types import units
from gaugewright.promql.types.intervals import ANYTHING, NOWHERE, SHARE, Interval
from gaugewright.promql.types.labels import Label, combinations, least
from gaugewright.promql.types.state import MAYBE, NEVER, UNNAMED, Branch, Type, typed


def quantile_of_histogram(node: Call, args: Sequence[Type]) -> Type:
    phi, buckets = args
    return typed("vector", tuple(_quantile(branch, phi.value) for branch in buckets.branches))


def _quantile(branch: Branch, phi: Interval) -> Branch:
    value = quantile_range(branch, phi) if branch.sample == "float" else ANYTHING
    return _without_le(branch)._replace(value=value, unit=branch.bound_unit, role="quantile", stage="derived")


def quantile_range(branch: Branch, phi: Interval) -> Interval:
    """Where a quantile of these buckets can lie."""
    bounds = boundaries(branch)
    if bounds is None:
        return ANYTHING
    finite = [bound for bound in bounds if isfinite(bound)]
    if not finite or inf not in bounds:
        inside = NOWHERE._replace(nan=True)
    else:
        inside = Interval(min(0.0, *finite), max(finite), True)
    low = -inf if phi.low < 0 else inside.low
    high = inf if phi.high > 1 else inside.high
    return inside._replace(low=low, high=high, integral=False)


def boundaries(branch: Branch) -> list[float] | None:
    """The buckets' boundaries; None where they are not all known."""
    le = branch.label("le")
    if le is None or le.values is None:
        return None
    bounds = []
    for value in (*le.values, *le.guards):
        try:
            bounds.append(float(value))
        except ValueError:
            return None
    return None if any(isnan(bound) for bound in bounds) else bounds


def _without_le(branch: Branch) -> Branch:
    labels = {name: label for name, label in branch.labels.items() if name != "le"}
    absent = branch.absent | {"le"} if branch.open else branch.absent
    most = branch.most if branch.open else least(branch.most, combinations(labels.values()))
    found = branch._replace(labels=labels, absent=absent, names=UNNAMED, most=most, sample="float")
    if branch.sample != "float":
        return found._replace(exists=min(branch.exists, MAYBE))
    if branch.lacks("le"):
        return found._replace(exists=NEVER, most=0)
    le = branch.label("le")
    return found if le is not None and le.must else found._replace(exists=min(branch.exists, MAYBE))


def fraction_of_histogram(node: Call, args: Sequence[Type]) -> Type:
    """Of classic histograms too in current versions; earlier ones gave nothing for them."""
    found = []
    for branch in args[2].branches:
        result = _without_le(branch)
        result = result._replace(exists=min(result.exists, MAYBE), value=SHARE, unit=units.ONE, stage="derived")
        found.append(result._replace(role="gauge"))
    return typed("vector", tuple(found))


def quantiles_of_histogram(node: Call, args: Sequence[Type]) -> Type:
    """`histogram_quantiles(v, "label", φ, ...)`: a series for each φ, which stands in the label."""
    buckets, name, *phis = args
    found = []
    for branch in buckets.branches:
        low, high = min(phi.value.low for phi in phis), max(phi.value.high for phi in phis)
        result = _quantile(branch, Interval(low, high, any(phi.value.nan for phi in phis)))
        most = None if result.most is None else result.most * len(phis)
        if name.text is None:
            labels, open_ = {}, True
        else:
            labels, open_ = {**result.labels, name.text: Label(True, None, most=len(phis))}, result.open
        exists = min(result.exists, MAYBE)
        found.append(result._replace(labels=labels, open=open_, most=most, exists=exists))
    return typed("vector", tuple(found))
