"""Blocks as Arrow record batches: what Parquet is written from, and what Python callers get.

Needs pyarrow, which `gaugewright[parquet]` brings.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from importlib import import_module
from typing import Any

from gaugewright.export.answers import Run
from gaugewright.export.blocks import Block
from gaugewright.export.columns import METRIC, OTHER, TIME, VALUE, label_cells, label_columns
from gaugewright.export.errors import ExportError
from gaugewright.export.request import Request


def require_pyarrow() -> Any:
    """The package. Raises ExportError where it is not installed."""
    try:
        for part in ("pyarrow.compute", "pyarrow.parquet"):
            import_module(part)
        return import_module("pyarrow")
    except ImportError:
        raise ExportError("this needs the package pyarrow: pip install 'gaugewright[parquet]'") from None


class Batches:
    """Makes record batches of one export: `metric`, the label columns and `other_labels` as dictionaries of texts,
    `timestamp` in milliseconds UTC, `value` as the very 64 bits that Prometheus stores."""

    def __init__(self, request: Request) -> None:
        self._pa = pa = require_pyarrow()
        self._request = request
        text = pa.dictionary(pa.int32(), pa.string())
        names = [METRIC, *label_columns(request).values(), OTHER]
        self.schema = pa.schema(
            [
                *(pa.field(name, text, nullable=False) for name in names),
                pa.field(TIME, pa.timestamp("ms", tz="UTC"), nullable=False),
                pa.field(VALUE, pa.float64(), nullable=False),
            ]
        )

    def batch(self, block: Block) -> Any:
        """The block's rows as one pyarrow.RecordBatch."""
        pa = self._pa
        rows, series = self._series_of_rows(block)
        cells = [[run.name, *label_cells(self._request, run.labels)] for run in series]
        columns = [_dictionary(pa, [row[column] for row in cells], rows) for column in range(len(self.schema) - 2)]
        # Times are whole numbers here, so they are cast without loss.
        milliseconds = self._column(block, series, lambda run: run.times).cast(pa.int64())
        values = self._column(block, series, lambda run: run.values)
        columns += [milliseconds.cast(self.schema.field(TIME).type), values]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _column(self, block: Block, series: list[Run], of: Callable[[Run], list[float]]) -> Any:
        """The numbers of all rows: of each series one array of all that the block has of it, then its pieces."""
        pa = self._pa
        spans: dict[int, tuple[int, int]] = {}
        for piece in block.slices:
            first, _ = spans.get(id(piece.run), (piece.begin, 0))
            spans[id(piece.run)] = first, piece.end
        arrays = {id(run): pa.array(of(run)[slice(*spans[id(run)])], pa.float64()) for run in series}
        pieces = [
            arrays[id(piece.run)].slice(piece.begin - spans[id(piece.run)][0], piece.end - piece.begin)
            for piece in block.slices
        ]
        return pa.concat_arrays(pieces)

    def _series_of_rows(self, block: Block) -> tuple[Any, list[Run]]:
        """For each row the index of its series, and the series."""
        indexes: dict[int, int] = {}
        series: list[Run] = []
        rows = array("i")
        for piece in block.slices:
            index = indexes.setdefault(id(piece.run), len(series))
            if index == len(series):
                series.append(piece.run)
            rows.extend(array("i", [index]) * (piece.end - piece.begin))
        return self._pa.Array.from_buffers(self._pa.int32(), len(rows), [None, self._pa.py_buffer(rows)]), series


def _dictionary(pa: Any, of_series: list[str], rows: Any) -> Any:
    """A column of texts, given each series' text and each row's series."""
    values = {value: index for index, value in enumerate(dict.fromkeys(of_series))}
    if len(values) == 1:
        codes = pa.repeat(pa.scalar(0, pa.int32()), len(rows))
    else:
        codes = pa.array([values[value] for value in of_series], pa.int32()).take(rows)
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(values), pa.string()))
