"""PromQL selectors. Whatever a value holds, it is matched as it is."""

from __future__ import annotations

from collections.abc import Iterable

Matcher = tuple[str, tuple[str, ...]]
"""A label, and the values of which it must have one; "" stands for a series without the label."""

_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


def selector(series: str, matchers: Iterable[Matcher] = ()) -> str:
    """`name{label="value",other=~"one|two"}`."""
    written = ",".join(_matcher(label, values) for label, values in matchers)
    return f"{series}{{{written}}}" if written else series


def _matcher(label: str, values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return f"{label}={_quoted(values[0])}"
    return f"{label}=~{_quoted('|'.join(map(_literal, values)))}"


def _literal(value: str) -> str:
    """A regular expression (RE2's) that only the value meets."""
    return "".join("\\" + character if character in _SPECIAL else character for character in value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
