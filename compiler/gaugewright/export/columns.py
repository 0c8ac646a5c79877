"""The columns of an export: time, value, `metric`, one for each label that the spec knows, `other_labels`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gaugewright.export.request import Request

METRIC = "metric"
OTHER = "other_labels"
TIME_MS = "timestamp_ms"
TIME = "timestamp"
VALUE = "value"
_OURS = (METRIC, OTHER, TIME_MS, TIME, VALUE)


def label_columns(request: Request) -> dict[str, str]:
    """Label to column, in alphabetical order of the labels. A label whose name is that of a column of ours gets
    `exported_` in front, as Prometheus does it where names collide."""
    columns: dict[str, str] = {}
    for label in request.labels:
        column = label
        while column in _OURS or (column != label and column in request.labels):
            column = f"exported_{column}"
        columns[label] = column
    return columns


def label_cells(request: Request, labels: Mapping[str, str]) -> list[str]:
    """A series' cells in the label columns and in `other_labels`, which holds the labels that have no column as a
    JSON object. A label that the series lacks is the empty text, which is the same to Prometheus."""
    others = {name: labels[name] for name in sorted(labels.keys() - set(request.labels))}
    return [
        *(labels.get(label, "") for label in request.labels),
        msgspec.json.encode(others).decode() if others else "",
    ]
