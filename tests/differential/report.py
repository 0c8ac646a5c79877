"""Cases and tallies as a person reads them."""

from collections.abc import Iterator

from gaugewright.promql.syntax import VectorSelector, walk
from gaugewright.promql.types import Type

from tests.differential.campaign import Case, Tally
from tests.differential.data_sets import STEP
from tests.differential.subject import tree_of

_MOST_SERIES = 5
_LOOKBACK = 8
"""Samples before the evaluation that are shown: two minutes of them."""


def told(case: Case) -> str:
    """Query, series, time, what was observed and what inferred."""
    name = "complete" if case.data_set.complete else "guarded" if case.data_set.guarded else "ragged"
    written = case.question.typed.query
    lines = [
        f"query     {case.query}",
        *([f"written   {written.text}"] if written.variables else []),
        f"time      {case.answer.time}, {case.answer.time - case.data_set.start} s into the {name} data set",
    ]
    lines += [f"claim     {reason}" for reason in case.reasons[:3]]
    lines += [f"inferred  {line}" for line in _type_lines(case.question.type)]
    lines += [f"observed  {sample.labels} {sample.value!r}" for sample in case.answer.samples[:_MOST_SERIES]]
    lines += [f"series    {line}" for line in list(_series(case))[:_MOST_SERIES]]
    return "\n".join(lines)


def _type_lines(found: Type) -> Iterator[str]:
    yield f"{found.value_type}, {found.emptiness}; at most {found.max_series} series; values {tuple(found.value)}"
    for branch in found.branches:
        labels = {
            name: (label.values or "any") if label.must else (label.values or "any", "maybe")
            for name, label in branch.labels.items()
        }
        names = "any" if branch.names is None else sorted(branch.names)
        yield f"names {names} labels {labels}{' and more' if branch.open else ''}"


def _series(case: Case) -> Iterator[str]:
    """The last samples before the evaluation, of the metrics that the query names."""
    tree = tree_of(case.query)
    if tree is None:
        return
    names = {node.name.text for node in walk(tree) if isinstance(node, VectorSelector) and node.name is not None}
    last = (case.answer.time - case.data_set.start) // STEP
    for labels, points in case.data_set.series.items():
        shown = [points.get(number) for number in range(last - _LOOKBACK + 1, last + 1)]
        if dict(labels)["__name__"] in names and any(value is not None for value in shown):
            yield f"{dict(labels)} ... {' '.join('_' if value is None else format(value, 'g') for value in shown)}"


def summary(tally: Tally, seconds: float) -> str:
    """How much was asked, and how much of it was about something."""
    asked, answers = max(1, tally.queries), max(1, tally.answers)
    lines = [
        f"{tally.queries} queries, {tally.answers} answers in {seconds:.1f} s ({asked / seconds:.0f} queries a second);"
        f" {tally.refused} drawn ones were no PromQL",
        f"answers with a result {tally.with_result / answers:.0%}, errors {tally.errors / answers:.0%}",
    ]
    lines += [f"{count / asked:6.1%}  {claim}" for claim, count in tally.claims.most_common()]
    lines += [f"{count:6}  errors {code}, tried" for code, count in tally.findings.most_common()]
    return "\n".join((*lines, f"{len(tally.cases)} contradictions"))
