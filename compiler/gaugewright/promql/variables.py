"""Grafana's dashboard variables: how a query writes them, and which Grafana itself defines.

The forms are those that Grafana replaces (its `variableRegex`): `$x`, `[[x]]`, `[[x:format]]`, `${x}`,
`${x.field}`, `${x:format}`. The names that need no definition are those of Grafana's page "Global
variables" and the interval variables of its Prometheus data source.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

# Grafana's own pattern lets a field or format hold `$` and `{` too; without them the time stays linear.
VARIABLE = r"\$\w+|\$\{\w+(?:\.[^:^}${]++)?(?::[^}${]++)?\}|\[\[\w+?(?::\w+)?\]\]"

GLOBAL_VARIABLES = {
    "__interval": "duration",
    "__rate_interval": "duration",
    "__range": "duration",
    "__interval_ms": "number",
    "__rate_interval_ms": "number",
    "__range_ms": "number",
    "__range_s": "number",
    "__from": "number",
    "__to": "number",
    "__name": "text",
    "__dashboard": "text",
    "__org": "text",
    "__user": "text",
    "__timezone": "text",
    "__searchFilter": "text",
    "__all_variables": "text",
    "__url_time_range": "text",
    "__timeFilter": "text",
    "timeFilter": "text",
}
_AUTO_INTERVAL = "__auto_interval_"
_FORMS = re.compile(VARIABLE, re.ASCII)
_NAME = re.compile(r"\w+", re.ASCII)


class VariableUse(NamedTuple):
    """A variable, where the query uses it."""

    name: str
    start: int
    end: int


def uses(text: str, offset: int = 0) -> Iterator[VariableUse]:
    """Each variable in `text`, whose first character is the query's character `offset`.

    `$1` is a group of a regular expression (as in `label_replace`), not a variable.
    """
    for match in _FORMS.finditer(text):
        name = _NAME.search(match[0])
        if name is not None and not name[0].isdigit():
            yield VariableUse(name[0], match.start() + offset, match.end() + offset)


def names(text: str) -> tuple[str, ...]:
    """The names of the variables in `text`, in order."""
    return tuple(use.name for use in uses(text)) if "$" in text or "[[" in text else ()


def is_defined(name: str, variables: Collection[str]) -> bool:
    """Whether the dashboard or Grafana itself gives `name` a value."""
    return name in variables or name in GLOBAL_VARIABLES or name.startswith(_AUTO_INTERVAL)


def without_variables(text: str) -> str:
    """What is left of a word when its variables are taken out."""
    return _FORMS.sub("", text)
