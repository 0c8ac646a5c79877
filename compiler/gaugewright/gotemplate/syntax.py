"""The tree of a template: what Go's parser builds (text/template/parse/node.go), with places in the text.

`start` and `end` (exclusive) count characters from 0. An action that does not parse stands as `None` where
its pipeline would be, so that what is around it is still understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gaugewright.gotemplate.literals import NumberKind


@dataclass(frozen=True, slots=True)
class Placed:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name(Placed):
    """A word with its place: a field without its dot, a variable with its `$`."""

    text: str


@dataclass(frozen=True, slots=True)
class Dot(Placed):
    """`.`"""


@dataclass(frozen=True, slots=True)
class Nil(Placed):
    """`nil`"""


@dataclass(frozen=True, slots=True)
class Bool(Placed):
    value: bool


@dataclass(frozen=True, slots=True)
class Number(Placed):
    """`kind` is the type that Go gives it where nothing else decides: `1` is an int, `1.0` a float."""

    kind: NumberKind


@dataclass(frozen=True, slots=True)
class String(Placed):
    value: str


@dataclass(frozen=True, slots=True)
class Field(Placed):
    """`.Labels.pool`: fields of the dot."""

    fields: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Variable(Placed):
    """`$labels.pool`: a variable, and fields of it."""

    name: Name
    fields: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Function(Placed):
    """A function's name; what follows it in its command are its arguments."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain(Placed):
    """`(...).Value`: fields of what a parenthesis or a function gives."""

    operand: Operand
    fields: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Command(Placed):
    """A function and its arguments, or one value. Never empty."""

    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Pipeline(Placed):
    """`$x := command | command`. `assigns` is true for `=`. In `range` two variables may be declared."""

    declared: tuple[Name, ...]
    assigns: bool
    commands: tuple[Command, ...]


Operand: TypeAlias = Dot | Nil | Bool | Number | String | Field | Variable | Function | Chain | Pipeline


@dataclass(frozen=True, slots=True)
class Text(Placed):
    """What stands between the actions. `blank` tells that it is white space alone."""

    blank: bool


@dataclass(frozen=True, slots=True)
class Action(Placed):
    pipeline: Pipeline | None


@dataclass(frozen=True, slots=True)
class Arm(Placed):
    """`if`, `else if`, `with` or `range` with its pipeline, and what is expanded there."""

    pipeline: Pipeline | None
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Branch(Placed):
    """`if` or `with` (several arms where there is an `else if`), or `range`; `otherwise` is after `else`."""

    keyword: Literal["if", "with", "range"]
    arms: tuple[Arm, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Leave(Placed):
    """`break` or `continue`."""


@dataclass(frozen=True, slots=True)
class Template(Placed):
    """`{{ template "name" pipeline }}`, or what a `block` does at its place."""

    name: Name
    pipeline: Pipeline | None


Node: TypeAlias = Text | Action | Branch | Leave | Template


@dataclass(frozen=True, slots=True)
class Definition(Placed):
    """`define` or `block`: a template of its own, which sees no variable from outside."""

    name: str
    body: tuple[Node, ...]


def assigned_variables(nodes: Iterable[Node | Definition]) -> Iterator[str]:
    """The variables that some `=` changes, anywhere in `nodes`."""
    waiting: list[object] = list(nodes)
    while waiting:
        item = waiting.pop()
        if isinstance(item, Pipeline) and item.assigns:
            yield from (name.text for name in item.declared)
        for part in ("body", "otherwise", "arms", "commands", "operands", "pipeline", "operand"):
            inner = getattr(item, part, None)
            waiting.extend(inner if isinstance(inner, tuple) else () if inner is None else (inner,))
