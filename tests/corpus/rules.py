"""Rules in any file of Prometheus's: rule files, PrometheusRule resources, lists of them, and collections' own data.

A rule is recognised by its keys wherever it stands: `alert` or `record` with `expr`, or, as the data of
awesome-prometheus-alerts has it, `name` with `query`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaugewright.spec.reader import read_yaml
from gaugewright.spec.source import Document, Source

_SEPARATOR = re.compile(r"^---(?=[ \t\r]*$)", re.MULTILINE)


class UnreadableFile(Exception):
    """Not YAML, and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as written. `texts` are what Prometheus expands as templates."""

    name: str
    records: bool
    query: Source
    labels: dict[str, str]
    texts: tuple[Source, ...]

    @property
    def document(self) -> Document:
        return self.query.document


def rule_files(path: Path) -> list[Path]:
    """The YAML files of a folder and those below it, or the file itself."""
    return sorted(file for file in path.rglob("*.y*ml") if file.is_file()) if path.is_dir() else [path]


def read_rules(path: Path) -> Iterator[Rule]:
    """Every rule of a file, in its order."""
    for content in _documents(path.read_text("utf-8")):
        reading = read_yaml(content.encode(), str(path))
        if not reading.readable:
            raise UnreadableFile(f"{path}: {'; '.join(item.message for item in reading.diagnostics)}")
        yield from _rules(Source(reading.document))


def _documents(text: str) -> Iterator[str]:
    """Each YAML document of a file, with the lines before it left empty so that line numbers stay."""
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    ends = [*(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        yield "\n" * text.count("\n", 0, start) + text[start:end]


def _rules(source: Source) -> Iterator[Rule]:
    value = source.value()
    if isinstance(value, dict):
        found = _rule(value, source)
        if found is not None:
            yield found
            return
        for key in value:
            yield from _rules(source.at(key))
    elif isinstance(value, list):
        for number in range(len(value)):
            yield from _rules(source.at(number))


def _rule(value: dict[str, Any], source: Source) -> Rule | None:
    for kind in ("alert", "record"):
        if isinstance(value.get(kind), str) and "expr" in value:
            labels = _strings(value.get("labels"))
            texts = [source.at(part, name) for part in ("annotations", "labels") for name in _strings(value.get(part))]
            return Rule(value[kind], kind == "record", source.at("expr"), labels, tuple(texts))
    if isinstance(value.get("name"), str) and isinstance(value.get("query"), str):
        texts = [source.at(key) for key in ("summary", "description") if isinstance(value.get(key), str)]
        labels = {"severity": str(value["severity"])} if "severity" in value else {}
        return Rule(value["name"], False, source.at("query"), labels, tuple(texts))
    return None


def _strings(value: Any) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {name: str(text) for name, text in pairs if text is not None}
