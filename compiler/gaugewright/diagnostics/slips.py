"""Slips of the pen: a name that is surely another one, misspelt.

Nearness alone proves nothing: `rx` and `tx`, `state` and `stage`, `http` and `https`, `5xx` and `4xx` are one letter
apart and mean different things. A slip is a change that leaves no other word: neighbouring letters turned round, a
letter doubled or not, one letter too many or too few inside a word, upper for lower case, a hyphen for an underscore,
a plural. And nothing else that would have been right may be near.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_LONG: Final = 5
"""Letters of a word in which one letter more or less makes no other word."""
_NEAR: Final = 2
"""Edits within which another name makes it unsure which one was meant."""
_MOST: Final = 5000
"""Names that are looked at; among more, nothing is certain."""

_PARTS: Final = re.compile(r"[_:.\-/\s]")


def slip(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was surely meant by `name`; None where there is a doubt."""
    near: list[str] = []
    for number, candidate in enumerate(names):
        if number >= _MOST:
            return None
        if candidate != name and abs(len(candidate) - len(name)) <= _NEAR and _is_near(name, candidate):
            near.append(candidate)
    return near[0] if len(set(near)) == 1 and _is_slip(name, near[0]) else None


def _is_slip(name: str, meant: str) -> bool:
    one, other = (_PARTS.split(text.lower()) for text in (name, meant))
    if len(one) != len(other):
        return False
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return not differing or (len(differing) == 1 and _is_misspelt(*differing[0]))


def _is_misspelt(word: str, meant: str) -> bool:
    """Whether a word of letters is another with one slip in it."""
    if not (word.isalpha() and meant.isalpha()) or word[0] != meant[0]:
        return False
    if len(word) == len(meant):
        return len(word) >= _LONG and _is_turned_round(word, meant)
    short, long = sorted((word, meant), key=len)
    at = next((number for number, letter in enumerate(short) if letter != long[number]), len(short))
    if len(long) - len(short) != 1 or short[at:] != long[at + 1 :]:
        return False
    if at == len(short):
        return long[-1] == long[-2] or (long[-1] == "s" and len(short) >= _LONG)
    return long[at] == long[at - 1] or len(short) >= _LONG


def _is_turned_round(word: str, meant: str) -> bool:
    differing = [number for number, pair in enumerate(zip(word, meant, strict=True)) if pair[0] != pair[1]]
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return word[first] == meant[second] and word[second] == meant[first]


def _is_near(one: str, other: str) -> bool:
    """At most `_NEAR` letters to change, add, take away or turn round (optimal string alignment, banded)."""
    one, other = one.lower(), other.lower()
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        low, high = max(1, i - _NEAR), min(len(other), i + _NEAR)
        now = [_NEAR + 1] * (len(other) + 1)
        now[0] = i
        for j in range(low, high + 1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (letter != other[j - 1]))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other[j - 1]:
                cost = min(cost, before[j - 2] + 1)
            now[j] = cost
        if min(now[low - 1 : high + 1]) > _NEAR:
            return False
        before, row = row, now
    return row[-1] <= _NEAR
