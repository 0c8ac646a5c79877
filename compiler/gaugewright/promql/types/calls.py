"""Function calls: what each function makes of its arguments' types.

`functions` has those that treat each sample by itself; here are those that build or change series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Final, TypeAlias

from gaugewright.promql.syntax import Call, MatrixSelector, VectorSelector, unwrap
from gaugewright.promql.types import units
from gaugewright.promql.types.environment import Environment
from gaugewright.promql.types.functions import RULES, Rule, applied, clamped, quantile, rounded
from gaugewright.promql.types.histograms import fraction_of_histogram, quantile_of_histogram, quantiles_of_histogram
from gaugewright.promql.types.intervals import ANYTHING, ONE, POSITIVE, Interval, exactly, with_nan
from gaugewright.promql.types.label_functions import label_join, label_replace
from gaugewright.promql.types.labels import Label
from gaugewright.promql.types.state import ALWAYS, MAYBE, NEVER, UNNAMED, Branch, Type, not_all, typed
from gaugewright.promql.types.units import Bare, MaybeUnit

Arguments: TypeAlias = Sequence[Type]


def scalar_type(value: Interval, unit: MaybeUnit) -> Type:
    """A number: it is always there and has no labels."""
    return Type("scalar", (Branch({}, value=value, unit=unit, exists=ALWAYS, most=1, stage="derived"),))


def unknown_result() -> Type:
    """A vector of which nothing is known."""
    return Type("vector", (Branch({}, True, names=None, sample="unknown", role="unknown"),))


def called(node: Call, args: Arguments, environment: Environment) -> Type:
    """The type of a call whose arguments have these types."""
    name = node.function.text
    if node.function.variables:
        return unknown_result()
    special = _SPECIAL.get(name)
    if special is not None:
        return special(node, args)
    rule = RULES.get(name)
    if rule is None:
        return unknown_result()
    return _ruled(name, rule, args, environment)


def _ruled(name: str, rule: Rule, args: Arguments, environment: Environment) -> Type:
    series = next((arg for arg in args if arg.value_type in ("vector", "matrix")), None)
    if series is None:  # minute(), hour(), ... of the evaluation's time
        branch = applied(rule, Branch({}, value=POSITIVE, unit=units.TIME, exists=ALWAYS, most=1))
        return Type("vector", (branch._replace(value=branch.value._replace(nan=False)),))
    found = tuple(_through(rule, branch, series, environment) for branch in series.branches)
    if name == "quantile_over_time":
        found = tuple(_quantile_over_time(branch, args[0]) for branch in found)
    if name == "start_timestamp":  # only of samples that were stored with one
        found = tuple(branch._replace(exists=min(branch.exists, MAYBE)) for branch in found)
    return typed("vector", found)


def _through(rule: Rule, branch: Branch, series: Type, environment: Environment) -> Branch:
    result = applied(rule, branch)
    if rule.histograms and branch.sample == "float":
        return result._replace(exists=NEVER, most=0)
    if rule.samples == 0 or result.exists is NEVER:
        return result
    fewest, most = samples_in(series, environment)
    if most is not None and most < rule.samples:
        return result._replace(exists=NEVER, most=0)
    return result if fewest >= rule.samples else result._replace(exists=min(result.exists, MAYBE))


def samples_in(series: Type, environment: Environment) -> tuple[int, int | None]:
    """The fewest and the most samples that a range can hold of a series without gaps; None: not known.

    A range is open on the left since Prometheus 3, so `[1m]` of samples a minute apart holds one of them."""
    window, step = series.window, series.step
    if window is None or not step:
        return 0, None
    periods = window / step
    return int(periods + 1e-9), max(1, -int(-(periods - 1e-9) // 1))


def _quantile_over_time(branch: Branch, phi: Type) -> Branch:
    return branch._replace(value=quantile(branch.value, phi.value))


def _scalar(node: Call, args: Arguments) -> Type:
    """NaN, unless the vector has exactly one series."""
    vector = args[0]
    sure = vector.exists is ALWAYS and vector.max_series == 1
    value = vector.value if sure else with_nan(vector.value)
    if vector.is_histogram is not False:
        value = ANYTHING
    return scalar_type(value, vector.unit)


def _vector(node: Call, args: Arguments) -> Type:
    number = args[0]
    branch = number.branches[0]
    return Type("vector", (branch._replace(names=UNNAMED),), guess=number.guess)


def _absent(node: Call, args: Arguments) -> Type:
    """One series where there is none, with the labels that a plain selector asks for with `=`."""
    inside = args[0]
    labels, open_ = _asked_labels(node)
    exists = {NEVER: ALWAYS, ALWAYS: NEVER}.get(inside.exists, MAYBE)
    most = 0 if exists is NEVER else 1
    return Type(
        "vector", (Branch(labels, open_, value=ONE, unit=units.ONE, stage="derived", exists=exists, most=most),)
    )


def _asked_labels(node: Call) -> tuple[dict[str, Label], bool]:
    """As Prometheus's createLabelsForAbsentFunction: a label of two matchers is left out. Where `=` is not the first
    of them, versions differ."""
    argument = unwrap(node.args[0])
    selector = argument.selector if isinstance(argument, MatrixSelector) else argument
    labels: dict[str, Label] = {}
    if not isinstance(selector, VectorSelector):
        return labels, False
    if any(matcher.label.variables for matcher in selector.matchers):
        return labels, True
    equal, seen = set[str](), set[str]()
    for matcher in selector.matchers:
        name, value = matcher.label.text, matcher.value
        if name == "__name__":
            continue
        if matcher.op.text != "=" or name in equal:
            labels.pop(name, None)
            seen.add(name)
            continue
        equal.add(name)
        if value.variables:
            labels[name] = Label(False, None, most=1)
        elif value.text:
            labels[name] = Label(name not in seen, (value.text,))
    return labels, False


def _clamp(low: int | None, high: int | None) -> Callable[[Call, Arguments], Type]:
    everything = exactly(-inf), exactly(inf)

    def rule(node: Call, args: Arguments) -> Type:
        least = everything[0] if low is None else args[low].value
        most = everything[1] if high is None else args[high].value
        found = []
        for branch in args[0].branches:
            value = clamped(branch.value, least, most) if branch.sample == "float" else ANYTHING
            exists = branch.exists
            if least.low > most.high and not (least.is_empty or most.is_empty or least.nan or most.nan):
                found.append(branch._replace(names=UNNAMED, exists=NEVER, most=0))
                continue
            if not least.high <= most.low or least.nan or most.nan or branch.sample != "float":
                exists = min(exists, MAYBE)
            found.append(branch._replace(names=UNNAMED, value=value, exists=exists, stage="derived"))
        return typed("vector", tuple(found))

    return rule


def _round(node: Call, args: Arguments) -> Type:
    step = args[1].value.point if len(args) > 1 else 1.0
    return typed(
        "vector",
        tuple(
            branch._replace(names=UNNAMED, value=rounded(branch.value, step), stage="derived")
            for branch in args[0].branches
        ),
    )


def _info(node: Call, args: Arguments) -> Type:
    """The labels of `target_info`, or of another info metric, may come to those that are there."""
    filtering = len(args) > 1
    found = []
    for branch in args[0].branches:
        exists = min(branch.exists, MAYBE) if filtering else branch.exists
        found.append(branch._replace(open=True, absent=frozenset(), exists=not_all(exists)))
    return typed("vector", tuple(found))


def _time(node: Call, args: Arguments) -> Type:
    return scalar_type(POSITIVE, units.TIME)


def _span(node: Call, args: Arguments) -> Type:
    return scalar_type(POSITIVE, units.SECONDS)


def _pi(node: Call, args: Arguments) -> Type:
    return scalar_type(exactly(3.141592653589793), Bare(None))


def _greater(node: Call, args: Arguments) -> Type:
    return _chosen(args, max)


def _smaller(node: Call, args: Arguments) -> Type:
    return _chosen(args, min)


def _chosen(args: Arguments, choose: Callable[[float, float], float]) -> Type:
    one, other = args[0].value, args[1].value
    nan = one.nan or other.nan
    if one.is_empty or other.is_empty:
        return scalar_type(ANYTHING, None)
    value = Interval(choose(one.low, other.low), choose(one.high, other.high), nan, one.integral and other.integral)
    return scalar_type(value, units.either(args[0].unit, args[1].unit))


_SPECIAL: Final[dict[str, Callable[[Call, Arguments], Type]]] = {
    "absent": _absent,
    "absent_over_time": _absent,
    "clamp": _clamp(1, 2),
    "clamp_max": _clamp(None, 1),
    "clamp_min": _clamp(1, None),
    "end": _time,
    "histogram_fraction": fraction_of_histogram,
    "histogram_quantile": quantile_of_histogram,
    "histogram_quantiles": quantiles_of_histogram,
    "info": _info,
    "label_join": label_join,
    "label_replace": label_replace,
    "max_of": _greater,
    "min_of": _smaller,
    "pi": _pi,
    "range": _span,
    "round": _round,
    "scalar": _scalar,
    "start": _time,
    "step": _span,
    "time": _time,
    "vector": _vector,
}
