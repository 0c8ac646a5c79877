"""Checks calls and aggregations: the function's name, the number of arguments and their types."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from gaugewright.diagnostics import Edit, Mend, replaced
from gaugewright.diagnostics.slips import slip
from gaugewright.promql.explain.cursor import NOT_PROMQL, Cursor, Part, instead
from gaugewright.promql.functions import (
    AGGREGATIONS,
    FUNCTIONS,
    REMOVED_FUNCTIONS,
    RENAMED_FUNCTIONS,
    Function,
)
from gaugewright.promql.literals import number_value
from gaugewright.promql.syntax import ValueType
from gaugewright.promql.tokens import Token

_TYPES = {
    "scalar": "a number",
    "vector": "an instant vector",
    "matrix": "a range of samples",
    "string": "a string",
}

_OTHER_NAMES = {
    "mean": "avg",
    "average": "avg",
    "median": "quantile(0.5, x)",
    "percentile": "quantile(0.95, x)",
    "distinct": "count by (label) (x)",
    "log": "ln",
    "pow": "x ^ y",
    "power": "x ^ y",
    "mod": "x % y",
    "now": "time",
    "coalesce": "x or y",
    "ifnull": "x or y",
    "not": "absent(x)",
    "derivative": "deriv",
    "sign": "sgn",
    "first": "topk(1, x)",
    "last": "last_over_time(x[5m])",
    "length": "count",
    "if": "x > bool 1",
    "label_set": "label_replace",
    "histogram_percentile": "histogram_quantile",
}


_SAME = frozenset(("mean", "average", "log", "derivative", "sign", "histogram_percentile"))
"""Those of them that are the same function under another name."""


def known_function(cursor: Cursor, token: Token, name: str) -> Function | None:
    """The function of that name; None, with a finding, where Prometheus has none."""
    function = FUNCTIONS.get(name)
    if function is not None:
        return function
    if name in RENAMED_FUNCTIONS:
        words, new = f"Prometheus 3 has no `{name}`: it was renamed", RENAMED_FUNCTIONS[name]
        cursor.note(token, words, f"write `{new}`", NOT_PROMQL, instead(token, new))
    elif name in REMOVED_FUNCTIONS:
        words = f"Prometheus has no `{name}` any more"
        cursor.note(token, words, f"write {REMOVED_FUNCTIONS[name]}", NOT_PROMQL)
    else:
        help, mend = _name_mend(name), _other_function(name)
        cursor.note(token, f"Prometheus has no function `{name}`", help, mend=mend and instead(token, *mend))
    return None


def _other_function(name: str) -> tuple[str, bool] | None:
    """The function that was meant, and whether that is certain."""
    lower = name.lower()
    if lower in FUNCTIONS:
        return lower, True
    if lower in _OTHER_NAMES:
        other = _OTHER_NAMES[lower]
        return (other, lower in _SAME) if other in FUNCTIONS or other in AGGREGATIONS else None
    near = _near(lower)
    return (near, slip(lower, [*FUNCTIONS, *AGGREGATIONS]) == near) if near else None


def _near(name: str) -> str | None:
    from difflib import get_close_matches

    near = get_close_matches(name, [*FUNCTIONS, *AGGREGATIONS], n=1, cutoff=0.7)
    return near[0] if near else None


@cache
def _name_mend(name: str) -> str:
    lower = name.lower()
    if lower in FUNCTIONS:
        return f"functions are written in lower case: `{lower}`"
    if lower in _OTHER_NAMES:
        return f"write `{_OTHER_NAMES[lower]}`"
    near = _near(lower)
    if near:
        return f"did you mean `{near}`?"
    return "matchers go in braces, `x{..}`; the functions are listed in Prometheus's documentation"


def check_call(cursor: Cursor, token: Token, function: Function | None, arguments: Sequence[Part], end: int) -> Part:
    """Notes what is wrong with the arguments; the part that the call makes."""
    if function is None:
        return Part("call", None, token.start, end, token.text)
    if not _counted(cursor, token, function, arguments):
        return Part("call", None, token.start, end, token.text)
    if not _swapped(cursor, function.name, function.arguments, arguments):
        for index, argument in enumerate(arguments):
            wanted = function.argument(index)
            if wanted is not None:
                _typed(cursor, function.name, wanted, argument)
    if function.name == "info" and len(arguments) > 1:
        _info_filter(cursor, arguments[1])
    return Part("call", function.returns, token.start, end, token.text)


def _info_filter(cursor: Cursor, argument: Part) -> None:
    if argument.type == "vector" and (argument.kind != "selector" or argument.name):
        words = "the second argument of `info` is matchers in braces, without a metric's name"
        cursor.note(argument, words, 'for example `info(x, {k8s_cluster_name=~".+"})`')


def _signature(function: Function) -> str:
    words = ["number" if kind == "scalar" else kind for kind in function.arguments]
    words = ["range" if kind == "matrix" else kind for kind in words]
    if function.variadic and words:
        words[-1] = f"[{words[-1]}]" if function.variadic == 1 else f"{words[-1]}, .."
    return f"{function.name}({', '.join(words)})"


def _counted(cursor: Cursor, token: Token, function: Function, arguments: Sequence[Part]) -> bool:
    count, most = len(arguments), function.most
    mend = f"it is called as `{_signature(function)}`"
    if count < function.fewest:
        least = "" if most == function.fewest else "at least "
        words = f"`{function.name}` takes {least}{_counts(function.fewest)}, and here {_are(count)}"
        cursor.note(token, words, mend)
        return False
    if most is not None and count > most:
        place = Part("", None, arguments[most].start, arguments[-1].end)
        up_to = "" if most == function.fewest else "at most "
        words = f"`{function.name}` takes {up_to}{_counts(most)}, and here {_are(count)}"
        cursor.note(place, words, mend)
        return False
    return True


def _counts(count: int) -> str:
    return {0: "no arguments", 1: "one argument"}.get(count, f"{count} arguments")


def _are(count: int) -> str:
    return {0: "is none", 1: "is one"}.get(count, f"are {count}")


def _swapped(cursor: Cursor, name: str, wanted: Sequence[ValueType], arguments: Sequence[Part]) -> bool:
    """Notes two arguments in each other's place, which is one mistake, not two."""
    given = [argument.type for argument in arguments]
    if len(given) != 2 or len(wanted) < 2 or given != [wanted[1], wanted[0]] or given[0] == given[1]:
        return False
    first, second = arguments
    words = f"the arguments of `{name}` are in the wrong order"
    mend = f"write `{name}({cursor.shown(second)}, {cursor.shown(first)})`"
    texts = [cursor.text[part.start : part.end] for part in (first, second)]
    swap = Mend((Edit(first.start, first.end, texts[1]), Edit(second.start, second.end, texts[0])), certain=True)
    cursor.note(Part("", None, first.start, second.end), words, mend, mend=swap)
    return True


