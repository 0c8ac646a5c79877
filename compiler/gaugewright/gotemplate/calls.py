"""A function's call: whether its arguments fit, and what it gives.

Go checks both when it expands a text (evalCall in text/template/exec.go; the comparisons in funcs.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gaugewright.gotemplate.functions import COMPARISONS, Kind, Parameter, Signature
from gaugewright.gotemplate.syntax import Number, Operand, Placed, String
from gaugewright.gotemplate.values import Value
from gaugewright.promql.regex import regex_mistake


@dataclass(frozen=True, slots=True)
class Argument(Placed):
    """An argument's value and place; `operand` is None where it is a whole command, passed on by `|`."""

    value: Value
    operand: Operand | None

    @property
    def kind(self) -> Kind:
        return self.value.kind


@dataclass(frozen=True, slots=True)
class Fault(Placed):
    """Why an expansion fails, or prints nonsense."""

    message: str
    help: str


WORDS: dict[str, str] = {
    "text": "a text", "number": "a number", "samples": "a list of samples", "sample": "a sample",
    "float": "a float", "int": "a whole number", "complex": "a complex number", "bool": "true or false",
    "alert": "the whole data of an alert", "labels": "the map of all labels", "external labels": "a map of labels",
    "other labels": "a map of labels", "time": "a time", "duration": "a duration", "map": "a map",
    "nil": "nil",
}  # fmt: skip

_FITTING: dict[Parameter, frozenset[Kind]] = {
    "text": frozenset(("text",)),
    "number": frozenset(("text", "float", "int", "duration", "nil")),
    "samples": frozenset(("samples", "nil")),
    "sample": frozenset(("sample", "nil")),
}


def call_faults(name: str, signature: Signature, function: Placed, arguments: Sequence[Argument]) -> Iterator[Fault]:
    """What is wrong with a call; of several things, the first kind."""
    count = len(arguments)
    if count < signature.fewest or (signature.most is not None and count > signature.most):
        yield _wrong_count(name, signature, function, count)
        return
    misfits = [
        _misfit(name, signature.parameter(index), argument)
        for index, argument in enumerate(arguments)
        if not _fits(signature.parameter(index), argument.kind)
    ]
    yield from misfits
    if misfits:
        return
    if name in COMPARISONS:
        yield from _comparison(name, arguments)
    elif name == "printf" and isinstance(arguments[0].operand, String):
        yield from _printf(arguments[0], arguments[0].operand, arguments[1:])
    elif name in ("match", "reReplaceAll") and isinstance(arguments[0].operand, String):
        mistake = regex_mistake(arguments[0].operand.value)
        if mistake is not None:
            yield Fault(arguments[0].start, arguments[0].end, f"the regular expression is wrong: {mistake.words}", "")
    elif name == "len" and arguments[0].kind in ("float", "int", "bool", "sample", "alert", "time"):
        yield Fault(arguments[0].start, arguments[0].end, f"{WORDS[arguments[0].kind]} has no length", "")


def _wrong_count(name: str, signature: Signature, function: Placed, count: int) -> Fault:
    fewest, most = signature.fewest, signature.most
    wanted = f"{fewest}" if fewest == most else f"at least {fewest}" if count < fewest else f"at most {most}"
    plural = "" if wanted.endswith(" 1") or wanted == "1" else "s"
    message = f"`{name}` takes {wanted} argument{plural}, and gets {count or 'none'}"
    help = ""
    if name == "value" and not count:
        help = "Write `$value` for the alert's value."
    elif name == "label" and count < fewest:
        help = "Write `$labels.name` for a label of the alert."
    elif count < fewest:
        help = f"Write `{name} $value`, or `$value | {name}`." if signature.parameters[0] == "number" else ""
    return Fault(function.start, function.end, message, help)


def _fits(parameter: Parameter, kind: Kind) -> bool:
    return parameter == "any" or kind == "any" or kind in _FITTING[parameter]


