"""RE2's syntax as a tree. Takes patterns that `promql.regex` finds no mistake in.

Raises `Unread` for what is rare and would need tables: Unicode classes, `\\C`, folding beyond ASCII.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

from gaugewright.promql.regex import regex_mistake


class Unread(Exception):
    """The pattern is not understood here, so nothing is known of what it matches."""


class Characters(NamedTuple):
    """One character out of these ranges (both ends belong to them), or out of all others."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def takes(self, char: str) -> bool:
        code = ord(char)
        return any(low <= code <= high for low, high in self.ranges) != self.negated

    @property
    def is_any(self) -> bool:
        return self.negated and not self.ranges

    def few(self) -> tuple[str, ...] | None:
        """The characters, where they are few."""
        if self.negated or sum(high - low + 1 for low, high in self.ranges) > 64:
            return None
        return tuple(chr(code) for code in sorted({c for low, high in self.ranges for c in range(low, high + 1)}))


class Assertion(NamedTuple):
    """`^ $ \\A \\z \\b \\B`: holds between characters. `multiline` is the flag m."""

    kind: str
    multiline: bool = False

    def holds(self, text: str, position: int) -> bool:
        before = text[position - 1] if position else ""
        after = text[position] if position < len(text) else ""
        if self.kind == "^":
            return not before or (self.multiline and before == "\n")
        if self.kind == "$":
            return not after or (self.multiline and after == "\n")
        return (_is_word(before) != _is_word(after)) == (self.kind == "b")


def _is_word(char: str) -> bool:
    return bool(char) and (char == "_" or (char.isascii() and char.isalnum()))


class Sequence(NamedTuple):
    parts: tuple[Node, ...]


class Alternatives(NamedTuple):
    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    part: Node
    least: int
    most: int | None
    lazy: bool = False


Node: TypeAlias = Characters | Assertion | Sequence | Alternatives | Repeat

ANY_CHARACTER: Final = Characters((), True)
_LAST = 0x10FFFF
_DIGITS: Final = ((48, 57),)
_WORD: Final = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Final = ((9, 10), (12, 13), (32, 32))
_CLASSES: Final = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_POSIX: Final = {
    "alnum": ((48, 57), (65, 90), (97, 122)), "alpha": ((65, 90), (97, 122)), "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)), "cntrl": ((0, 31), (127, 127)), "digit": _DIGITS, "graph": ((33, 126),),
    "lower": ((97, 122),), "print": ((32, 126),), "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)), "upper": ((65, 90),), "word": _WORD, "xdigit": ((48, 57), (65, 70), (97, 102)),
}  # fmt: skip
_ESCAPED: Final = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_REPEAT: Final = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)
_HEAD: Final = re.compile(r"\(\?(?:P?<\w+>|([imsU]*)(?:-([imsU]+))?([:)]))", re.ASCII)
_MOST_NESTED = 60


