"""Samples and vectors of the judge, and what a selector takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from gaugewright.promql.syntax import Matcher, VectorSelector
from gaugewright.promql.types import patterns
from gaugewright.witnesses.world import Unsolvable

Key: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A value with its labels, `__name__` among them where the series has one."""

    labels: Mapping[str, str]
    value: float

    @property
    def key(self) -> Key:
        return tuple(sorted(self.labels.items()))

    def unnamed(self) -> dict[str, str]:
        return {name: value for name, value in self.labels.items() if name != "__name__"}


Vector: TypeAlias = list[Sample]
Samples: TypeAlias = Mapping[Key, Sequence[tuple[float, float]]]
"""Points (time, value) by the labels of their series."""


def matches(node: VectorSelector, labels: Mapping[str, str]) -> bool:
    """Whether a series of this metric with these labels is selected; a missing label is ""."""
    return all(accepts(matcher, labels.get(matcher.label.text, "")) for matcher in node.matchers)


def accepts(matcher: Matcher, value: str) -> bool:
    operator, text = matcher.op.text, matcher.value.text
    if operator in ("=", "!="):
        return (value == text) == (operator == "=")
    found = patterns.matches(text, value)
    if found is None:
        raise Unsolvable(f"the regular expression {text}")
    return found == (operator == "=~")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Python's reading of the expression, which is RE2's for what people write in matchers."""
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        raise Unsolvable(f"the regular expression {pattern}") from None
