"""Declarations from a page of metrics as it was exposed: what surely holds of the families that it shows.

A family has its type, the labels that every series of it shows, and a histogram its boundaries. Values of labels are
examples and not all there can be, and the scrape adds labels of its own: so both stay open. A family without a type
(`untyped`) is of no use here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from gaugewright.promql.types import Label, SeriesType, scraped_series

Role = Literal["counter", "gauge", "bucket", "sum", "count", "quantile"]
_ROLES: dict[tuple[str, str], Role] = {
    ("counter", ""): "counter", ("gauge", ""): "gauge", ("summary", ""): "quantile",
    ("histogram", "_bucket"): "bucket", ("histogram", "_sum"): "sum", ("histogram", "_count"): "count",
    ("summary", "_sum"): "sum", ("summary", "_count"): "count",
}  # fmt: skip
_TYPE = re.compile(r"# TYPE (\S+) (\w+)")
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def declared(page: str) -> dict[str, SeriesType]:
    """The series of the text format's page, by name."""
    seen: dict[str, tuple[Role, list[dict[str, str]]]] = {}
    for name, role, labels in _samples(page):
        seen.setdefault(name, (role, []))[1].append(labels)
    return {name: _series(name, role, several) for name, (role, several) in seen.items()}


def _samples(page: str) -> Iterator[tuple[str, Role, dict[str, str]]]:
    family = kind = ""
    for line in page.splitlines():
        told, sample = _TYPE.match(line), _SAMPLE.match(line)
        if told is not None:
            family, kind = told.groups()
        elif sample is not None and sample[1].startswith(family):
            role = _ROLES.get((kind, sample[1].removeprefix(family)))
            if role is not None:
                yield sample[1], role, dict(_LABEL.findall(sample[2] or ""))


def _series(name: str, role: Role, several: list[dict[str, str]]) -> SeriesType:
    shown = set(several[0]).intersection(*several[1:])
    labels = {label: Label(True, None) for label in sorted(shown)}
    if role == "bucket":
        labels["le"] = Label(True, tuple(dict.fromkeys(series["le"] for series in several)))
    return scraped_series(name, role, labels, open_labels=True)
