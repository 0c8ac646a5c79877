"""Findings on a terminal, and the summary under them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gaugewright.diagnostics.render import Style, render_text, summary
from gaugewright.diagnostics.secrets import masked, may_be_secret_key, secret_begins

if TYPE_CHECKING:
    from gaugewright.compile import Compilation
    from gaugewright.diagnostics import Diagnostic
    from gaugewright.spec.source import Document

_COLOURS = {"error": "1;31", "warning": "1;33", "info": "1;34", "line": "34", "help": "36"}


def as_text(compilations: Sequence[Compilation], findings: Sequence[Diagnostic]) -> str:
    """The findings with excerpts of their files."""
    documents = [compilation.document for compilation in compilations if compilation.document is not None]
    lines = {document.file: _lines(document) for document in documents}
    secrets = {document.file: _secrets(document) for document in documents}
    return render_text(findings, lines, secrets, _style())


def masked_lines(document: Document) -> list[str]:
    """The document's lines, every secret and what looks like a credential starred out."""
    secrets = _secrets(document)
    return [masked(line, secrets.get(number, [])) for number, line in enumerate(_lines(document), 1)]


def _lines(document: Document) -> list[str]:
    """The document's lines. Where it could not be read as YAML nobody knows which values are secrets, so
    whatever follows the name of one is left out."""
    lines = document.text.split("\n")
    return lines if document.root else list(_without_secrets(lines))


def _without_secrets(lines: list[str]) -> Iterator[str]:
    """Whatever follows the name of a secret, on its line and on the lines that are indented below it."""
    below: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if below is not None and line.strip() and indent <= below:
            below = None
        shown = _without_secret(line)
        yield "*" * len(line) if below is not None else shown
        if below is None and shown != line:
            below = indent


def _without_secret(line: str) -> str:
    begin = secret_begins(line)
    return line if begin is None else line[:begin] + "*" * len(line[begin:])


def _secrets(document: Document) -> dict[int, list[tuple[int, int]]]:
    """Where the document holds secrets, by line."""
    found: dict[int, list[tuple[int, int]]] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if item is not None and not _is_reference(item) and may_be_secret_key(key):
                    note(value.values_at[key])  # type: ignore[attr-defined]
                look(item)
            for key, span in value.dropped:  # type: ignore[attr-defined]
                if may_be_secret_key(key):
                    note(span)
        elif isinstance(value, list):
            for item in value:
                look(item)

    def note(span: Any) -> None:
        place = document.place(span.start, span.end)
        for line in range(place.line, place.end_line + 1):
            start = place.column - 1 if line == place.line else 0
            end = place.end_column - 1 if line == place.end_line else sys.maxsize
            found.setdefault(line, []).append((start, end))

    look(document.root)
    return found


def _is_reference(value: Any) -> bool:
    """`{env: NAME}` or `{file: PATH}`: where the secret is, and not the secret."""
    return isinstance(value, dict) and value.keys() <= {"env", "file"}


def _style() -> Style:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return lambda text, name: text
    return lambda text, name: f"\x1b[{_COLOURS[name]}m{text}\x1b[0m"


def counted(findings: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    numbers = summary(findings)
    parts = [
        f"{count} {kind[:-1] if count == 1 else kind}" for kind, count in numbers.items() if count or kind == "errors"
    ]
    return ", ".join(parts) if findings else "no findings"
