"""A walk over a text's tree that follows the kinds of its values, as Go would meet them when expanding it.

Every fault is certain: an action that Go refuses whenever it is reached, because a function gets the wrong
number or kind of arguments, or a field does not exist (text/template/exec.go). What cannot be told (the value
of a query, the dot of a definition) is of the kind "any", which fits everywhere.
"""

from __future__ import annotations

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
from gaugewright.gotemplate.values import (
    ALERT,
    ALERT_FIELDS,
    ANY,
    TEXT,
    VARIABLES,
    KnownText,
    LabelUse,
    Value,
    ValueUse,
    constant,
    elements,
    formatted,
)

_WITH_METHODS: frozenset[Kind] = frozenset(("any", "time", "duration"))
"""What has methods, or may have some: `(toTime $value).Format "15:04"`."""


class Walk:
    """The values of the variables, and what was seen, as the tree is walked in the order of the text."""

    def __init__(self, text: str, parsed: Parsed) -> None:
        self.text = text
        self.parsed = parsed
        self.known: dict[str, Value] = dict(VARIABLES)
        self.changing = frozenset(assigned_variables((*parsed.nodes, *parsed.definitions)))
        self.defined = {definition.name for definition in parsed.definitions}
        self.faults: list[TextFinding] = []
        self.labels: list[LabelUse] = []
        self.values: list[ValueUse] = []
        self.queries: list[KnownText] = []
        self.shows = True

    def run(self) -> None:
        self._nodes(self.parsed.nodes, ALERT)
        for definition in self.parsed.definitions:
            self.known = {"$": ANY}
            self._nodes(definition.body, ANY)

    def _fault(self, place: Placed, message: str, help: str = "") -> None:
        self.faults.append(TextFinding("template-syntax", place.start, place.end, message, help))

    def _nodes(self, nodes: tuple[Node, ...], dot: Value) -> None:
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

    def _maybe(self, pipeline: Pipeline | None, dot: Value) -> Value:
        return ANY if pipeline is None else self._pipeline(pipeline, dot)

    def _branch(self, branch: Branch, dot: Value) -> None:
        outside = dict(self.known)
        for arm in branch.arms:
            shown, self.shows = self.shows, self.shows and branch.keyword != "if"
            value = self._maybe(arm.pipeline, dot)
            self.shows = shown
            if branch.keyword == "range" and arm.pipeline is not None:
                value = self._elements(arm.pipeline, value)
            before = dict(self.known)
            self._nodes(arm.body, dot if branch.keyword == "if" else value)
            self.known = before
        self._nodes(branch.otherwise, dot)
        self.known = outside

    def _elements(self, pipeline: Pipeline, value: Value) -> Value:
        """The dot inside a `range`, whose variables are declared here."""
        kind = value.kind
        if kind in ("text", "float", "bool", "complex", "alert", "sample", "time"):
            help = 'Only a list of samples (`query "..."`) and labels can be gone through.'
            self._fault(pipeline.commands[-1], f"`range` cannot go through {WORDS[kind]}", help)
        key, element = elements(value)
        declared = (key, element) if len(pipeline.declared) == 2 else (element,)
        for name, known in zip(pipeline.declared, declared, strict=False):
            self._declare(name, known, pipeline.assigns)
        return element

    def _declare(self, name: Name, value: Value, assigns: bool) -> None:
        if assigns and name.text not in self.known:
            self._fault(name, f"`{name.text}` is set, and nothing declares it", "Write `:=`.")
        self.known[name.text] = ANY if name.text in self.changing else value

    def _pipeline(self, pipeline: Pipeline, dot: Value) -> Value:
        final: Argument | None = None
        value = ANY
        for command in pipeline.commands:
            value = self._command(command, dot, final)
            final = _argument(command, value, _single(command))
        for name in pipeline.declared:
            self._declare(name, value, pipeline.assigns)
        return value

    def _command(self, command: Command, dot: Value, final: Argument | None) -> Value:
        first, *rest = command.operands
        if isinstance(first, Function):
            return self._call(first, rest, dot, final)
        known = len(self.faults)
        receiver, value = self._selected(first, dot)
        is_wrong = len(self.faults) > known
        if (rest or final) and receiver not in _WITH_METHODS and not is_wrong:
            self._not_called(first, rest)
            return value
        for operand in rest:
            self._operand(operand, dot)
        if isinstance(first, Nil) and not is_wrong:
            self._fault(first, "`nil` alone shows nothing", "")
        return value

    def _not_called(self, first: Operand, rest: list[Operand]) -> None:
        if rest:
            names = [operand.name for operand in rest if isinstance(operand, Function)]
            help = f"Write `| {names[0]}` to pass it on." if names else "Only functions take arguments."
            self._fault(rest[0], "this stands behind a value, which takes no arguments", help)
        else:
            self._fault(first, "a value cannot stand behind `|`", "Turn the two around: `value | function`.")

    def _call(self, function: Function, operands: list[Operand], dot: Value, final: Argument | None) -> Value:
        arguments = [_argument(operand, self._operand(operand, dot), operand) for operand in operands]
        if final is not None:
            arguments.append(final)
        signature = FUNCTIONS.get(function.name)
        if signature is None:
            return ANY
        faults = list(call_faults(function.name, signature, function, arguments))
        for fault in faults:
            self._fault(fault, fault.message, fault.help)
        self._labels_by_function(function, arguments)
        text = arguments[0].value.text if arguments and not faults else None
        if function.name == "query" and text is not None:
            self.queries.append(text)
            return Value("samples", text)
        kind = result_kind(function.name, signature, arguments)
        if function.name == "printf":
            return Value(kind, text=None if text is None else formatted(text))
        samples = (argument.value.query for argument in arguments if argument.value.query is not None)
        return Value(kind, next(samples, None) if kind in ("samples", "sample") else None)

    def _labels_by_function(self, function: Function, arguments: list[Argument]) -> None:
        """`index $labels "x"` and `label "x" sample`."""
        if len(arguments) < 2:
            return
        if function.name == "index" and arguments[0].kind in ("labels", "other labels"):
            labels, name = arguments[0], arguments[1].operand
        elif function.name == "label":
            name, labels = arguments[0].operand, arguments[1]
        else:
            return
        if isinstance(name, String):
            of_alert = labels.kind == "labels"
            self.labels.append(LabelUse(name.value, name.start, name.end, of_alert, labels.value.query))

    def _operand(self, operand: Operand, dot: Value) -> Value:
        match operand:
            case Dot():
                return dot
            case Nil():
                return Value("nil")
            case Bool():
                return Value("bool")
            case Number():
                return Value(operand.kind)
            case String():
                return constant(operand.value, operand.start, self.text[operand.start : operand.end])
            case Function():
                return self._call(operand, [], dot, None)
            case Pipeline():
                return self._pipeline(operand, dot)
        return self._selected(operand, dot)[1]

    def _selected(self, operand: Operand, dot: Value) -> tuple[Kind, Value]:
        """The kind of what the last field is taken of ("nil" where there is no field), and the operand's value."""
        match operand:
            case Field():
                value = dot
            case Chain():
                value = self._operand(operand.operand, dot)
            case Variable():
                value = self._variable(operand)
            case _:
                return "nil", self._operand(operand, dot)
        receiver: Kind = "nil"
        for index in range(len(operand.fields)):
            receiver, value = value.kind, self._field(value, operand, index)
        return receiver, value

    def _variable(self, variable: Variable) -> Value:
        name = variable.name.text
        known = self.known.get(name, ANY)
        if name == "$value" and known.kind == "float" and self.shows:
            self.values.append(ValueUse(variable.start, variable.end))
        return known

    def _field(self, value: Value, operand: Chain | Field | Variable, index: int) -> Value:
        """A field of `value`."""
        field = operand.fields[index]
        whole = Placed(operand.start, field.end)
        match value.kind:
            case "labels" | "other labels" | "external labels":
                if index + 1 < len(operand.fields):
                    self._dotted(field, operand.fields[index + 1])
                    return ANY
                if value.kind != "external labels":
                    of_alert = value.kind == "labels"
                    self.labels.append(LabelUse(field.text, whole.start, whole.end, of_alert, value.query))
                return TEXT
            case "alert":
                return self._alert_field(field, whole)
            case "sample":
                if field.text not in ("Labels", "Value"):
                    known = did_you_mean(field.text, ("Labels", "Value"))
                    help = known or f"A label is `.Labels.{field.text}`."
                    self._fault(field, f"a sample has no `{field.text}`", help)
                return Value("other labels", value.query) if field.text == "Labels" else ANY
            case "any":
                return Value("other labels") if field.text == "Labels" else ANY
            case "time" | "duration" | "map" | "nil":
                return ANY
        help = "Take one with `first`, or go through them with `range`." if value.kind == "samples" else ""
        self._fault(field, f"{WORDS[value.kind]} has no field `{field.text}`", help)
        return ANY

    def _dotted(self, label: Name, field: Name) -> None:
        """`$labels.http.route`: the value of a label has no fields."""
        help = f'If the label is named `{label.text}.{field.text}`, write `index $labels "{label.text}.{field.text}"`.'
        self._fault(field, f"a label's value has no field `{field.text}`", help)

    def _alert_field(self, field: Name, whole: Placed) -> Value:
        kind = ALERT_FIELDS.get(field.text)
        if kind is None:
            known = did_you_mean(field.text, ALERT_FIELDS)
            help = known or f"It has {listed(ALERT_FIELDS)}; a label is `.Labels.{field.text}`."
            self._fault(field, f"an alert has no `.{field.text}`", help)
        elif field.text == "Value" and self.shows:
            self.values.append(ValueUse(whole.start, whole.end))
        return ANY if kind is None else Value(kind)


def _single(command: Command) -> Operand | None:
    return command.operands[0] if len(command.operands) == 1 else None


def _argument(place: Placed, value: Value, operand: Operand | None) -> Argument:
    return Argument(place.start, place.end, value, operand)
