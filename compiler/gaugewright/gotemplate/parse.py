"""From a template's text to its tree, as Go's parser reads it (text/template/parse/parse.go).

What Go accepts has no finding, and what it refuses has at least one. Go stops at its first error; here each
action is read for itself, so that every mistake of a text is found at once. Never raises, and takes time in
proportion to the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from gaugewright.diagnostics import TextFinding
from gaugewright.gotemplate import mends
from gaugewright.gotemplate.cursor import Broken, TooDeep
from gaugewright.gotemplate.operands import OperandReader
from gaugewright.gotemplate.syntax import (
    Action,
    Arm,
    Branch,
    Definition,
    Leave,
    Name,
    Node,
    Pipeline,
    Template,
    Text,
)
from gaugewright.gotemplate.tokens import (
    END_OF_TEXT,
    ERROR,
    KEYWORD,
    LEFT,
    RAW_STRING,
    RIGHT,
    STRING,
    TEXT,
    WORD,
    Token,
)

ALERT_VARIABLES = ("$labels", "$externalLabels", "$externalURL", "$value")
"""What Prometheus defines before an alert's text."""


_AFTER = {
    "else": "Write `else if ...` for a further condition.",
    "end": "An `end` closes the last block that is open, whatever it is.",
}


class Need(NamedTuple):
    """Characters that an older Prometheus refuses: what they are, and the first version that reads them."""

    what: str
    since: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """`nodes` is the text itself; `definitions` are its `define`s and `block`s."""

    nodes: tuple[Node, ...]
    definitions: tuple[Definition, ...]
    findings: tuple[TextFinding, ...]
    needs: tuple[Need, ...]


def parse(text: str) -> Parsed:
    """Reads an annotation's or label's text."""
    if "{{" not in text:
        return Parsed((Text(0, len(text), not text.strip()),), (), (), ())
    reader = _Reader(text)
    nodes = reader.read()
    return Parsed(tuple(nodes), tuple(reader.definitions), tuple(reader.findings), tuple(reader.needs))


