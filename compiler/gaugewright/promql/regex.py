"""Whether Prometheus takes a regular expression, and if not, where it goes wrong.

Prometheus uses Go's RE2 syntax (https://github.com/google/re2/wiki/Syntax). promql-parser checks with Rust's
regex crate, which knows more (`(?x)`, `[a&&b]`, `\\<`) and refuses some that Go takes (`\\Q..\\E`, `\\012`,
`[a[b]`), so Go's rules are kept here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_PLAIN = re.compile(r"[\w \-./:,=@%&~#!;<>'\"|]*(?:\.[*+][\w \-./:,=@%&~#!;<>'\"|]*)*", re.ASCII)
_REPEAT = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)
_GROUP = re.compile(r"\(\?(?:P?<(\w+)>|([imsU]*(?:-[imsU]+)?)([:)]))", re.ASCII)
_ESCAPE = re.compile(
    r"\\(?:[dDsSwWAzbBafnrtv]|[pP](?:[CLMNPSZ]|\{\^?(?:[CLMNPSZ][a-zC]?|[A-Z][a-z]\w+)\})|0[0-7]{0,2}|[1-7][0-7]{1,2}|x[0-9a-fA-F]{2}|x\{0*(?:10|[0-9a-fA-F])?[0-9a-fA-F]{1,4}\}"
    r"|[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])",
    re.ASCII,
)
_CLASS_ITEM = re.compile(r"\[:\^?(\w+):\]", re.ASCII)
_CLASS_NAMES = re.compile("alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit")
_NOT_IN_CLASS = frozenset("AzbB")
_LARGEST_REPEAT = 1000
_DEEPEST = 200


class RegexMistake(NamedTuple):
    """What is wrong, from character `start` to `end` of the expression."""

    start: int
    end: int
    words: str


class _Refused(Exception):
    def __init__(self, start: int, end: int, words: str) -> None:
        self.mistake = RegexMistake(start, end, words)


@lru_cache(maxsize=2048)
def regex_mistake(pattern: str) -> RegexMistake | None:
    """The first thing in `pattern` that Go's regexp package refuses; None where it takes the whole."""
    if _PLAIN.fullmatch(pattern):
        return None
    try:
        _check(pattern)
    except _Refused as refused:
        return refused.mistake
    return None


class _Repeated(NamedTuple):
    """A repetition in braces: how often at most (at least, where nothing bounds it), and those inside of it."""

    times: int
    inside: tuple[_Repeated, ...]


