"""A walk over a text's tree that follows the kinds of its values, as Go would meet them when expanding it.

Every fault is certain: an action that Go refuses whenever it is reached, because a function gets the wrong
number or kind of arguments, or a field does not exist (text/template/exec.go). What cannot be told (the value
of a query, the dot of a definition) is of the kind "any", which fits everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

from gaugewright.diagnostics import TextFinding
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.gotemplate.calls import WORDS, Argument, call_faults, result_kind
from gaugewright.gotemplate.functions import FUNCTIONS, Kind
from gaugewright.gotemplate.parse import Parsed
from gaugewright.gotemplate.syntax import (
    Action,
    Bool,
    Branch,
    Chain,
    Command,
    Dot,
    Field,
    Function,
    Name,
    Nil,
    Node,
    Number,
    Operand,
    Pipeline,
    Placed,
    String,
    Template,
    Variable,
    assigned_variables,
)


class LabelUse(NamedTuple):
    """Characters `start` to `end` show a label's value. `of_alert` is false for the labels of another
    sample (of a `query`), or where it cannot be told whose they are."""

    name: str
    start: int
    end: int
    of_alert: bool


class ValueUse(NamedTuple):
    """Characters `start` to `end` show, or pass on, the alert's value (in a condition alone, they do not)."""

    start: int
    end: int


_ALERT_FIELDS: dict[str, Kind] = {
    "Labels": "labels",
    "ExternalLabels": "external labels",
    "ExternalURL": "text",
    "Value": "float",
}
_VARIABLES: dict[str, Kind] = {
    "$": "alert",
    "$labels": "labels",
    "$externalLabels": "external labels",
    "$externalURL": "text",
    "$value": "float",
}
_ELEMENTS: dict[Kind, tuple[Kind, Kind]] = {
    "samples": ("int", "sample"),
    "labels": ("text", "text"),
    "external labels": ("text", "text"),
    "other labels": ("text", "text"),
}
"""What `range` gives: the key or index, and the element."""

_WITH_METHODS: frozenset[Kind] = frozenset(("any", "time", "duration"))
"""What has methods, or may have some: `(toTime $value).Format "15:04"`."""


