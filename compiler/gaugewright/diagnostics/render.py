"""How findings are shown: as text with the source line and a caret, JSON, SARIF, GitHub annotations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple
from unicodedata import east_asian_width

from gaugewright.diagnostics.finding import Diagnostic, Place
from gaugewright.diagnostics.secrets import masked

Lines = Mapping[str, Sequence[str]]
"""The lines of each file, for excerpts."""

Secrets = Mapping[str, Mapping[int, list[tuple[int, int]]]]
"""For each file and line (from 1), the 0-based columns of secrets."""

Style = Callable[[str, str], str]
"""Colours a text: `style(text, name)` with name "error", "warning", "info", "line" or "help"."""


class PlacedEdit(NamedTuple):
    """A stretch of a file that becomes `new`."""

    place: Place
    new: str


class PlacedMend(NamedTuple):
    """A finding's mend as edits of the file."""

    certain: bool
    edits: tuple[PlacedEdit, ...]


Mends = Mapping[int, PlacedMend]
"""The mends of findings, by their position in the list of findings."""

WIDTH = 110
"""Columns of an excerpt; a longer line is cut around what it shows."""

_AROUND = 1000
"""Characters on both sides of a finding in which secrets are looked for: a spec may be one line of megabytes."""


def render_text(
    findings: Iterable[Diagnostic], lines: Lines, secrets: Secrets, style: Style = lambda text, name: text
) -> str:
    """Each finding with its excerpt, mend and related places."""
    return "\n".join(_as_text(item, lines, secrets, style) for item in findings)


def _as_text(item: Diagnostic, lines: Lines, secrets: Secrets, style: Style) -> str:
    margin = " " * len(str(item.place.line))
    parts = [
        style(f"{item.severity}[{item.code}]", item.severity) + f": {harmless(item.message)}",
        style(f"{margin}--> ", "line") + f"{item.place.file}:{item.place.line}:{item.place.column}",
        *_excerpt(item.place, lines, secrets, margin, item.severity, style),
    ]
    if item.help:
        parts.append(style(f"{margin} = help: ", "help") + "\n".join(map(harmless, item.help.split("\n"))))
    for related in item.related:
        place = related.place
        told = f"{harmless(related.message)}: {place.file}:{place.line}:{place.column}"
        parts.append(style(f"{margin} = ", "help") + told)
    return "\n".join(parts) + "\n"


def _excerpt(place: Place, lines: Lines, secrets: Secrets, margin: str, severity: str, style: Style) -> list[str]:
    texts = lines.get(place.file, ())
    if not 0 < place.line <= len(texts):
        return []
    whole = texts[place.line - 1]
    start = place.column - 1
    end = place.end_column - 1 if place.end_line == place.line else len(whole)
    first = max(0, start - _AROUND)
    stretches = secrets.get(place.file, {}).get(place.line, [])
    line = masked(
        whole[first : start + _AROUND],
        [(max(one - first, 0), other - first) for one, other in stretches if other > first],
    )
    line, start, end = _cropped(line, start - first, max(end, start + 1) - first)
    shown = harmless(line)
    before = _columns(shown[:start])
    carets = "^" * max(1, _columns(shown[start:end]))
    return [
        style(f"{margin} |", "line"),
        style(f"{place.line} | ", "line") + shown.rstrip(),
        style(f"{margin} | ", "line") + " " * before + style(carets, severity),
    ]


def _cropped(line: str, start: int, end: int) -> tuple[str, int, int]:
    if len(line) <= WIDTH:
        return line, start, end
    first = max(0, min(start - WIDTH // 3, len(line) - WIDTH))
    lead = "…" if first else ""
    cut = line[first : first + WIDTH]
    tail = "…" if first + WIDTH < len(line) else ""
    shift = len(lead) - first
    return lead + cut + tail, start + shift, min(end + shift, len(lead + cut))


def harmless(text: str) -> str:
    """The text without what would steer a terminal or turn its writing direction, character by character."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def _columns(text: str) -> int:
    """Terminal columns: wide characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def summary(findings: Iterable[Diagnostic]) -> dict[str, int]:
    severities = [item.severity for item in findings]
    return {"errors": severities.count("error"), "warnings": severities.count("warning")}


def render_json(
    findings: Sequence[Diagnostic], mends: Mends | None = None, mended: Sequence[object] | None = None
) -> str:
    """The contract's JSON: `{"diagnostics": [...], "summary": {...}}`; `mended` are the mends that were written."""
    mends = mends or {}
    listed = [_as_json(item, mends.get(number)) for number, item in enumerate(findings)]
    whole: dict[str, object] = {} if mended is None else {"mended": mended}
    whole |= {"diagnostics": listed, "summary": summary(findings)}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _as_json(item: Diagnostic, mend: PlacedMend | None) -> dict[str, object]:
    shown: dict[str, object] = {
        "code": item.code,
        "severity": item.severity,
        "message": item.message,
        **asdict(item.place),
        "help": item.help,
        "related": [
            {
                "message": related.message,
                "file": related.place.file,
                "line": related.place.line,
                "column": related.place.column,
            }
            for related in item.related
        ],
    }
    if mend is not None:
        edits = [
            {**{key: value for key, value in asdict(edit.place).items() if key != "file"}, "new_text": edit.new}
            for edit in mend.edits
        ]
        shown["mend"] = {"certain": mend.certain, "edits": edits}
    return shown


_GITHUB_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render_github(findings: Iterable[Diagnostic]) -> str:
    """Workflow commands that GitHub shows beside the lines of a pull request."""
    return "\n".join(_as_github(item) for item in findings)


def _as_github(item: Diagnostic) -> str:
    place = item.place
    properties = {
        "file": place.file,
        "line": str(place.line),
        "endLine": str(place.end_line),
        "col": str(place.column),
        "endColumn": str(place.end_column),
        "title": item.code,
    }
    listed = ",".join(f"{name}={_github_property(value)}" for name, value in properties.items())
    text = item.message + (f"\n{item.help}" if item.help else "")
    return f"::{_GITHUB_LEVELS[item.severity]} {listed}::{_github_data(text)}"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")