def _exceeds(repeated: _Repeated, most: int) -> bool:
    """Whether the innermost thing is repeated more often than Go allows (its `repeatIsValid`)."""
    if repeated.times == 0:
        return False
    return repeated.times > most or any(_exceeds(inner, most // repeated.times) for inner in repeated.inside)


class _Repeats:
    """The repetitions in braces of each open group, so that those around them can be judged."""

    def __init__(self) -> None:
        self.groups: list[list[_Repeated]] = [[]]
        self.last: tuple[_Repeated, ...] = ()
        """Of the last thing that can be repeated."""

    def open(self) -> None:
        self.groups.append([])

    def close(self) -> None:
        self.last = tuple(self.groups.pop())
        self.groups[-1] += self.last

    def atom(self) -> None:
        self.last = ()

    def repeat(self, pattern: str, start: int, end: int, low: int, high: int) -> None:
        """The last thing, from `low` to `high` times."""
        found = _Repeated(high, self.last)
        if max(low, high) > 1 and _exceeds(found, _LARGEST_REPEAT):
            times = f"`{pattern[start:end]}` with those inside of it repeats"
            raise _Refused(start, end, f"{times} more than {_LARGEST_REPEAT} times")
        del self.groups[-1][len(self.groups[-1]) - len(self.last) :]
        self.groups[-1].append(found)
        self.last = (found,)


def _check(pattern: str) -> None:
    position, size = 0, len(pattern)
    open_groups: list[int] = []
    repeats = _Repeats()
    has_atom, just_repeated = False, False
    while position < size:
        char = pattern[position]
        if char in "*+?" or (char == "{" and _REPEAT.match(pattern, position)):
            if just_repeated or not has_atom:
                what = "is a second repetition" if just_repeated else "has nothing before it to repeat"
                raise _Refused(position, position + 1, f"`{char}` {what}")
            position, just_repeated = _repetition(pattern, position, repeats), True
            continue
        just_repeated = False
        if char == "(":
            position, opened = _group(pattern, position)
            if opened is not None:
                open_groups.append(opened)
                repeats.open()
                has_atom = False
                if len(open_groups) > _DEEPEST:
                    raise _Refused(opened, opened + 1, "`(` is nested too deeply")
        elif char == "|":
            position, has_atom = position + 1, False
        elif char == "\\":
            position, is_atom = _escape(pattern, position)
            has_atom |= is_atom
            repeats.atom()
        else:
            if char == ")":
                if not open_groups:
                    raise _Refused(position, position + 1, "`)` closes no group")
                open_groups.pop()
                repeats.close()
            else:
                repeats.atom()
            position = _class(pattern, position) if char == "[" else position + 1
            has_atom = True
    if open_groups:
        raise _Refused(open_groups[-1], open_groups[-1] + 1, "`(` is never closed")


def _repetition(pattern: str, position: int, repeats: _Repeats) -> int:
    """The end of the repetition at `position`, with the `?` that makes it lazy."""
    match = _REPEAT.match(pattern, position)
    if match is None:
        end = position + 1
    else:
        end = match.end()
        low = int(match[1][:9])
        high = int(match[3][:9]) if match[3] else low
        if max(low, high) > _LARGEST_REPEAT:
            raise _Refused(position, end, f"`{match[0]}` repeats more than {_LARGEST_REPEAT} times")
        if high < low:
            raise _Refused(position, end, f"`{match[0]}` has its limits in the wrong order")
        repeats.repeat(pattern, position, end, low, high)
    return end + 1 if pattern.startswith("?", end) else end


def _group(pattern: str, position: int) -> tuple[int, int | None]:
    """Where the group's head ends, and the place of the `(` if something is to close it.

    `(?i)` only sets flags: there is nothing to close.
    """
    if not pattern.startswith("(?", position):
        return position + 1, position
    match = _GROUP.match(pattern, position)
    if match is None or match[2] == "-":
        shown = pattern[position : position + 3]
        what = "is no group that RE2 knows"
        if pattern.startswith(("(?=", "(?!", "(?<=", "(?<!"), position):
            what = "looks around, which RE2 cannot"
        raise _Refused(position, position + len(shown), f"`{shown}` {what}")
    return match.end(), None if match[3] == ")" else position


def _escape(pattern: str, position: int, in_class: bool = False) -> tuple[int, bool]:
    """Where the escape ends, and whether it is something that can be repeated."""
    if not in_class and pattern.startswith(r"\Q", position):
        end = pattern.find(r"\E", position + 2)
        return (len(pattern) if end < 0 else end + 2), end != position + 2
    match = _ESCAPE.match(pattern, position)
    if match is None or (in_class and match[0][1] in _NOT_IN_CLASS):
        shown = pattern[position : position + 2]
        words = f"`{shown}` is no escape that RE2 knows" if len(shown) == 2 else "`\\` has nothing after it"
        raise _Refused(position, position + len(shown), words)
    return match.end(), True


def _class(pattern: str, opened: int) -> int:
    """The end of the character class that opens at `opened`."""
    position = opened + 1
    if pattern.startswith("^", position):
        position += 1
    first = True
    while first or not pattern.startswith("]", position):
        first = False
        if position >= len(pattern):
            raise _Refused(opened, opened + 1, "`[` is never closed")
        named = _CLASS_ITEM.match(pattern, position)
        if named is not None:
            if not _CLASS_NAMES.fullmatch(named[1]):
                raise _Refused(position, named.end(), f"`{named[0]}` is no class of characters")
            position = named.end()
            continue
        start = position
        position, low = _class_character(pattern, position)
        if pattern.startswith("-", position) and pattern[position + 1 : position + 2] not in ("]", ""):
            if low is None:
                raise _Refused(start, position + 1, "a range needs a character on its left")
            position, high = _class_character(pattern, position + 1)
            if high is None or high < low:
                raise _Refused(start, position, f"`{pattern[start:position]}` is no range of characters")
    return position + 1


def _class_character(pattern: str, position: int) -> tuple[int, int | None]:
    """Where the character ends, and its code; None for a class such as `\\d`."""
    if position >= len(pattern):
        return position, None
    if pattern[position] != "\\":
        return position + 1, ord(pattern[position])
    end, _ = _escape(pattern, position, in_class=True)
    name, rest = pattern[position + 1], pattern[position + 2 : end]
    if name in "dDsSwWpP":
        return end, None
    if name == "x":
        return end, int(rest.strip("{}"), 16)
    if name.isdigit():
        return end, int(name + rest, 8)
    return end, {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}.get(name, ord(name))
