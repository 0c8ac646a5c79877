"""What is known of a value while a text is walked: its kind, the query that gave it, the text that it surely is.

Texts are followed through `|`, variables and `printf`, so that the PromQL in `printf "up{job='%s'}" $labels.job |
query` can be read too.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gaugewright.gotemplate.functions import Kind
from gaugewright.gotemplate.literals import value_places


class KnownText(NamedTuple):
    """A text that is known without expanding it. `places` tells where each of its characters stands in the
    template; one more ends the last. What `printf` fills in is the variable `FILLED`."""

    text: str
    places: tuple[int, ...]

    @property
    def start(self) -> int:
        return self.places[0]


class Value(NamedTuple):
    """`query` is the one whose samples, sample or labels these are."""

    kind: Kind
    query: KnownText | None = None
    text: KnownText | None = None


class LabelUse(NamedTuple):
    """Characters `start` to `end` show a label's value. `of_alert` is false for the labels of another sample, which
    is of the result of `query`, or of what cannot be told."""

    name: str
    start: int
    end: int
    of_alert: bool
    query: KnownText | None = None


class ValueUse(NamedTuple):
    """Characters `start` to `end` show, or pass on, the alert's value (in a condition alone, they do not)."""

    start: int
    end: int


ANY: Final = Value("any")
TEXT: Final = Value("text")
ALERT: Final = Value("alert")

ALERT_FIELDS: Final[dict[str, Kind]] = {
    "Labels": "labels",
    "ExternalLabels": "external labels",
    "ExternalURL": "text",
    "Value": "float",
}
VARIABLES: Final[dict[str, Value]] = {
    "$": ALERT,
    "$labels": Value("labels"),
    "$externalLabels": Value("external labels"),
    "$externalURL": TEXT,
    "$value": Value("float"),
}
_ELEMENTS: Final[dict[Kind, tuple[Kind, Kind]]] = {
    "samples": ("int", "sample"),
    "labels": ("text", "text"),
    "external labels": ("text", "text"),
    "other labels": ("text", "text"),
}


def elements(value: Value) -> tuple[Value, Value]:
    """What `range` gives: the key or index, and the element."""
    key, element = _ELEMENTS.get(value.kind, ("any", "any"))
    return Value(key), Value(element, value.query if element == "sample" else None)


def constant(value: str, start: int, written: str) -> Value:
    """A string of the template, as `written` with its quotes at `start`."""
    places = tuple(start + place for place in value_places(written))
    return Value("text", text=KnownText(value, places) if len(places) == len(value) + 1 else None)


FILLED: Final = "printf"
"""The name of the variable that stands for what `printf` fills in."""
_INDEXED = re.compile(r"%[+\-# 0-9.]*[\[*]")
_VERB = re.compile(r"%(?:(%)|[+\-# 0]*\d*(?:\.\d*)?(.?))", re.S)


def formatted(format: KnownText) -> KnownText | None:
    """What `printf` makes of a format: a variable for each thing that is filled in."""
    if _INDEXED.search(format.text):
        return None
    parts: list[str] = []
    places: list[int] = []
    done = 0
    for verb in _VERB.finditer(format.text):
        filled = "%" if verb[1] else f'"${{{FILLED}}}"' if verb[2] == "q" else f"${{{FILLED}}}"
        parts += [format.text[done : verb.start()], filled]
        places += [*format.places[done : verb.start()], *[format.places[verb.start()]] * len(filled)]
        done = verb.end()
    return KnownText("".join([*parts, format.text[done:]]), (*places, *format.places[done:]))
