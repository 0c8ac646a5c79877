"""The functions of alert templates: what they take, what they give, and since which Prometheus they exist.

Prometheus's own are from its template/template.go (3.16; https://prometheus.io/docs/prometheus/latest/
configuration/template_reference/), the others are Go's (text/template/funcs.go).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal[
    "any", "text", "float", "int", "complex", "bool", "nil", "alert", "labels", "external labels",
    "other labels", "samples", "sample", "time", "duration", "map",
]  # fmt: skip
"""What a value is. `labels` are the alert's own, `other labels` those of another sample; `alert` is the data
at the start (`.Labels`, `.Value`, ...); `any` is what cannot be told."""

Parameter = Literal["any", "text", "number", "samples", "sample"]
"""What a function takes; `number` is what Prometheus can make a float of (texts too)."""


@dataclass(frozen=True, slots=True)
class Signature:
    """`most` is the largest number of arguments, None for any; the last parameter is repeated."""

    parameters: tuple[Parameter, ...]
    result: Kind
    fewest: int
    most: int | None
    since: str = ""

    def parameter(self, index: int) -> Parameter:
        return self.parameters[min(index, len(self.parameters) - 1)]


_LETTERS: dict[str, Parameter] = {"a": "any", "t": "text", "n": "number", "l": "samples", "s": "sample"}

# Name, the parameters by their letters ("-" for none; "*": the last may be left out or repeated), the result,
# and the first Prometheus that has it where that is after 2.42.
_PROMETHEUS = """
query t samples                first l sample              label ts text
value s any                    strvalue s text             sortByLabel tl samples
args a* map                    humanize n text             humanize1024 n text
humanizeDuration n text        humanizePercentage n text   humanizeTimestamp n text
toTime n time                  toDuration n duration 3.6   now - float 3.6
title t text                   toUpper t text              toLower t text
match tt bool                  reReplaceAll ttt text       safeHtml t any
graphLink t text               tableLink t text            stripPort t text
stripDomain t text             parseDuration t float       urlQueryEscape t text 3.8
externalURL - text             pathPrefix - text
"""

_GO: dict[str, Signature] = {
    "and": Signature(("any",), "any", 1, None),
    "or": Signature(("any",), "any", 1, None),
    "not": Signature(("any",), "bool", 1, 1),
    "len": Signature(("any",), "int", 1, 1),
    "index": Signature(("any",), "any", 1, None),
    "slice": Signature(("any",), "any", 1, 4),
    "print": Signature(("any",), "text", 0, None),
    "println": Signature(("any",), "text", 0, None),
    "printf": Signature(("text", "any"), "text", 1, None),
    "html": Signature(("any",), "text", 0, None),
    "js": Signature(("any",), "text", 0, None),
    "urlquery": Signature(("any",), "text", 0, None),
    "call": Signature(("any",), "any", 1, None),
    "eq": Signature(("any",), "bool", 2, None),
    **{name: Signature(("any",), "bool", 2, 2) for name in ("ne", "lt", "le", "gt", "ge")},
}

COMPARISONS = frozenset(("eq", "ne", "lt", "le", "gt", "ge"))


def _prometheus() -> dict[str, Signature]:
    table: dict[str, Signature] = {}
    words = _PROMETHEUS.split()
    while words:
        name, letters, result = words[:3]
        del words[:3]
        since = words.pop(0) if words and words[0][0].isdigit() else ""
        taken = letters.strip("-*")
        parameters = tuple(_LETTERS[letter] for letter in taken)
        repeated = letters.endswith("*")
        table[name] = Signature(
            parameters,
            cast(Kind, result),
            len(taken) - repeated,
            None if repeated else len(taken),
            since,
        )
    return table


FUNCTIONS: dict[str, Signature] = {**_GO, **_prometheus()}

ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        ("join", "stringSlice", "trimSpace", "since", "tz", "date", "list", "append", "dict", "toJson"),
        "Alertmanager's templates have it, Prometheus's do not.",
    ),
    **dict.fromkeys(("elseif", "elsif", "elif"), "Write `else if`."),
    "tmpl": 'Only console templates have it; write `{{ template "name" . }}`.',
    "default": 'Write `or $labels.x "none"`.',
    "replace": 'Write `reReplaceAll "from" "to" $labels.x`.',
    "contains": 'Write `match "part" $labels.x`.',
    "round": 'Write `printf "%.0f" $value`.',
    "upper": "Write `toUpper`.",
    "lower": "Write `toLower`.",
    "int": 'Write `printf "%.0f" $value`.',
    "float64": "A value is a float already.",
    "toTimestamp": "Write `humanizeTimestamp`, or `toTime`.",
    "duration": "Write `humanizeDuration`.",
    **dict.fromkeys(
        ("add", "sub", "mul", "div", "mod", "max", "min", "mulf", "divf"),
        "Templates do not calculate: let the query do it.",
    ),
}
"""Names that people expect, and what to write instead."""
