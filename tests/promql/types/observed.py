"""Whether what an engine answered lies within an inferred type."""

from collections.abc import Sequence
from math import isclose, isinf, isnan

from gaugewright.promql.types import Branch, Type
from gaugewright.promql.types.state import ALWAYS, NEVER

from tests.promql.types.promtool import Sample


def contradictions(found: Type, samples: Sequence[Sample]) -> list[str]:
    """What of the type is not so; empty where it holds. The module's guard values are not expected in the data."""
    wrong = []
    if found.exists is NEVER and samples:
        wrong.append(f"never has a result, and there are {len(samples)}")
    if found.exists is ALWAYS and not samples:
        wrong.append("always has a result, and there is none")
    if found.while_scraped and not samples:
        wrong.append("has a result while scraped, and there is none")
    if found.max_series is not None and len(samples) > found.max_series:
        wrong.append(f"at most {found.max_series} series, and there are {len(samples)}")
    for sample in samples:
        reasons = [_outside(branch, sample) for branch in found.branches]
        if all(reasons):
            wrong.append(f"{sample}: {'; or '.join(str(reason) for reason in reasons)}")
    return wrong


def _outside(branch: Branch, sample: Sample) -> str:
    """Why a sample is none of the branch's; "" where it may be."""
    labels = dict(sample.labels)
    name = labels.pop("__name__", "")
    if branch.names is not None and name not in branch.names:
        return f"the name {name!r} is not one of {set(branch.names)}"
    for label, value in labels.items():
        known = branch.label(label)
        if known is None:
            return f"no series has {label}"
        if known.values is not None and value not in known.values and value not in known.guards:
            return f"{label} cannot be {value!r}"
    missing = [label for label, known in branch.labels.items() if known.must and label not in labels]
    if missing:
        return f"every series has {missing[0]}"
    return "" if _is_within(branch, sample.value) else f"{sample.value} is not within {branch.value}"


def _is_within(branch: Branch, value: float) -> bool:
    if value in branch.value:
        return True
    if isnan(value) or isinf(value) or branch.value.is_empty:
        return False
    low, high = branch.value.low, branch.value.high
    is_close = any(isclose(value, end, rel_tol=1e-9, abs_tol=1e-12) for end in (low, high))
    whole = isclose(value, round(value), rel_tol=1e-9, abs_tol=1e-12)
    return (low <= value <= high or is_close) and (whole or not branch.value.integral)
