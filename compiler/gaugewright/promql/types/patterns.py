"""Whether an RE2 regular expression matches a string, as Prometheus's matchers ask it: anchored at both ends.

Python's `re` is not asked: its classes and anchors differ and a hostile pattern takes it for ever. The expression
becomes a small automaton that is run over all its states at once, so the time is at most the pattern's size
times the string's. What is rare and hard (Unicode classes, huge repetitions) is not read: then nothing is known.

Rules: https://github.com/google/re2/wiki/Syntax, Go's regexp/syntax, and Prometheus's FastRegexMatcher, which
compiles `^(?s:...)$`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from gaugewright.promql.types.pattern_syntax import (
    Alternatives,
    Assertion,
    Characters,
    Node,
    Repeat,
    Sequence,
    Unread,
    read_pattern,
)

LARGEST_AUTOMATON = 1500
LONGEST_STRING = 1024


class Pattern(NamedTuple):
    """A compiled expression. `words` are the strings that it matches, where they are few and all known."""

    words: frozenset[str] | None
    everything: bool
    """Matches every string."""
    something: bool
    """Matches every string but the empty one (and that too, where `everything`)."""
    automaton: _Automaton | None


class _Automaton(NamedTuple):
    """`steps[state]` are the ways on: a set of characters that is consumed, or an assertion, or nothing."""

    steps: tuple[tuple[tuple[Characters | Assertion | None, int], ...], ...]
    start: int
    end: int


def matches(pattern: str, text: str) -> bool | None:
    """Whether the whole of `text` matches; None where that is not known."""
    compiled = compiled_pattern(pattern)
    if compiled is None:
        return None
    if compiled.words is not None:
        return text in compiled.words
    if compiled.something:
        return compiled.everything or text != ""
    if compiled.automaton is None or len(text) > LONGEST_STRING:
        return None
    return _runs(pattern, text)


@lru_cache(maxsize=8192)
def _runs(pattern: str, text: str) -> bool:
    compiled = compiled_pattern(pattern)
    assert compiled is not None
    assert compiled.automaton is not None
    return _accepts(compiled.automaton, text)


_SPECIAL = frozenset("\\.+*?()[]{}^$|")


@lru_cache(maxsize=4096)
def compiled_pattern(pattern: str) -> Pattern | None:
    """The expression, ready to be asked; None where it is one that is not read here."""
    if not _SPECIAL.intersection(pattern):
        return Pattern(frozenset((pattern,)), False, False, None)
    if pattern in (".*", ".+"):
        return Pattern(None, pattern == ".*", True, None)
    try:
        tree = read_pattern(pattern)
    except Unread:
        return None
    words = _words(tree)
    if words is not None:
        return Pattern(frozenset(words), False, False, None)
    everything, something = _matches_all(tree)
    builder = _Builder()
    automaton = builder.whole(tree)
    return None if automaton is None and not something else Pattern(None, everything, something, automaton)


_MOST_WORDS = 1000
_LONGEST_SEQUENCE = 500


def _words(node: Node) -> list[str] | None:
    """All strings that a node matches; None where they are too many, or depend on their surroundings."""
    match node:
        case Characters():
            found = node.few()
            return None if found is None else list(found)
        case Alternatives():
            return _all_words(node.parts)
        case Sequence():
            if len(node.parts) > _LONGEST_SEQUENCE:
                return None
            words = [""]
            for part in node.parts:
                more = _words(part)
                if more is None or len(words) * len(more) > _MOST_WORDS:
                    return None
                words = [before + after for before in words for after in more]
            return words
        case Repeat(part, 0, 1):
            inside = _words(part)
            return None if inside is None else ["", *inside]
        case _:
            return None


def _all_words(parts: Iterable[Node]) -> list[str] | None:
    found: list[str] = []
    for part in parts:
        words = _words(part)
        if words is None or len(found) + len(words) > _MOST_WORDS:
            return None
        found += words
    return found


def _matches_all(node: Node) -> tuple[bool, bool]:
    """Whether it matches every string, and whether every one but the empty."""
    while isinstance(node, Sequence) and len(node.parts) == 1:
        node = node.parts[0]
    if isinstance(node, Alternatives):
        each = [_matches_all(part) for part in node.parts]
        everything = any(all_ for all_, _ in each)
        something = any(some for _, some in each)
        empty = any(isinstance(part, Sequence) and not part.parts for part in node.parts)
        return everything or (something and empty), something
    if isinstance(node, Repeat) and node.most is None and isinstance(node.part, Characters) and node.part.is_any:
        return node.least == 0, node.least <= 1
    return False, False


class _TooLarge(Exception):
    pass


class _Builder:
    """Thompson's construction."""

    def __init__(self) -> None:
        self.steps: list[list[tuple[Characters | Assertion | None, int]]] = []
        self.parts = 0

    def whole(self, node: Node) -> _Automaton | None:
        try:
            start = self._state()
            end = self._append(node, start)
        except _TooLarge:
            return None
        return _Automaton(tuple(tuple(ways) for ways in self.steps), start, end)

    def _state(self) -> int:
        if len(self.steps) >= LARGEST_AUTOMATON:
            raise _TooLarge
        self.steps.append([])
        return len(self.steps) - 1

    def _append(self, node: Node, start: int) -> int:
        """Adds the node behind state `start`; the state in which it has matched."""
        self.parts += 1
        if self.parts > LARGEST_AUTOMATON:  # `(){1000}` in itself has no states and yet no end
            raise _TooLarge
        match node:
            case Sequence():
                for part in node.parts:
                    start = self._append(part, start)
                return start
            case Alternatives():
                end = self._state()
                for part in node.parts:
                    first = self._state()
                    self.steps[start].append((None, first))
                    self.steps[self._append(part, first)].append((None, end))
                return end
            case Repeat():
                return self._repeat(node, start)
            case _:
                end = self._state()
                self.steps[start].append((node, end))
                return end

    def _repeat(self, node: Repeat, start: int) -> int:
        for _ in range(node.least):
            start = self._append(node.part, start)
        if node.most is None:
            loop = self._state()
            self.steps[start].append((None, loop))
            self.steps[self._append(node.part, loop)].append((None, loop))
            end = self._state()
            self.steps[loop].append((None, end))
            return end
        end = self._state()
        for _ in range(node.most - node.least):
            self.steps[start].append((None, end))
            start = self._append(node.part, start)
        self.steps[start].append((None, end))
        return end


def _accepts(automaton: _Automaton, text: str) -> bool:
    states = _reached(automaton, {automaton.start}, text, 0)
    for position, char in enumerate(text):
        following = {
            to for state in states for on, to in automaton.steps[state] if isinstance(on, Characters) and on.takes(char)
        }
        if not following:
            return False
        states = _reached(automaton, following, text, position + 1)
    return automaton.end in states


def _reached(automaton: _Automaton, states: set[int], text: str, position: int) -> set[int]:
    """The states that can be had without a character more."""
    waiting, found = list(states), set(states)
    while waiting:
        for on, to in automaton.steps[waiting.pop()]:
            if to not in found and (on is None or (isinstance(on, Assertion) and on.holds(text, position))):
                found.add(to)
                waiting.append(to)
    return found
