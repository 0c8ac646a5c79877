"""A label's definition: a mapping, or just the list of its values."""

from __future__ import annotations

import re
from typing import Any

from gaugewright.diagnostics import Diagnostic
from gaugewright.spec.scalars import as_written
from gaugewright.spec.schema import LabelSpec
from gaugewright.spec.source import Source

LABEL_NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"


def name_findings(name: str, source: Source) -> list[Diagnostic]:
    """A label's name must be one that Prometheus takes everywhere."""
    if re.fullmatch(LABEL_NAME, name):
        return []
    message = f"`{name}` is no label name: letters, digits and `_`, not beginning with a digit"
    return [Diagnostic("invalid-value", "error", message, source.key_place(), "Rename it.")]


def label_of_values(value: list[Any], source: Source) -> tuple[LabelSpec, list[Diagnostic]]:
    """The definition that a bare list of values stands for."""
    values, findings = _texts(value, source)
    return LabelSpec(values=values or None), findings + _repeated(values, source)


def bound_findings(name: str, spec: LabelSpec, source: Source) -> list[Diagnostic]:
    """A label has one bound, and each of its values once."""
    if spec.values is not None and spec.max_values is not None:
        message = f"the label `{name}` has both `values` and `max_values`"
        help = "Keep `values` for a closed domain, `max_values` for an open one."
        return [Diagnostic("invalid-value", "error", message, source.at("max_values").key_place(), help)]
    return _repeated(spec.values, source.at("values")) if spec.values is not None else []


def _texts(value: list[Any], source: Source) -> tuple[list[str], list[Diagnostic]]:
    texts: list[str] = []
    findings: list[Diagnostic] = []
    for index, item in enumerate(value):
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, (bool, int, float)):
            texts.append(as_written(item))
        else:
            message = "a label's value must be text"
            place = source.at(index).place()
            findings.append(Diagnostic("invalid-value", "error", message, place, "Quote it."))
    if not value:
        message = "a label needs at least one value"
        findings.append(Diagnostic("invalid-value", "error", message, source.key_place(), "List its values."))
    return texts, findings


def _repeated(values: list[str], source: Source) -> list[Diagnostic]:
    findings = []
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            message = f'the value "{value}" stands twice'
            place = source.at(index).place()
            findings.append(Diagnostic("invalid-value", "error", message, place, "Remove one of the two."))
        elif value == "":
            message = "an empty label value is the same as no label"
            place = source.at(index).place()
            findings.append(Diagnostic("invalid-value", "error", message, place, 'Name it, such as "none".'))
        seen.add(value)
    return findings