class Walk:
    """The kinds of the variables, and what was seen, as the tree is walked in the order of the text."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.kinds: dict[str, Kind] = dict(_VARIABLES)
        self.changing = frozenset(assigned_variables((*parsed.nodes, *parsed.definitions)))
        self.defined = {definition.name for definition in parsed.definitions}
        self.faults: list[TextFinding] = []
        self.labels: list[LabelUse] = []
        self.values: list[ValueUse] = []
        self.shows = True

    def run(self) -> None:
        self._nodes(self.parsed.nodes, "alert")
        for definition in self.parsed.definitions:
            self.kinds = {"$": "any"}
            self._nodes(definition.body, "any")

    def _fault(self, place: Placed, message: str, help: str = "") -> None:
        self.faults.append(TextFinding("template-syntax", place.start, place.end, message, help))

    def _nodes(self, nodes: tuple[Node, ...], dot: Kind) -> None:
        for node in nodes:
            match node:
                case Action():
                    self._maybe(node.pipeline, dot)
                case Template():
                    self._maybe(node.pipeline, dot)
                    if node.name.text not in self.defined and node.name.text:
                        help = did_you_mean(node.name.text, self.defined) or "Define it in the same text."
                        self._fault(node.name, f"no template is named `{node.name.text}`", help)
                case Branch():
                    self._branch(node, dot)

    def _maybe(self, pipeline: Pipeline | None, dot: Kind) -> Kind:
        return "any" if pipeline is None else self._pipeline(pipeline, dot)

    def _branch(self, branch: Branch, dot: Kind) -> None:
        outside = dict(self.kinds)
        for arm in branch.arms:
            shown, self.shows = self.shows, self.shows and branch.keyword != "if"
            kind = self._maybe(arm.pipeline, dot)
            self.shows = shown
            if branch.keyword == "range" and arm.pipeline is not None:
                kind = self._elements(arm.pipeline, kind)
            before = dict(self.kinds)
            self._nodes(arm.body, dot if branch.keyword == "if" else kind)
            self.kinds = before
        self._nodes(branch.otherwise, dot)
        self.kinds = outside

    def _elements(self, pipeline: Pipeline, kind: Kind) -> Kind:
        """The kind of the dot inside a `range`, whose variables are declared here."""
        if kind in ("text", "float", "bool", "complex", "alert", "sample", "time"):
            help = 'Only a list of samples (`query "..."`) and labels can be gone through.'
            self._fault(pipeline.commands[-1], f"`range` cannot go through {WORDS[kind]}", help)
        key, element = _ELEMENTS.get(kind, ("any", "any"))
        kinds = (key, element) if len(pipeline.declared) == 2 else (element,)
        for name, declared in zip(pipeline.declared, kinds, strict=False):
            self._declare(name, declared, pipeline.assigns)
        return element

    def _declare(self, name: Name, kind: Kind, assigns: bool) -> None:
        if assigns and name.text not in self.kinds:
            self._fault(name, f"`{name.text}` is set, and nothing declares it", "Write `:=`.")
        self.kinds[name.text] = "any" if name.text in self.changing else kind

    def _pipeline(self, pipeline: Pipeline, dot: Kind) -> Kind:
        final: Argument | None = None
        for command in pipeline.commands:
            kind = self._command(command, dot, final)
            final = Argument(command.start, command.end, kind, _single(command))
        kind = final.kind if final else "any"
        for name in pipeline.declared:
            self._declare(name, kind, pipeline.assigns)
        return kind

    def _command(self, command: Command, dot: Kind, final: Argument | None) -> Kind:
        first, *rest = command.operands
        if isinstance(first, Function):
            return self._call(first, rest, dot, final)
        known = len(self.faults)
        receiver, kind = self._selected(first, dot)
        is_wrong = len(self.faults) > known
        if (rest or final) and receiver not in _WITH_METHODS and not is_wrong:
            self._not_called(first, rest)
            return kind
        for operand in rest:
            self._operand(operand, dot)
        if is_wrong:
            return kind
        if isinstance(first, Nil):
            self._fault(first, "`nil` alone shows nothing", "")
        return kind

    def _not_called(self, first: Operand, rest: list[Operand]) -> None:
        if rest:
            names = [operand.name for operand in rest if isinstance(operand, Function)]
            help = f"Write `| {names[0]}` to pass it on." if names else "Only functions take arguments."
            self._fault(rest[0], "this stands behind a value, which takes no arguments", help)
        else:
            self._fault(first, "a value cannot stand behind `|`", "Turn the two around: `value | function`.")

    def _call(self, function: Function, operands: list[Operand], dot: Kind, final: Argument | None) -> Kind:
        arguments = [Argument(operand.start, operand.end, self._operand(operand, dot), operand) for operand in operands]
        if final is not None:
            arguments.append(final)
        signature = FUNCTIONS.get(function.name)
        if signature is None:
            return "any"
        for fault in call_faults(function.name, signature, function, arguments):
            self._fault(fault, fault.message, fault.help)
        self._labels_by_function(function, arguments)
        return result_kind(function.name, signature, arguments)

    def _labels_by_function(self, function: Function, arguments: list[Argument]) -> None:
        """`index $labels "x"` and `label "x" sample`."""
        if len(arguments) < 2:
            return
        if function.name == "index" and arguments[0].kind in ("labels", "other labels"):
            name, of_alert = arguments[1].operand, arguments[0].kind == "labels"
        elif function.name == "label":
            name, of_alert = arguments[0].operand, False
        else:
            return
        if isinstance(name, String):
            self.labels.append(LabelUse(name.value, name.start, name.end, of_alert))

    def _operand(self, operand: Operand, dot: Kind) -> Kind:
        match operand:
            case Dot():
                return dot
            case Nil():
                return "nil"
            case Bool():
                return "bool"
            case Number():
                return operand.kind
            case String():
                return "text"
            case Function():
                return self._call(operand, [], dot, None)
            case Pipeline():
                return self._pipeline(operand, dot)
        return self._selected(operand, dot)[1]

    def _selected(self, operand: Operand, dot: Kind) -> tuple[Kind, Kind]:
        """The kind of what the last field is taken of ("nil" where there is no field), and the operand's own."""
        match operand:
            case Field():
                kind = dot
            case Chain():
                kind = self._operand(operand.operand, dot)
            case Variable():
                kind = self._variable(operand)
            case _:
                return "nil", self._operand(operand, dot)
        receiver: Kind = "nil"
        for index in range(len(operand.fields)):
            receiver, kind = kind, self._field(kind, operand, index)
        return receiver, kind

    def _variable(self, variable: Variable) -> Kind:
        name = variable.name.text
        if name == "$value" and self.kinds.get(name) == "float" and self.shows:
            self.values.append(ValueUse(variable.start, variable.end))
        return self.kinds.get(name, "any")

    def _field(self, kind: Kind, operand: Chain | Field | Variable, index: int) -> Kind:
        """The kind of a field of something of `kind`."""
        field = operand.fields[index]
        whole = Placed(operand.start, field.end)
        match kind:
            case "labels" | "other labels" | "external labels":
                if index + 1 < len(operand.fields):
                    self._dotted(field, operand.fields[index + 1])
                    return "any"
                if kind != "external labels":
                    self.labels.append(LabelUse(field.text, whole.start, whole.end, kind == "labels"))
                return "text"
            case "alert":
                return self._alert_field(field, whole)
            case "sample":
                if field.text not in ("Labels", "Value"):
                    known = did_you_mean(field.text, ("Labels", "Value"))
                    self._fault(
                        field, f"a sample has no `{field.text}`", known or f"A label is `.Labels.{field.text}`."
                    )
                return "other labels" if field.text == "Labels" else "any"
            case "any":
                return "other labels" if field.text == "Labels" else "any"
            case "time" | "duration" | "map" | "nil":
                return "any"
        help = "Take one with `first`, or go through them with `range`." if kind == "samples" else ""
        self._fault(field, f"{WORDS[kind]} has no field `{field.text}`", help)
        return "any"

    def _dotted(self, label: Name, field: Name) -> None:
        """`$labels.http.route`: the value of a label has no fields."""
        help = f'If the label is named `{label.text}.{field.text}`, write `index $labels "{label.text}.{field.text}"`.'
        self._fault(field, f"a label's value has no field `{field.text}`", help)

    def _alert_field(self, field: Name, whole: Placed) -> Kind:
        kind = _ALERT_FIELDS.get(field.text)
        if kind is None:
            known = did_you_mean(field.text, _ALERT_FIELDS)
            help = known or f"It has {listed(_ALERT_FIELDS)}; a label is `.Labels.{field.text}`."
            self._fault(field, f"an alert has no `.{field.text}`", help)
        elif field.text == "Value" and self.shows:
            self.values.append(ValueUse(whole.start, whole.end))
        return kind or "any"


def _single(command: Command) -> Operand | None:
    return command.operands[0] if len(command.operands) == 1 else None
