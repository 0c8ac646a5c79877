"""Grafana's legends: `{{ label }}` becomes the label's value, and nothing else is understood.

Grafana's Prometheus data source replaces the shortest `{{ ... }}` by the value of the label that is named
there, or by nothing where a series has no such label (getName in its querydata/response.go). Dashboard
variables are replaced before that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gaugewright.diagnostics import TextFinding
from gaugewright.gotemplate.syntax import Name
from gaugewright.promql.variables import is_defined, uses

_LABEL = re.compile(r"[A-Za-z_][\w.:/-]*")
_IN_GO = re.compile(r"(?:\$labels|\.Labels|)\.([A-Za-z_]\w*)|([A-Za-z_]\w*)\s*\|")
_DEFAULT = re.compile(r"\s*\{\{\s*label\s*\}\}\s*")


@dataclass(frozen=True, slots=True)
class Legend:
    """`labels` are those that the legend names, with their places."""

    labels: tuple[Name, ...]
    findings: tuple[TextFinding, ...]


def read_legend(text: str, variables: Collection[str] = ()) -> Legend:
    """Reads a legend; `variables` are those of its dashboard. Never raises."""
    labels: list[Name] = []
    findings: list[TextFinding] = []
    for inner in _braced(text):
        if inner.text is None:
            help = "Close it with `}}`."
            findings.append(TextFinding("template-syntax", inner.start, inner.end, "`{{` is not closed", help))
        elif _LABEL.fullmatch(inner.text):
            labels.append(Name(inner.start, inner.end, inner.text))
        elif not any(is_defined(use.name, variables) for use in uses(inner.text)):
            findings.append(_not_a_label(inner.text, inner.start, inner.end))
    return Legend(tuple(labels), tuple(findings))


def is_default(text: str) -> bool:
    """Whether this is the data model's default, `{{ label }}`, which means that none was chosen."""
    return _DEFAULT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class _Inner:
    """What stands between braces, without the spaces around it; None where they are not closed."""

    start: int
    end: int
    text: str | None


def _braced(text: str) -> Iterator[_Inner]:
    at = text.find("{{")
    while at >= 0:
        closed = text.find("}}", at + 2)
        if closed < 0:
            yield _Inner(at, at + 2, None)
            return
        written = text[at + 2 : closed]
        inner = written.strip()
        start = at + 2 + len(written) - len(written.lstrip()) if inner else at
        yield _Inner(start, start + len(inner) if inner else closed + 2, inner)
        at = text.find("{{", closed + 2)


def _not_a_label(inner: str, start: int, end: int) -> TextFinding:
    meant = _IN_GO.search(inner)
    help = f"Write `{{{{ {meant[1] or meant[2]} }}}}`." if meant else "Write a label's name there."
    message = "Grafana reads a label's name here, and nothing else" if inner else "there is no label's name here"
    return TextFinding("template-syntax", start, end, message, help)
