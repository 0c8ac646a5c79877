"""Pipelines, commands and operands: what stands between `{{` and `}}`."""

from __future__ import annotations

from gaugewright.gotemplate import mends
from gaugewright.gotemplate.cursor import Broken, Called, Cursor
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
)

_OPERANDS = frozenset((BOOL, CHARACTER, COMPLEX, DOT, FIELD, WORD, NUMBER, NIL, RAW_STRING, STRING, VARIABLE, OPEN))


class OperandReader(Cursor):
    """Reads what stands in one action, beginning behind its `{{` or keyword."""

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
            self.back(token)
            commands.append(self._command())

    def _break(self, token: Token, context: str) -> None:
        words = self.unexpected(token, context)
        self.back(token)
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
                only = "`range` takes two variables" if context == "`range`" else "only `range` has a comma"
                raise Broken(following, only, "Write `range $key, $value := ...`; elsewhere, remove the comma.")
        return tuple(declared), False

    def _declared(self, variable: Token, declared: list[Name]) -> None:
        declared.append(Name(variable.start, variable.end, variable.text))
        self.declare(variable.text)

    def _check(self, commands: list[Command], end: Token, context: str) -> None:
        if not commands:
            place = Token(ERROR, self.action_start if end.kind == RIGHT else end.start, end.end, "")
            self.back(end)
            raise Broken(place, *mends.unexpected(Token(RIGHT, 0, 0, ""), context, end, end))
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
                self.back(token)
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
        self.back(token)
        return None

    def _function(self, token: Token) -> Function:
        signature = FUNCTIONS.get(token.text)
        if signature is not None:
            self.called.append(Called(token.text, signature.since, token.start, token.end))
        else:
            alone = self.peek().kind == RIGHT or (
                self.peek().kind == SPACE and self.tokens[self.index + 1].kind == RIGHT
            )
            self.report(token, *mends.unknown_function(token, not alone))
        return Function(token.start, token.end, token.text)

    def _variable(self, token: Token) -> Variable:
        if not self.defined.get(token.text):
            defined = (name for name, count in self.defined.items() if count)
            self.report(token, *mends.undefined_variable(token, defined, self.in_definition))
        return Variable(token.start, token.end, Name(token.start, token.end, token.text), ())

    def _number(self, token: Token) -> Number:
        if token.kind == CHARACTER:
            if not is_character(token.text):
                self.report(token, *mends.unexpected(token, "", token, token))
            return Number(token.start, token.end, "int")
        kind = number_kind(token.text) if token.kind == NUMBER else "complex" * is_complex(token.text)
        if not kind:
            self.report(token, *mends.bad_number(token.text))
        return Number(token.start, token.end, kind or "float")  # type: ignore[arg-type]

    def string_value(self, token: Token) -> str:
        value = unquoted(token.text)
        if value is None:
            help = "A backslash itself is written `\\\\`; in back quotes nothing is escaped."
            self.report(token, "the string has an escape that Go does not know", help)
        return value or ""