def read_pattern(pattern: str) -> Node:
    """The tree of a pattern. Raises Unread."""
    if regex_mistake(pattern) is not None:
        raise Unread
    reader = _Reader(pattern)
    node = reader.alternatives(0)
    if reader.position != len(pattern):
        raise Unread
    return node


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.flags = frozenset("s")

    def _is_at(self, text: str) -> bool:
        return self.pattern.startswith(text, self.position)

    def alternatives(self, depth: int) -> Node:
        if depth > _MOST_NESTED:
            raise Unread
        parts = [self._sequence(depth)]
        while self._is_at("|"):
            self.position += 1
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else Alternatives(tuple(parts))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.position < len(self.pattern) and self.pattern[self.position] not in "|)":
            atoms = self._atoms(depth)
            parts += atoms
            if parts:  # after `a(?i)*` it is the `a` that is repeated
                parts[-1] = self._repeated(parts[-1])
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        char = self.pattern[self.position : self.position + 1]
        braces = _REPEAT.match(self.pattern, self.position)
        if braces is not None:
            least = int(braces[1])
            most = least if braces[2] is None else int(braces[3]) if braces[3] else None
            self.position = braces.end()
        elif char and char in "*+?":
            least, most = (1 if char == "+" else 0), (1 if char == "?" else None)
            self.position += 1
        else:
            return part
        lazy = self._is_at("?")
        self.position += lazy
        return Repeat(part, least, most, lazy != ("U" in self.flags))

    def _atoms(self, depth: int) -> list[Node]:
        char = self.pattern[self.position]
        if char == "(":
            return self._group(depth)
        if char == "[":
            return [self._class()]
        if char == "\\":
            return self._escape()
        self.position += 1
        if char == ".":
            return [ANY_CHARACTER if "s" in self.flags else Characters(((10, 10),), True)]
        if char in "^$":
            return [Assertion(char, "m" in self.flags)]
        return [self._folded(((ord(char), ord(char)),))]

    def _group(self, depth: int) -> list[Node]:
        head = _HEAD.match(self.pattern, self.position)
        outer = self.flags
        self.position = self.position + 1 if head is None else head.end()
        if head is not None and head[3]:
            self.flags = (self.flags | frozenset(head[1])) - frozenset(head[2] or "")
            if head[3] == ")":
                return []
        node = self.alternatives(depth + 1)
        self.position += 1
        self.flags = outer
        return [node]

    def _escape(self) -> list[Node]:
        if self._is_at(r"\Q"):
            end = self.pattern.find(r"\E", self.position)
            text = self.pattern[self.position + 2 : end if end >= 0 else None]
            self.position = len(self.pattern) if end < 0 else end + 2
            return [self._folded(((ord(char), ord(char)),)) for char in text]
        name = self.pattern[self.position + 1]
        if name in "AzbB":
            self.position += 2
            return [Assertion({"A": "^", "z": "$"}.get(name, name))]
        if name.lower() in _CLASSES:
            self.position += 2
            return [self._folded(_CLASSES[name.lower()], name.isupper())]
        code = self._character()
        return [self._folded(((code, code),))]

    def _class(self) -> Node:
        self.position += 1
        negated = self._is_at("^")
        self.position += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._is_at("]"):
            first = False
            ranges += self._class_item()
        self.position += 1
        return self._folded(tuple(ranges), negated)

    def _class_item(self) -> list[tuple[int, int]]:
        posix = re.compile(r"\[:(\^?)(\w+):\]").match(self.pattern, self.position)
        if posix is not None:
            self.position = posix.end()
            return _outside(_POSIX[posix[2]]) if posix[1] else list(_POSIX[posix[2]])
        if self._is_at("\\") and self.pattern[self.position + 1].lower() in _CLASSES:
            name = self.pattern[self.position + 1]
            self.position += 2
            ranges = _CLASSES[name.lower()]
            return _outside(ranges) if name.isupper() else list(ranges)
        low = self._character()
        if self._is_at("-") and self.pattern[self.position + 1 : self.position + 2] not in ("]", ""):
            self.position += 1
            return [(low, self._character())]
        return [(low, low)]

    def _character(self) -> int:
        char = self.pattern[self.position]
        self.position += 1
        if char != "\\":
            return ord(char)
        char = self.pattern[self.position]
        self.position += 1
        if char in "pPC":
            raise Unread
        if char == "x":
            match = re.compile(r"\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2})").match(self.pattern, self.position)
            assert match is not None
            self.position = match.end()
            return int(match[1] or match[2], 16)
        if char.isdigit():
            match = re.compile(r"[0-7]{1,3}").match(self.pattern, self.position - 1)
            assert match is not None
            self.position = match.end()
            return int(match[0], 8)
        return _ESCAPED.get(char, ord(char))

    def _folded(self, ranges: tuple[tuple[int, int], ...], negated: bool = False) -> Characters:
        if "i" not in self.flags:
            return Characters(ranges, negated)
        if any(high > 127 for _, high in ranges):
            raise Unread
        more = list(ranges)
        for low, high in ranges:
            more += [(low_ - 32, high_ - 32) for low_, high_ in _overlap(low, high, 97, 122)]
            more += [(low_ + 32, high_ + 32) for low_, high_ in _overlap(low, high, 65, 90)]
        # Unicode folds two more onto ASCII: the long s, and the Kelvin sign.
        folded = Characters(tuple(more))
        more += [(0x17F, 0x17F)] if folded.takes("s") else []
        more += [(0x212A, 0x212A)] if folded.takes("k") else []
        return Characters(tuple(more), negated)


def _overlap(low: int, high: int, first: int, last: int) -> list[tuple[int, int]]:
    low, high = max(low, first), min(high, last)
    return [(low, high)] if low <= high else []


def _outside(ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    found, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    return [*found, (start, _LAST)]
