"""Which series a selector reads."""

from __future__ import annotations

from gaugewright.promql.syntax import Matcher, VectorSelector
from gaugewright.promql.types.environment import Environment, unknown_series
from gaugewright.promql.types.intervals import NOWHERE
from gaugewright.promql.types.matchers import acceptance, select
from gaugewright.promql.types.state import MAYBE, MOST_BRANCHES, NEVER, SCRAPED, Branch, merged

LARGEST_MEMORY = 10_000


def selected(node: VectorSelector, environment: Environment) -> tuple[Branch, ...]:
    """The selector's series, one branch for each metric; those without any are left out if others are there."""
    key = (node.name.text if node.name is not None else None, node.matchers)
    found = environment.selected.get(key)
    if found is None:
        found = _selected(node, environment)
        if len(environment.selected) >= LARGEST_MEMORY:
            environment.selected.clear()
        environment.selected[key] = found
    if node.offset is not None or node.at is not None:
        # Long ago there may have been no series yet.
        return tuple(_earlier(branch) for branch in found)
    return found


def _earlier(branch: Branch) -> Branch:
    return branch._replace(exists=MAYBE) if branch.exists is SCRAPED else branch


def _selected(node: VectorSelector, environment: Environment) -> tuple[Branch, ...]:
    all_ = tuple(select(branch, node.matchers) for branch in _named(node, environment))
    living = tuple(branch for branch in all_ if branch.exists is not NEVER)
    if len(living) > MOST_BRANCHES:
        return (merged(living),)
    return living or all_[:1] or (_nothing(),)


def _nothing() -> Branch:
    return Branch({}, value=NOWHERE, exists=NEVER, most=0)


def _named(node: VectorSelector, environment: Environment) -> tuple[Branch, ...]:
    """The series whose name fits."""
    asked = [matcher for matcher in node.matchers if matcher.label.text == "__name__"]
    if node.name is not None and not node.name.variables:
        found = _of_name(node.name.text, environment)
        return found if all(acceptance(matcher)(node.name.text) is not False for matcher in asked) else ()
    unsure = node.name is not None or any(matcher.value.variables or matcher.label.variables for matcher in asked)
    if unsure or not environment.complete:
        exact = _exact(asked)
        return _of_name(exact, environment) if exact is not None else (unknown_series(None),)
    exact = _exact(asked)
    names = environment.series if exact is None else (exact,)
    questions = [acceptance(matcher) for matcher in asked]
    fitting = [name for name in names if all(accepts(name) is not False for accepts in questions)]
    return tuple(branch for name in fitting for branch in _of_name(name, environment))


def _exact(asked: list[Matcher]) -> str | None:
    return next((m.value.text for m in asked if m.op.text == "=" and not m.value.variables), None)


def _of_name(name: str, environment: Environment) -> tuple[Branch, ...]:
    series = environment.series.get(name)
    return (unknown_series(name),) if series is None else series.branches
