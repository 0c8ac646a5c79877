"""What a proposal decides where several answers are possible, so that a later proposal can decide otherwise.

A proposal is made anew for each script: the n-th decision takes the option that the script names, else the first. So
the code that proposes reads as if there were one way, and the search walks through all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Script: TypeAlias = Mapping[int, int]
"""Decisions that are not the first option, by their number."""

_SINGLE = 160
_COMBINED = 240
_AT_ONCE = 4


@dataclass(slots=True)
class Choices:
    """The decisions of one proposal, as they come; `offered` has how many options each had."""

    script: Script
    offered: list[int] = field(default_factory=list)

    def pick(self, options: Sequence[T]) -> T:
        number = len(self.offered)
        self.offered.append(len(options))
        return options[min(self.script.get(number, 0), len(options) - 1)]


def attempts() -> Iterator[Choices]:
    """The decisions of one proposal after another; each is made before the next one's are asked for."""
    first = Choices({})
    yield first
    yield from map(Choices, _scripts(first.offered))


def _scripts(offered: Sequence[int]) -> Iterator[Script]:
    """What to try after the proposal that offered so much: one decision otherwise, then several, the same ones
    each time. There is an end to it."""
    single = [(number, option) for option in range(1, max(offered, default=1)) for number, most in enumerate(offered)
              if option < most][:_SINGLE]  # fmt: skip
    for number, option in single:
        yield {number: option}
    drawn = Random(len(offered))
    several = [number for number, most in enumerate(offered) if most > 1]
    for _ in range(_COMBINED if len(several) > 1 else 0):
        chosen = drawn.sample(several, drawn.randint(2, min(_AT_ONCE, len(several))))
        yield {number: drawn.randrange(offered[number]) for number in chosen}
