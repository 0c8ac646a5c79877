"""Dashboard variables in drawn queries: what is inferred of `$x` must hold for whatever Grafana puts in its place.

A query's words are replaced by variables in each form that Grafana knows. Inference sees the variables; the engine
is asked the query as Grafana would send it, which is the one that was drawn.
"""

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple

from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import Expr
from gaugewright.promql.tokens import DURATION, NAME, NUMBER, STRING, Token, tokenize
from gaugewright.promql.variables import uses

from tests.differential.subject import FEATURES

_LISTS = ("by", "without", "on", "ignoring", "group_left", "group_right")
_PLAIN = re.compile(r'"[A-Za-z0-9_.:|*+()-]+"')
_FORMS = ("${0}", "${{{0}}}", "[[{0}]]")
_IN_STRINGS = (*_FORMS, "${{{0}:regex}}", "${{{0}:pipe}}", "${{{0}:raw}}")


class Asked(NamedTuple):
    """A query with variables. `stands`: what Grafana puts in their place; `values`: what the checker is told of
    that, which may be nothing."""

    written: str
    stands: Mapping[str, str]
    values: Mapping[str, str]

    @property
    def tree(self) -> Expr | None:
        """None where a variable cannot stand there."""
        parsed = parse(self.written, variables=self.values, features=FEATURES)
        return None if parsed.findings else parsed.tree

    def sent(self, part: str) -> str:
        """The whole query or a part of it as Grafana sends it."""
        for use in reversed(list(uses(part))):
            part = part[: use.start] + self.stands.get(use.name, part[use.start : use.end]) + part[use.end :]
        return part


def with_variables(query: str, random: Random) -> Asked:
    """The query with up to three of its words replaced."""
    tokens = tokenize(query)
    places = list(_places(tokens))
    chosen = sorted(random.sample(places, min(len(places), random.choice((1, 1, 2, 3)))), reverse=True)
    written, stands = query, dict[str, str]()
    last = len(query)
    for start, end in chosen:
        if end > last:
            continue  # a part of the word, and the whole
        name = f"v{len(stands)}"
        if query[start - 1 : start] in ("[", ":") and random.random() < 0.5:
            name = random.choice(("__interval", "__rate_interval", "__range"))
        if stands.setdefault(name, query[start:end]) != query[start:end]:
            continue
        forms = _IN_STRINGS if query[start - 1 : start] == '"' else _FORMS
        written = written[:start] + random.choice(forms).format(name) + written[end:]
        last = start
    own = [name for name in stands if not name.startswith("__")]
    values = {name: stands[name] if random.random() < 0.5 else "" for name in own}
    return Asked(written, stands, values)


def _places(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """What a variable may stand for: a matcher's value or a part of it, a range, a number, a label, a metric's name."""
    opened: list[str] = []
    for position, token in enumerate(tokens):
        before = tokens[position - 1].text if position else ""
        after = tokens[position + 1].text if position + 1 < len(tokens) else ""
        if token.text in ("(", "{", "["):
            opened.append(before.lower() if token.text == "(" else token.text)
        elif token.text in (")", "}", "]") and opened:
            opened.pop()
        inside = opened[-1] if opened else ""
        if token.kind == STRING and inside == "{" and _PLAIN.fullmatch(token.text):
            yield token.start + 1, token.end - 1
            if "." in token.text[2:]:
                yield token.start + 1, token.start + token.text.index(".", 2)
        elif (
            (token.kind == DURATION and inside == "[")
            or (token.kind == NUMBER and inside != "[" and before != "@")
            or (token.kind == NAME and inside in _LISTS)
            or (token.kind == NAME and after in ("{", "[") and before != "=")
        ):
            yield token.start, token.end