class _Reader(OperandReader):
    """Adds to pipelines what stands around them: blocks, definitions, text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.definitions: list[Definition] = []
        self.needs: list[Need] = []
        self.ranges = 0

    def read(self) -> list[Node]:
        self.declare("$")
        for name in ALERT_VARIABLES:
            self.declare(name)
        found: list[Node] = []
        try:
            while True:
                nodes, ending = self._nodes(top=True)
                found.extend(nodes)
                if ending is None:
                    break
                message = f"`{ending.text}` stands outside of any `if`, `with` or `range`"
                self.report(ending, message, "Remove it, or add what it belongs to.")
                self._skip_action()
        except TooDeep as deep:
            self.report(deep.token, "this is nested too deeply", "No text needs that; make it simpler.")
        needed = (token for token in self.called if token.since)
        self.needs.extend(Need(f"`{call.name}`", call.since, call.start, call.end) for call in needed)
        return found

    def _nodes(self, top: bool = False) -> tuple[list[Node], Token | None]:
        """Everything up to an `end` or `else`, whose keyword is read; None in its place at the text's end."""
        found: list[Node] = []
        while True:
            token = self.next()
            if token.kind == END_OF_TEXT:
                return found, None
            if token.kind == TEXT:
                found.append(Text(token.start, token.end, not token.text.strip(" \t\n\v\f\r\x85\xa0")))
            elif token.kind == ERROR:
                self.report(token, *mends.lexical(token))
            elif token.kind == LEFT:
                self.action_start = token.start
                keyword = self.peek_word()
                if keyword.kind == KEYWORD and keyword.text in ("end", "else"):
                    self.next()
                    return found, keyword
                with self._recovering():
                    node = self._action(token, keyword, top)
                    if node is not None:
                        found.append(node)

    @contextmanager
    def _recovering(self) -> Iterator[None]:
        """A mistake ends its action; what follows is read as if nothing had happened."""
        try:
            yield
        except Broken as broken:
            self.report(broken.token, broken.message, broken.help, broken.mend)
            self._skip_action()

    def _skip_action(self) -> None:
        while self.peek().kind not in (RIGHT, END_OF_TEXT):
            self.next()
        if self.peek().kind == RIGHT:
            self.next()

    def _action(self, left: Token, keyword: Token, top: bool) -> Node | None:
        if keyword.kind != KEYWORD:
            pipeline = self.pipeline("the action", RIGHT)
            return Action(left.start, pipeline.end, pipeline)
        self.next()
        match keyword.text:
            case "if" | "with" | "range":
                with self.deeper(keyword):
                    return self._branch(left, keyword)
            case "break" | "continue":
                self._only_right(keyword)
                if not self.ranges:
                    self.report(keyword, f"`{keyword.text}` stands outside of any `range`", "Remove it.")
                return Leave(left.start, keyword.end)
            case "template":
                return self._template(left)
            case "block":
                return self._block(left, keyword)
            case _:
                if not top:
                    self.report(keyword, "`define` stands inside a block", "Move it to the text's top level.")
                self._define(keyword)
                return None

    def _only_right(self, keyword: Token) -> None:
        token = self.next_word()
        if token.kind != RIGHT:
            if token.kind in (ERROR, END_OF_TEXT):
                raise Broken(token, *self.unexpected(token, f"`{keyword.text}`"))
            self.back(token)
            raise Broken(token, f"nothing may follow `{keyword.text}`", _AFTER.get(keyword.text, ""))

    def _branch(self, left: Token, keyword: Token) -> Branch:
        self.scopes.append([])
        arms: list[Arm] = []
        otherwise: list[Node] = []
        ending: Token | None = keyword
        while True:
            pipeline = self._control(keyword.text)
            self.ranges += keyword.text == "range"
            body, ending = self._nodes()
            self.ranges -= keyword.text == "range"
            arms.append(Arm(left.start, self.peek().start, pipeline, tuple(body)))
            if ending is None or ending.text == "end" or not self._continues(keyword, ending):
                break
        if ending is not None and ending.text == "else":
            otherwise, ending = self._otherwise(keyword)
        self._finish(keyword, ending)
        self.close_scope()
        return Branch(left.start, self.peek().start, keyword.text, tuple(arms), tuple(otherwise))  # type: ignore[arg-type]

    def _control(self, context: str) -> Pipeline | None:
        with self._recovering():
            return self.pipeline(f"`{context}`", RIGHT)
        return None

    def _continues(self, keyword: Token, ending: Token) -> bool:
        """Whether an `else if` or `else with` goes on with the same branch."""
        following = self.peek_word()
        if following.kind != KEYWORD or following.text != keyword.text or keyword.text == "range":
            return False
        self.next()
        if following.text == "with":
            self.needs.append(Need("`else with`", "2.55", ending.start, following.end))
        return True

    def _otherwise(self, keyword: Token) -> tuple[list[Node], Token | None]:
        self._else(keyword)
        found, ending = self._nodes()
        while ending is not None and ending.text == "else":
            self.report(ending, "this is a second `else`", "Only `else if` may come several times, before `else`.")
            self._skip_action()
            more, ending = self._nodes()
            found.extend(more)
        return found, ending

    def _else(self, keyword: Token) -> None:
        following = self.peek_word()
        if following.kind == KEYWORD and following.text in ("if", "with"):
            message = f"`else {following.text}` does not belong to `{keyword.text}`"
            help = f"Write `{{{{ else }}}}{{{{ {following.text} ... }}}}`, and an `{{{{ end }}}}` more."
            self.report(following, message, help)
            self._skip_action()
            return
        with self._recovering():
            self._only_right(Token(KEYWORD, 0, 0, "else"))

    def _finish(self, keyword: Token, ending: Token | None) -> None:
        if ending is None:
            self.report(keyword, f"`{keyword.text}` has no `end`", "Add `{{ end }}`.")
            return
        with self._recovering():
            self._only_right(ending)

    def _template(self, left: Token) -> Template:
        name = self._template_name("template")
        pipeline = None if self.peek_word().kind == RIGHT else self.pipeline("`template`", RIGHT)
        if pipeline is None:
            self.next()
        return Template(left.start, name.end, name, pipeline)

    def _template_name(self, keyword: str) -> Name:
        token = self.next_word()
        if token.kind not in (STRING, RAW_STRING):
            name = token.text if token.kind == WORD else "name"
            raise Broken(token, f"`{keyword}` takes a name in quotes", f'Write `{keyword} "{name}"`.')
        return Name(token.start, token.end, self.string_value(token))

    def _block(self, left: Token, keyword: Token) -> Template:
        name, pipeline = Name(keyword.start, keyword.end, ""), None
        with self._recovering():
            name = self._template_name("block")
            pipeline = self.pipeline("`block`", RIGHT)
        self._definition(keyword, name)
        return Template(left.start, name.end, name, pipeline)

    def _define(self, keyword: Token) -> None:
        name = Name(keyword.start, keyword.end, "")
        with self._recovering():
            name = self._template_name("define")
            self._only_right(Token(KEYWORD, 0, 0, "define"))
        self._definition(keyword, name)

    def _definition(self, keyword: Token, name: Name) -> None:
        """The body of a `define` or `block`: no variable and no `range` reaches into it."""
        with self.deeper(keyword), self.isolated():
            ranges, self.ranges = self.ranges, 0
            body, ending = self._nodes()
            while ending is not None and ending.text == "else":
                self.report(ending, f"a `{keyword.text}` has no `else`", "Remove it.")
                self._skip_action()
                _, ending = self._nodes()
            self.ranges = ranges
        self._finish(keyword, ending)
        self._add(Definition(name.start, name.end, name.text, tuple(body)))

    def _add(self, definition: Definition) -> None:
        """A second definition of a name counts where one of the two is blank; otherwise it is an error."""
        same = [other for other in self.definitions if other.name == definition.name and not _blank(other)]
        if same and not _blank(definition):
            message = f"the template `{definition.name}` is defined twice"
            self.report(definition, message, "Give one of the two another name.")
        self.definitions.append(definition)


def _blank(definition: Definition) -> bool:
    return all(isinstance(node, Text) and node.blank for node in definition.body)