def _typed(cursor: Cursor, name: str, wanted: ValueType, part: Part) -> None:
    if part.kind == "variable" and part.type is None and wanted in ("matrix", "string"):
        words = f"`{name}` wants {_TYPES[wanted]} here, and a variable alone cannot be one"
        shown = cursor.shown(part)
        cursor.note(part, words, f"write `{shown}[5m]`" if wanted == "matrix" else f'write `"{shown}"`')
    if part.type in (wanted, None) or part.type is None:
        return
    words = f"`{name}` wants {_TYPES[wanted]} here, and this is {_TYPES[part.type]}"
    help, mend = _type_mend(name, wanted, part, cursor.shown(part)), _of_type(cursor, name, wanted, part)
    cursor.note(part, words, help, mend=mend)


def _of_type(cursor: Cursor, name: str, wanted: ValueType, part: Part) -> Mend | None:
    """What would have the type: a range, a rate, a number without quotes."""
    text = cursor.text[part.start : part.end]
    if wanted == "matrix" and part.kind == "selector" and not part.modified:
        return replaced(part.end, part.end, "[5m]")
    if wanted == "vector" and part.type == "matrix" and part.kind == "range":
        return instead(part, f"rate({text})", certain=False)
    if wanted == "vector" and part.type == "scalar" and name != "scalar":
        return instead(part, f"vector({text})", certain=False)
    if wanted == "scalar" and part.type == "string" and number_value(text[1:-1]) is not None:
        return instead(part, text[1:-1])
    if wanted == "string" and part.kind == "selector" and text == part.name:
        return instead(part, f'"{text}"', certain=False)
    return None


def _type_mend(name: str, wanted: ValueType, part: Part, shown: str) -> str:
    if wanted == "matrix" and part.kind == "selector" and not part.modified:
        return f"say how far to look back: `{name}({shown}[5m])`"
    if wanted == "matrix" and part.kind == "selector":
        return "say how far to look back, before `offset` and `@`: `x[5m] offset 1h`"
    if wanted == "matrix" and part.type == "vector":
        if part.kind == "aggregate":
            return f"apply `{name}` first and aggregate its result: `{part.name}({name}(x[5m]))`"
        return f"apply `{name}` to a metric's range, or make a subquery: `({shown})[5m:]`"
    if wanted == "vector" and part.type == "matrix":
        if name in AGGREGATIONS:
            return f"write `{name}(rate({shown}))`, or `avg_over_time({shown})` for each series over time"
        return f"leave the range out, or take a function of it: `rate({shown})`, `avg_over_time({shown})`"
    if name == "scalar":
        return "leave `scalar` out: this is a number already"
    if wanted == "vector" and part.type == "scalar":
        return f"write `vector({shown})`"
    if wanted == "scalar" and part.type == "vector":
        return f"write a number, or `scalar({shown})` where exactly one series is meant"
    if wanted == "scalar" and part.type == "string":
        return "write the number without quotes"
    if wanted == "string":
        return f'write it in quotes: `"{shown}"`'
    return f"write {_TYPES[wanted]}"


def check_aggregate(
    cursor: Cursor, token: Token, name: str, arguments: Sequence[Part], end: int, grouped: bool
) -> Part:
    """Notes what is wrong with an aggregation's arguments; the part that it makes."""
    part = Part("aggregate", "vector", token.start, end, name, grouped=grouped)
    param = AGGREGATIONS[name]
    wanted: tuple[ValueType, ...] = ("vector",) if param is None else (param, "vector")
    sample = {None: f"{name}(x)", "scalar": f"{name}(5, x)", "string": f'{name}("label", x)'}[param]
    sample = "quantile(0.9, x)" if name == "quantile" else sample
    if len(arguments) < len(wanted):
        what = "what to aggregate" if not arguments else "two arguments"
        cursor.note(token, f"`{name}` wants {what}, and here {_are(len(arguments))}", f"write `{sample}`")
        return part
    if len(arguments) > len(wanted):
        place = Part("", None, arguments[len(wanted)].start, arguments[-1].end)
        words = f"`{name}` takes {_counts(len(wanted))}, and here {_are(len(arguments))}"
        mend = f"write `{sample}`; labels to keep go into `by (..)`"
        cursor.note(place, words, mend)
        return part
    if not _swapped(cursor, name, wanted, arguments):
        for argument, kind in zip(arguments, wanted, strict=True):
            _typed(cursor, name, kind, argument)
    return part
