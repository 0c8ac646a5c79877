"""The words of a template, as Go's lexer cuts them (text/template/parse/lex.go).

Where Go stops at the first character that it does not take, an error token stands here, and reading goes on
behind the next `}}`, so that one text may have several findings.
"""

from __future__ import annotations

from typing import NamedTuple

from gaugewright.gotemplate.literals import scan_number

TEXT, LEFT, RIGHT, SPACE, END_OF_TEXT, ERROR = "text", "{{", "}}", "space", "end of text", "error"
WORD, KEYWORD, FIELD, VARIABLE, DOT, NIL, BOOL = "word", "keyword", "field", "variable", "dot", "nil", "bool"
STRING, RAW_STRING, CHARACTER, NUMBER, COMPLEX = "string", "raw string", "character", "number", "complex"
PIPE, ASSIGN, DECLARE, OPEN, CLOSE, OTHER = "|", "=", ":=", "(", ")", "other"

KEYWORDS = frozenset(("block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"))
_SPACES = " \t\r\n"
_TERMINATORS = frozenset(" \t\r\n.,|:)(")
_SINGLE = {"=": ASSIGN, "|": PIPE}


class Token(NamedTuple):
    """Characters `start` to `end` of the text; of an error, `text` says what is wrong."""

    kind: str
    start: int
    end: int
    text: str


def tokens(text: str) -> list[Token]:
    """All tokens, ending with END_OF_TEXT. Takes time in proportion to the text."""
    reader = _Reader(text)
    reader.read()
    return reader.found


class _Reader:
    """A position in the text that moves forward only."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: list[Token] = []

    def read(self) -> None:
        while True:
            opened = self.text.find("{{", self.at)
            end = len(self.text) if opened < 0 else opened
            if end > self.at:
                self._add(TEXT, end)
            if opened < 0:
                break
            self._after_left()
        self._add(END_OF_TEXT, self.at)

    def _add(self, kind: str, end: int) -> None:
        self.found.append(Token(kind, self.at, end, self.text[self.at : end]))
        self.at = end

    def _error(self, start: int, end: int, words: str) -> None:
        """Notes an error, and goes on behind the next `}}`."""
        self.found.append(Token(ERROR, start, max(end, start), words))
        closed = self.text.find("}}", self.at)
        self.at = len(self.text) if closed < 0 else closed

    def _after_left(self) -> None:
        text, left = self.text, self.at
        inside = left + 2
        trims = text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2] in tuple(_SPACES)
        inside += 2 * trims
        if text.startswith("/*", inside):
            self._comment(left, inside)
            return
        self.found.append(Token(LEFT, left, left + 2, "{{"))
        self.at = inside
        self._action(left)

    def _comment(self, left: int, start: int) -> None:
        closed = self.text.find("*/", start + 2)
        if closed < 0:
            self.at = len(self.text)
            self._error(left, start + 2, "unclosed comment")
            return
        self.at = closed + 2
        right = self._right_delimiter()
        if right:
            self.at += right
            return
        self._error(closed, closed + 2, "comment not alone")
        self.at = min(self.at + 2, len(self.text))

    def _right_delimiter(self) -> int:
        """The length of `}}` or ` -}}` here; 0 where neither is."""
        text, at = self.text, self.at
        if text.startswith("}}", at):
            return 2
        if text.startswith("-}}", at + 1) and text[at] in _SPACES:
            return 4
        return 0

    def _action(self, left: int) -> None:
        depth = 0
        while True:
            right = self._right_delimiter()
            if right:
                if depth:
                    self._error(self.at, self.at + right, "unclosed left paren")
                    right = 2
                self._add(RIGHT, self.at + right)
                return
            if self.at >= len(self.text):
                self._error(left, left + 2, "unclosed action")
                return
            character = self.text[self.at]
            if character == "(":
                depth += 1
            elif character == ")":
                depth -= 1
                if depth < 0:
                    self._error(self.at, self.at + 1, "unexpected right paren")
                    self._close()
                    return
            if not self._one(character):
                self._close()
                return

    def _close(self) -> None:
        """The `}}` behind an error, where there is one."""
        if self.at < len(self.text):
            self._add(RIGHT, self.at + 2)

    def _one(self, character: str) -> bool:
        """Reads one token inside an action; False after an error."""
        text, at = self.text, self.at
        following = text[at + 1 : at + 2]
        if character in _SPACES:
            self._space()
        elif character in _SINGLE:
            self._add(_SINGLE[character], at + 1)
        elif character == ":":
            if following != "=":
                self._error(at, at + 1, "expected :=")
                return False
            self._add(DECLARE, at + 2)
        elif character in "\"'`":
            return self._quoted(character)
        elif character == "$" or (character == "." and following and following not in "0123456789"):
            return self._name(VARIABLE if character == "$" else FIELD)
        elif character in ".+-0123456789":
            return self._number()
        elif _is_word(character):
            return self._word()
        elif character in "()":
            self._add(OPEN if character == "(" else CLOSE, at + 1)
        elif "!" <= character <= "~":
            self._add(OTHER, at + 1)
        else:
            self._error(at, at + 1, f"bad character {character!r}")
            return False
        return True

    def _space(self) -> None:
        """A run of spaces; the last of them belongs to ` -}}` where that follows."""
        end = self.at + 1
        while self.text[end : end + 1] in tuple(_SPACES):
            end += 1
        if self.text.startswith("-}}", end):
            end -= 1
        if end > self.at:
            self._add(SPACE, end)

    def _quoted(self, quote: str) -> bool:
        kind = {'"': STRING, "'": CHARACTER, "`": RAW_STRING}[quote]
        end = self.at + 1
        while end < len(self.text) and self.text[end] != quote:
            if quote != "`" and self.text[end] == "\n":
                break
            if quote != "`" and self.text[end] == "\\":
                end += 1
                if self.text[end : end + 1] in ("", "\n"):
                    break
            end += 1
        if self.text[end : end + 1] != quote:
            start, self.at = self.at, self.at + 1
            self._error(start, start + 1, f"unterminated {kind}")
            return False
        self._add(kind, end + 1)
        return True

    def _number(self) -> bool:
        start = self.at
        end, good = scan_number(self.text, start)
        kind = NUMBER
        if good and self.text[end : end + 1] in ("+", "-"):
            end, good = scan_number(self.text, end)
            good = good and self.text[end - 1] == "i"
            kind = COMPLEX
        if not good:
            self._error(start, end, f"bad number {self.text[start:end]!r}")
            return False
        self._add(kind, end)
        return True

    def _name(self, kind: str) -> bool:
        """`$x` or `.x`, or `$` or `.` alone."""
        end = self._word_end(self.at + 1)
        if not self._terminated(end):
            self._error(end, end + 1, f"bad character {self.text[end]!r}")
            return False
        self._add(DOT if kind == FIELD and end == self.at + 1 else kind, end)
        return True

    def _word(self) -> bool:
        end = self._word_end(self.at)
        if not self._terminated(end):
            self._error(end, end + 1, f"bad character {self.text[end]!r}")
            return False
        word = self.text[self.at : end]
        kind = KEYWORD if word in KEYWORDS else BOOL if word in ("true", "false") else WORD
        self._add(NIL if word == "nil" else kind, end)
        return True

    def _word_end(self, end: int) -> int:
        while end < len(self.text) and _is_word(self.text[end]):
            end += 1
        return end

    def _terminated(self, end: int) -> bool:
        return end >= len(self.text) or self.text[end] in _TERMINATORS or self.text.startswith("}}", end)


def _is_word(character: str) -> bool:
    return character == "_" or character.isalpha() or character.isdecimal()
