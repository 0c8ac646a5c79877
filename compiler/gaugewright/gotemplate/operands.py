"""Pipelines, commands and operands: what stands between `{{` and `}}`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gaugewright.diagnostics import TextFinding
from gaugewright.gotemplate import mends
from gaugewright.gotemplate.functions import FUNCTIONS
from gaugewright.gotemplate.literals import is_character, is_complex, number_kind, unquoted
from gaugewright.gotemplate.syntax import (
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Function,
    Name,
    Nil,
    Number,
    Operand,
    Pipeline,
    Placed,
    String,
    Variable,
)
from gaugewright.gotemplate.tokens import (
    ASSIGN,
    BOOL,
    CHARACTER,
    CLOSE,
    COMPLEX,
    DECLARE,
    DOT,
    END_OF_TEXT,
    ERROR,
    FIELD,
    NIL,
    NUMBER,
    OPEN,
    PIPE,
    RAW_STRING,
    RIGHT,
    SPACE,
    STRING,
    VARIABLE,
    WORD,
    Token,
    tokens,
)

DEEPEST = 50
"""Nesting of blocks and parentheses together; real texts reach 4."""

_OPERANDS = frozenset((BOOL, CHARACTER, COMPLEX, DOT, FIELD, WORD, NUMBER, NIL, RAW_STRING, STRING, VARIABLE, OPEN))


class Broken(Exception):
    """An action that cannot be read on from `token`."""

    def __init__(self, token: Token, message: str, help: str) -> None:
        self.token, self.message, self.help = token, message, help


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


class OperandReader:
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

    def report(self, place: Token | Placed, message: str, help: str = "") -> None:
        self.findings.append(TextFinding("template-syntax", place.start, place.end, message, help))

    def unexpected(self, token: Token, context: str) -> tuple[str, str]:
        following = self.tokens[min(self.index, len(self.tokens) - 1)]
        return mends.unexpected(token, context, following)

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

    def _back(self, token: Token) -> None:
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

    # The grammar

    def pipeline(self, context: str, end: str) -> Pipeline:
        """`declarations? command ("|" command)*` up to and with the token `end`."""
        start = self.peek_word().start
        declared, assigns = self._declarations(context)
        commands: list[Command] = []
        while True:
            token = self.next_word()
            if token.kind == end:
                self._check(commands, token, context)
                return Pipeline(start, token.end if end == CLOSE else token.start, declared, assigns, tuple(commands))
            if token.kind not in _OPERANDS:
                self._break(token, context)
            self._back(token)
            commands.append(self._command())

    def _break(self, token: Token, context: str) -> None:
        words = self.unexpected(token, context)
        self._back(token)
        raise Broken(token, *words)

    def _declarations(self, context: str) -> tuple[tuple[Name, ...], bool]:
        declared: list[Name] = []
        while self.peek_word().kind == VARIABLE:
            before = self.index
            variable = self.next()
            following = self.peek_word()
            if following.kind in (ASSIGN, DECLARE):
                self.next()
                self._declared(variable, declared)
                return tuple(declared), following.kind == ASSIGN
            if following.text != ",":
                self.index = before
                break
            self.next()
            self._declared(variable, declared)
            may_go_on = context == "`range`" and len(declared) < 2
            if not may_go_on or self.peek_word().kind not in (VARIABLE, RIGHT, CLOSE):
                help = "`range` takes two variables: `range $key, $value := ...`." if may_go_on else "Remove the comma."
                raise Broken(following, "arguments are separated by spaces alone", help)
        return tuple(declared), False

    def _declared(self, variable: Token, declared: list[Name]) -> None:
        declared.append(Name(variable.start, variable.end, variable.text))
        self.declare(variable.text)

    def _check(self, commands: list[Command], end: Token, context: str) -> None:
        if not commands:
            place = Token(ERROR, self.action_start if end.kind == RIGHT else end.start, end.end, "")
            self._back(end)
            raise Broken(place, *mends.unexpected(Token(RIGHT, 0, 0, ""), context, end))
        for command in commands[1:]:
            first = command.operands[0]
            if isinstance(first, (Bool, Dot, Nil, Number, String)):
                message = "a value cannot stand behind `|`"
                help = "`|` passes what is before it to a function, as its last argument."
                self.report(first, message, help)

    def _command(self) -> Command:
        operands: list[Operand] = []
        start = self.peek_word().start
        end = start
        while True:
            self.peek_word()
            operand = self._operand()
            if operand is not None:
                operands.append(operand)
                end = operand.end
            token = self.next()
            if token.kind == SPACE:
                continue
            if token.kind in (RIGHT, CLOSE):
                self._back(token)
            elif token.kind != PIPE:
                self._break(token, "the action")
            break
        return Command(start, end, tuple(operands))

    def _operand(self) -> Operand | None:
        term = self._term()
        if term is None or self.peek().kind != FIELD:
            return term
        first = self.peek()
        fields: list[Name] = []
        while self.peek().kind == FIELD:
            token = self.next()
            fields.append(Name(token.start + 1, token.end, token.text[1:]))
        end = fields[-1].end
        match term:
            case Field():
                return Field(term.start, end, (*term.fields, *fields))
            case Variable():
                return Variable(term.start, end, term.name, (*term.fields, *fields))
            case Bool() | String() | Number() | Nil() | Dot():
                self.report(first, f"`{first.text}` cannot stand here", "Only labels and samples have fields.")
                return term
        return Chain(term.start, end, term, tuple(fields))

    def _term(self) -> Operand | None:
        token = self.next()
        start, end, text = token.start, token.end, token.text
        match token.kind:
            case "word":
                return self._function(token)
            case "dot":
                return Dot(start, end)
            case "nil":
                return Nil(start, end)
            case "bool":
                return Bool(start, end, text == "true")
            case "field":
                return Field(start, end, (Name(start + 1, end, text[1:]),))
            case "variable":
                return self._variable(token)
            case "string" | "raw string":
                return String(start, end, self.string_value(token))
            case "number" | "complex" | "character":
                return self._number(token)
            case "(":
                with self.deeper(token):
                    inner = self.pipeline("the parenthesis", CLOSE)
                    return Pipeline(start, inner.end, inner.declared, inner.assigns, inner.commands)
        self._back(token)
        return None

    def _function(self, token: Token) -> Function:
        signature = FUNCTIONS.get(token.text)
        if signature is not None:
            self.called.append(Called(token.text, signature.since, token.start, token.end))
        else:
            alone = self.peek().kind == RIGHT or (
                self.peek().kind == SPACE and self.tokens[self.index + 1].kind == RIGHT
            )
            self.report(token, *mends.unknown_function(token.text, not alone))
        return Function(token.start, token.end, token.text)

    def _variable(self, token: Token) -> Variable:
        if not self.defined.get(token.text):
            defined = (name for name, count in self.defined.items() if count)
            self.report(token, *mends.undefined_variable(token.text, defined, self.in_definition))
        return Variable(token.start, token.end, Name(token.start, token.end, token.text), ())

    def _number(self, token: Token) -> Number:
        if token.kind == CHARACTER:
            if not is_character(token.text):
                self.report(token, *mends.unexpected(token, "", token))
            return Number(token.start, token.end, "int")
        kind = number_kind(token.text) if token.kind == NUMBER else "complex" * is_complex(token.text)
        if not kind:
            self.report(token, f"`{token.text}` is no number that Go reads", "")
        return Number(token.start, token.end, kind or "float")  # type: ignore[arg-type]

    def string_value(self, token: Token) -> str:
        value = unquoted(token.text)
        if value is None:
            help = "A backslash itself is written `\\\\`; in back quotes nothing is escaped."
            self.report(token, "the string has an escape that Go does not know", help)
        return value or ""