def _misfit(name: str, parameter: Parameter, argument: Argument) -> Fault:
    message = f"`{name}` takes {WORDS[parameter]}, and this is {WORDS[argument.kind]}"
    help = ""
    if parameter == "text" and argument.kind in ("float", "int"):
        is_literal = isinstance(argument.operand, Number)
        help = "Put it in quotes." if is_literal else 'Make a text of it first: `printf "%g" $value`.'
    elif argument.kind in ("labels", "other labels", "external labels"):
        help = "Name the label: `$labels.name`."
    elif parameter == "sample" and argument.kind == "samples":
        help = "Take one sample with `first`."
    elif argument.kind == "sample" and parameter == "number":
        help = "Take its value with `value`."
    return Fault(argument.start, argument.end, message, help)


_BASIC: frozenset[Kind] = frozenset(("text", "float", "int", "bool", "complex"))

_UNORDERED: frozenset[Kind] = frozenset(
    ("bool", "complex", "labels", "external labels", "other labels", "samples", "sample", "alert", "map")
)


def _comparison(name: str, arguments: Sequence[Argument]) -> Iterator[Fault]:
    """Go compares only what is of the same kind: `gt $value 1` fails, since `1` is no float."""
    first = arguments[0]
    for other in arguments[1:]:
        kinds = {first.kind, other.kind}
        if name not in ("eq", "ne") and kinds & _UNORDERED:
            place = first if first.kind in _UNORDERED else other
            yield Fault(place.start, place.end, f"{WORDS[place.kind]} has no order for `{name}`", "")
            continue
        if not kinds <= _BASIC:
            continue
        if len(kinds) == 2:
            yield _incomparable(first, other)


def _incomparable(first: Argument, other: Argument) -> Fault:
    place, partner = (first, other) if isinstance(first.operand, Number) else (other, first)
    message = f"{WORDS[first.kind]} is compared with {WORDS[other.kind]}, which Go refuses"
    help = ""
    if isinstance(place.operand, Number) and place.kind == "int" and partner.kind == "float":
        help = "Write it with a decimal point, such as `1.0`."
    elif isinstance(place.operand, Number) and partner.kind == "text":
        help = "A label's value is a text: put this in quotes."
    elif isinstance(place.operand, String) and partner.kind in ("float", "int"):
        help = "Write the number without quotes, with a decimal point."
    return Fault(place.start, place.end, message, help)


_VERB = re.compile(r"%(?:(%)|[+\-# 0]*\d*(?:\.\d*)?(.?))", re.S)
_VERBS: dict[Kind, str] = {
    "float": "vbgGxXfFeET", "int": "vbcdoOqxXUT", "text": "vsxXqT", "bool": "tvT",
}  # fmt: skip
_USUAL: dict[Kind, str] = {"float": "%.2f", "int": "%d", "text": "%s", "bool": "%t"}


def _printf(place: Argument, format: String, arguments: Sequence[Argument]) -> Iterator[Fault]:
    """Verbs that do not fit print `%!d(float64=...)`; too few or too many arguments are printed likewise."""
    if "*" in format.value or "[" in format.value:
        return
    verbs = [match[2] for match in _VERB.finditer(format.value) if match[1] is None]
    if len(verbs) != len(arguments):
        places, values = _counted(len(verbs), "place"), _counted(len(arguments), "value")
        message = f"the format has {places} to fill, and gets {values}"
        yield Fault(place.start, place.end, message, "Each `%` shows one argument; a plain percent sign is `%%`.")
        return
    for verb, argument in zip(verbs, arguments, strict=True):
        allowed = _VERBS.get(argument.kind)
        if allowed is not None and (not verb or verb not in allowed):
            message = f"`%{verb}` does not fit {WORDS[argument.kind]}: it would print `%!{verb}(...)`"
            yield Fault(place.start, place.end, message, f"Write `{_USUAL[argument.kind]}`.")


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


_UNIONS = frozenset(("and", "or"))


def result_kind(name: str, signature: Signature, arguments: Sequence[Argument]) -> Kind:
    """What a call gives."""
    kinds = [argument.kind for argument in arguments]
    if name in _UNIONS:
        return kinds[0] if kinds and len(set(kinds)) == 1 else "any"
    if name == "index" and len(kinds) == 2:
        return _element(kinds[0])
    if name == "slice" and kinds and kinds[0] == "text":
        return "text"
    return signature.result


def _element(kind: Kind) -> Kind:
    if kind in ("labels", "other labels", "external labels"):
        return "text"
    return "sample" if kind == "samples" else "any"
