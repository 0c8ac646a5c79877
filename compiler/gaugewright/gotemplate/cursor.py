"""A position in a template's tokens, and what is known there: the variables, the depth, the findings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gaugewright.diagnostics import Mend, TextFinding
from gaugewright.gotemplate import mends
from gaugewright.gotemplate.syntax import Placed
from gaugewright.gotemplate.tokens import END_OF_TEXT, SPACE, Token, tokens

DEEPEST = 50
"""Nesting of blocks and parentheses together; real texts reach 4."""


class Broken(Exception):
    """An action that cannot be read on from `token`."""

    def __init__(self, token: Token, message: str, help: str, mend: Mend | None = None) -> None:
        self.token, self.message, self.help, self.mend = token, message, help, mend


class TooDeep(Exception):
    """Nested more deeply than DEEPEST at `token`."""

    def __init__(self, token: Token) -> None:
        self.token = token


class Called(NamedTuple):
    """A known function where it is called."""

    name: str
    since: str
    start: int
    end: int


class Cursor:
    """A position in the tokens, and the variables that are defined there."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.index = 0
        self.findings: list[TextFinding] = []
        self.called: list[Called] = []
        self.defined: dict[str, int] = {}
        self.scopes: list[list[str]] = [[]]
        self.in_definition = False
        self.action_start = 0
        self.depth = 0

    def report(self, place: Token | Placed, message: str, help: str = "", mend: Mend | None = None) -> None:
        self.findings.append(TextFinding("template-syntax", place.start, place.end, message, help, mend))

    def unexpected(self, token: Token, context: str) -> mends.Words:
        before = self.tokens[max(0, self.index - 2)]
        following = self.tokens[min(self.index, len(self.tokens) - 1)]
        return mends.unexpected(token, context, before, following)

    # The tokens

    def peek(self) -> Token:
        return self.tokens[self.index]

    def next(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != END_OF_TEXT:
            self.index += 1
        return token

    def peek_word(self) -> Token:
        """The next token that is no space; the spaces before it are passed."""
        while self.tokens[self.index].kind == SPACE:
            self.index += 1
        return self.tokens[self.index]

    def next_word(self) -> Token:
        self.peek_word()
        return self.next()

    def back(self, token: Token) -> None:
        """Undoes the reading of `token`, so that skipping its action begins with it."""
        if token.kind != END_OF_TEXT:
            self.index -= 1

    # The variables

    def declare(self, name: str) -> None:
        self.scopes[-1].append(name)
        self.defined[name] = self.defined.get(name, 0) + 1

    def close_scope(self) -> None:
        for name in self.scopes.pop():
            self.defined[name] -= 1

    @contextmanager
    def isolated(self) -> Iterator[None]:
        """A definition's own variables: `$` alone."""
        outside = self.defined, self.scopes, self.in_definition
        self.defined, self.scopes, self.in_definition = {}, [[]], True
        self.declare("$")
        try:
            yield
        finally:
            self.defined, self.scopes, self.in_definition = outside

    @contextmanager
    def deeper(self, token: Token) -> Iterator[None]:
        if self.depth >= DEEPEST:
            raise TooDeep(token)
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
