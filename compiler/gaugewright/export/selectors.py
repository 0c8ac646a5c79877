"""PromQL selectors. Whatever a value holds, it is matched as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from gaugewright.promql.literals import quote

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = frozenset(r"\.+*?()|[]{}^$")
_SURROGATES = range(0xD800, 0xE000)

LONGEST_CUT = 200
"""Characters of what divides two values. Each takes some fifty in a selector, and three of the thousand levels that
RE2 allows a regular expression."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label's only value; "" stands for a series without the label."""

    label: str
    value: str

    def written(self) -> list[str]:
        return [f"{_name(self.label)}={quote(self.value)}"]


@dataclass(frozen=True, slots=True)
class Span:
    """A label's values from `start` (inclusive) to `end`, None for no end, in the order of their characters' numbers.

    `values` are those that are known, sorted; the span has all others between its ends, too.
    """

    label: str
    values: tuple[str, ...]
    start: str = ""
    end: str | None = None

    def written(self) -> list[str]:
        """As long as its ends, however many values are in it."""
        name = _name(self.label)
        from_start = [f"{name}!~{quote(_before(self.start))}"] if self.start else []
        return from_start + ([] if self.end is None else [f"{name}=~{quote(_before(self.end))}"])

    def halves(self) -> tuple[Span, Span] | None:
        """Divided near the middle of the known values; None where they are one, or alike for too long."""
        places = range(1, len(self.values))
        for place in sorted(places, key=lambda place: abs(2 * place - len(self.values))):
            cut = _cut(self.values[place - 1], self.values[place])
            if len(cut) <= LONGEST_CUT:
                return (
                    Span(self.label, self.values[:place], self.start, cut),
                    Span(self.label, self.values[place:], cut, self.end),
                )
        return None


def selector(series: str, matchers: Iterable[Matcher | Span] = ()) -> str:
    """`name{label="value",other!~"...",other=~"..."}`."""
    written = ",".join([text for matcher in matchers for text in matcher.written()])
    return f"{series}{{{written}}}" if written else series


def _cut(one: str, other: str) -> str:
    """The shortest beginning of the other that comes after the one, which comes before the other."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return other[: len(list(same)) + 1]


def _before(end: str) -> str:
    """A regular expression (RE2's, and Python's) that is met by all texts before this one, the empty one among them."""
    inner = ""
    for place, character in enumerate(reversed(end)):
        ways = [f"{_smaller(character)}(?s:.*)"] if ord(character) else []
        ways += [_literal(character) + inner] if place else []
        inner = f"(?:{'|'.join(ways)})?" if ways else ""
    return inner


def _smaller(character: str) -> str:
    """A class of the characters before this one."""
    last = ord(character) - 1
    if last in _SURROGATES:
        last = _SURROGATES.start - 1
    return rf"[\x00-\x{last:02x}]" if last < 128 else rf"[\x00-{chr(last)}]"


def _name(label: str) -> str:
    return label if is_identifier(label) else quote(label)


def is_identifier(label: str) -> bool:
    """Whether the label stands in a selector as it is. Others, which Prometheus has since 3.0, are quoted there."""
    return _IDENTIFIER.fullmatch(label) is not None


def _literal(character: str) -> str:
    if character < " ":
        return rf"\x{ord(character):02x}"
    return "\\" + character if character in _SPECIAL else character
