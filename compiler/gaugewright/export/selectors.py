"""PromQL selectors. Whatever a value holds, it is matched as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


@dataclass(frozen=True, slots=True)
class Matcher:
    """`values` are those of a label that are meant; "" stands for a series without the label.

    With `excluded` it is met by every other value, be it among `values` or not.
    """

    label: str
    values: tuple[str, ...]
    excluded: tuple[str, ...] = ()


def selector(series: str, matchers: Iterable[Matcher] = ()) -> str:
    """`name{label="value",other=~"one|two"}`."""
    written = ",".join(map(_matcher, matchers))
    return f"{series}{{{written}}}" if written else series


def _matcher(matcher: Matcher) -> str:
    values, no = (matcher.excluded, "!") if matcher.excluded else (matcher.values, "")
    label = matcher.label if is_identifier(matcher.label) else _quoted(matcher.label)
    if len(values) == 1:
        return f"{label}{no}={_quoted(values[0])}"
    return f"{label}{no or '='}~{_quoted('|'.join(map(_literal, values)))}"


def is_identifier(label: str) -> bool:
    """Whether the label stands in a selector as it is. Others, which Prometheus has since 3.0, are quoted there."""
    return _IDENTIFIER.fullmatch(label) is not None


def _literal(value: str) -> str:
    """A regular expression (RE2's) that only the value meets."""
    return "".join("\\" + character if character in _SPECIAL else character for character in value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
