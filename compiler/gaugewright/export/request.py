"""One historical export with nothing left open: names resolved, times fixed, the file's columns known.

What is written is a function of this and of the samples in the server, and of nothing else: not of how
many queries it took, nor of how often the export was interrupted. The order of the file is therefore fixed
here too: series name by series name, in each chunk by chunk of time, in each series by series (sorted by
the values of their labels, names in alphabetical order), in each sample by sample.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from gaugewright.export.errors import Misuse
from gaugewright.model.export_times import LONGEST, moment
from gaugewright.model.model import Export, Model

Format = Literal["csv", "json", "parquet"]

HOUR = 3_600_000
"""Milliseconds of a chunk of raw samples."""
MOST_POINTS = 11_000
"""Points of one series that Prometheus's query_range answers at once."""
SHORTEST_NAME = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """Times are milliseconds since 1970: samples with start_ms <= timestamp < end_ms are exported.

    `series` are the exposed names (`x_bucket`, `x_sum`, `x_count` of a histogram `x`), `labels` the names
    that have a column. `step_ms` asks for values on a regular grid, as query_range computes them, None for raw
    samples. `filters` are pairs, all of which a series must meet. `overwrite` lets a file at `output_path` go.
    """

    name: str
    spec: str
    requested_by: str
    metric_names: tuple[str, ...]
    series: tuple[str, ...]
    labels: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]
    start_ms: int
    end_ms: int
    format: Format
    output_path: str
    step_ms: int | None = None
    json_array: bool = False
    excel_safe: bool = False
    overwrite: bool = False

    @property
    def chunk_ms(self) -> int:
        """The length of a chunk of time: an hour; of a grid as many whole steps as one answer may hold."""
        if self.step_ms is None:
            return HOUR
        return self.step_ms * max(1, min(HOUR // self.step_ms, MOST_POINTS))

    @property
    def chunks(self) -> int:
        return -(-(self.end_ms - self.start_ms) // self.chunk_ms)

    def chunk_start(self, chunk: int) -> int:
        """Where a chunk begins; that of the first one past the last is the end."""
        return min(self.start_ms + chunk * self.chunk_ms, self.end_ms)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to an export of the spec."""

    output_path: str | None = None
    requested_by: str | None = None
    step_ms: int | None = None
    json_array: bool = False
    excel_safe: bool = False
    overwrite: bool = False


def resolve(export: Export, model: Model, spec: str, now: datetime, options: Options | None = None) -> Request:
    """The export of a model without errors, its relative times counted from `now`.

    Raises Misuse for options that contradict each other or the format.
    """
    options = options or Options()
    if options.json_array and export.format != "json":
        raise Misuse(f"--json-array is for the format json, and this export writes {export.format}")
    if options.excel_safe and export.format != "csv":
        raise Misuse(f"--excel-safe is for the format csv, and this export writes {export.format}")
    series = tuple(series for metric in export.metrics for series in metric.series)
    labels = {label.name for one in series for label in one.labels} | set(model.target_labels)
    return Request(
        name=export.name,
        spec=spec,
        requested_by=export.requested_by if options.requested_by is None else options.requested_by,
        metric_names=tuple(metric.name for metric in export.metrics),
        series=tuple(one.name for one in series),
        labels=tuple(sorted(labels)),
        filters=tuple(sorted(export.filters.items())),
        start_ms=_milliseconds(export.start_time, now),
        end_ms=_milliseconds(export.end_time, now),
        format=export.format,
        output_path=export.output_path if options.output_path is None else options.output_path,
        step_ms=options.step_ms,
        json_array=options.json_array,
        excel_safe=options.excel_safe,
        overwrite=options.overwrite,
    )


def require_name(requested_by: str) -> None:
    """Raises Misuse for one that is shorter than the data model (HistoricalExport, requested_by) has it."""
    if len(requested_by.strip()) < SHORTEST_NAME:
        raise Misuse(f"{requested_by!r} is no name of who asks; it must have at least {SHORTEST_NAME} characters")


def _milliseconds(text: str, now: datetime) -> int:
    time = moment(text, now)
    assert time is not None, "export_ranges has refused it"
    return (time - _EPOCH) // timedelta(milliseconds=1)


def duration(text: str | None) -> int | None:
    """The milliseconds of a step such as `15s`, `1m30s`, `500ms`. Raises Misuse."""
    if text is None:
        return None
    parts = re.fullmatch(_DURATION, text)
    length = sum(int(part or 0) * unit for part, unit in zip(parts.groups(), _UNITS, strict=True)) if parts else 0
    if not 0 < length <= LONGEST // timedelta(milliseconds=1):
        raise Misuse(f"{text!r} is no step; write it like 15s, 1m or 1h, up to 365d")
    return length


_DURATION = r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?"
_UNITS = (86_400_000, 3_600_000, 60_000, 1000, 1)


def rfc3339(milliseconds: int) -> str:
    """As Prometheus reads times without rounding: `2026-01-31T00:00:00.000Z`."""
    time = _EPOCH + timedelta(milliseconds=milliseconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03}Z"
