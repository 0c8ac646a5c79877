"""The tokens of a query that does not parse, and what has been found wrong with it so far.

`fail` ends the reading (what follows cannot be trusted); `note` keeps a finding and reads on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

from gaugewright.diagnostics import Mend, TextFinding, replaced
from gaugewright.promql.roles import Roles
from gaugewright.promql.syntax import ValueType
from gaugewright.promql.tokens import Token

END = "end"
MOST_FINDINGS = 20
"""A query with more mistakes than this is no query."""

SYNTAX, UNSUPPORTED, NOT_PROMQL = "promql-syntax", "unsupported-syntax", "not-promql"


class Part(NamedTuple):
    """An expression that has been read: what it is, its type (None: any would do) and its place.

    `name` is the function, aggregation or metric, where there is one. `modified` says that offset or @
    follows; `grouped` that an aggregation has its label list, or a selector its offset: neither may come
    twice.
    """

    kind: str
    type: ValueType | None
    start: int
    end: int
    name: str = ""
    modified: bool = False
    grouped: bool = False


class Mistake(Exception):
    """The mistake that ends the reading."""

    def __init__(self, finding: TextFinding) -> None:
        self.finding = finding


class Cursor:
    """`next` is the first token not taken yet, of kind `end` after the last; `calls` are those around it."""

    def __init__(self, text: str, tokens: Sequence[Token], roles: Roles, values: Mapping[str, str] | None) -> None:
        last = tokens[-1].end if tokens else 0
        self.tokens = [*tokens, Token(END, "", last, last)]
        self.roles = roles
        self.values = values
        self.text = text
        self.position = 0
        self.found: list[TextFinding] = []
        self.calls: list[str] = []

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    @property
    def word(self) -> str:
        """The next token's text in lower case: keywords are read in any case."""
        return self.tokens[self.position].text.lower()

    @property
    def previous(self) -> Token | None:
        return self.tokens[self.position - 1] if self.position else None

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.next
        if token.kind != END:
            self.position += 1
        return token

    def fail(
        self, place: Token | Part, words: str, help: str, code: str = SYNTAX, mend: Mend | None = None
    ) -> NoReturn:
        raise Mistake(TextFinding(code, place.start, place.end, words, help, mend))

    def note(self, place: Token | Part, words: str, help: str, code: str = SYNTAX, mend: Mend | None = None) -> None:
        if len(self.found) < MOST_FINDINGS:
            self.found.append(TextFinding(code, place.start, place.end, words, help, mend))

    def forget(self, words: str, part: Part) -> None:
        """Drops notes of that kind inside `part`, which a better explanation replaces."""
        self.found = [
            note
            for note in self.found
            if words not in note.message or not part.start <= note.start <= note.end <= part.end
        ]

    def shown(self, part: Part, most: int = 40) -> str:
        """The text of `part` for a message, or "x" where it is long."""
        text = self.text[part.start : part.end]
        return text if len(text) <= most and "\n" not in text and "`" not in text else "x"


def instead(place: Token | Part, new: str | None, certain: bool = True) -> Mend | None:
    """The mend that puts `new` in the place of what stands there; None where nothing is known to put there."""
    return None if new is None else replaced(place.start, place.end, new, certain)


def shown_token(token: Token, most: int = 40) -> str:
    """A token in a message."""
    if token.kind == END:
        return "the end of the query"
    text = token.text if len(token.text) <= most else token.text[:most] + "…"
    return f"`{text}`" if "`" not in text else "a string"
