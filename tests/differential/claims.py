"""Whether what the engine answered is as an inferred type says."""

from collections.abc import Iterator
from math import isclose, isinf, isnan

from gaugewright.promql.types import Type
from gaugewright.promql.types.state import ALWAYS, NEVER, Branch

from tests.differential.data_sets import DataSet
from tests.differential.engine import Answer, Sample

TOLERANCE = 1e-12
"""The relative error that is left to the last digits of sums and averages, which engines add up in any order."""


def contradictions(found: Type, answer: Answer, data_set: DataSet) -> list[str]:
    """What of the type is not so; empty where all holds. An error is an answer without series that proves nothing."""
    return [] if answer.error else list(_contradictions(found, answer.samples, data_set))


def _contradictions(found: Type, samples: tuple[Sample, ...], data_set: DataSet) -> Iterator[str]:
    if found.emptiness == "never has a result" and samples:
        yield f"never has a result, and there are {len(samples)}"
        return
    if found.emptiness == "always has" and not samples:
        yield "always has a result, and there is none"
    if data_set.complete and found.while_scraped and not samples:
        yield "has a result while the service is scraped, and there is none"
    # Stand-ins of the module are no declared values, and are not counted.
    if not data_set.guarded and found.max_series is not None and len(samples) > found.max_series:
        yield f"has at most {found.max_series} series, and there are {len(samples)}"
    fitting: list[list[Branch]] = []
    for sample in samples:
        reasons = {branch: _outside(branch, sample) for branch in map(_Same, found.branches)}
        fitting.append([branch.branch for branch, reason in reasons.items() if not reason])
        if not fitting[-1]:
            yield f"{_shown(sample)}: {'; or '.join(reasons.values())}"
        elif reason := _outside(_Same(found.whole), sample):
            yield f"{_shown(sample)}, all branches together: {reason}"
    yield from _counted(found, fitting, data_set)


class _Same:
    """A branch by its identity: it holds mappings and has no hash of its own."""

    __slots__ = ("branch",)

    def __init__(self, branch: Branch) -> None:
        self.branch = branch


def _counted(found: Type, fitting: list[list[Branch]], data_set: DataSet) -> Iterator[str]:
    """The number of series of each branch, by those that fit no other; and those that always have some."""
    for branch in found.branches:
        own = sum(1 for branches in fitting if len(branches) == 1 and branches[0] is branch)
        if not data_set.guarded and branch.most is not None and own > branch.most:
            yield f"a branch has at most {branch.most} series, and there are {own}"
        if own and branch.exists is NEVER:
            yield "a branch never has a series, and there is one"
        if branch.exists is ALWAYS and not any(one is branch for branches in fitting for one in branches):
            yield "a branch always has a series, and there is none"


def _shown(sample: Sample) -> str:
    labels = ", ".join(f'{name}="{value}"' for name, value in sample.labels.items())
    return f"{{{labels}}} {sample.value!r}"


def _outside(same: _Same, sample: Sample) -> str:
    """Why a sample is none of the branch's; "" where it may be."""
    branch = same.branch
    labels = dict(sample.labels)
    name = labels.pop("__name__", "")
    if branch.names is not None and name not in branch.names:
        return f"the name {name!r} is not one of {sorted(branch.names)}"
    for label, value in labels.items():
        known = branch.label(label)
        if known is None:
            return f"no series has {label}"
        if known.values is not None and value not in known.values and value not in known.guards:
            return f"{label} is one of {known.values}"
    missing = [label for label, known in branch.labels.items() if known.must and label not in labels]
    if missing:
        return f"every series has {missing[0]}"
    return "" if is_within(branch, sample.value) else f"the value is in {tuple(branch.value)}"


def is_within(branch: Branch, value: float) -> bool:
    """Whether the branch can have the value, but for its last digits."""
    if value in branch.value:
        return True
    if isnan(value) or isinf(value) or branch.value.is_empty or branch.value.integral:
        return False
    return any(isclose(value, end, rel_tol=TOLERANCE) for end in (branch.value.low, branch.value.high))
