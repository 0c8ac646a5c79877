"""Blocks as Arrow record batches: what Parquet is written from, and what Python callers get.

Needs pyarrow, which `gaugewright[parquet]` brings.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from importlib import import_module
from typing import Any

from gaugewright.export.answers import Run, decode
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
    """Makes record batches of one export: `timestamp` in milliseconds UTC, `value` as the very 64 bits that Prometheus
    stores, `metric`, the label columns and `other_labels` as dictionaries of texts."""

    def __init__(self, request: Request) -> None:
        self._pa = pa = require_pyarrow()
        self._request = request
        self._same = pa.array([], pa.int32())
        text = pa.dictionary(pa.int32(), pa.string())
        names = [METRIC, *label_columns(request).values(), OTHER]
        self.schema = pa.schema(
            [
                pa.field(TIME, pa.timestamp("ms", tz="UTC"), nullable=False),
                pa.field(VALUE, pa.float64(), nullable=False),
                *(pa.field(name, text, nullable=False) for name in names),
            ]
        )

    def decode(self, body: bytes) -> list[Run]:
        """An answer's series, in columns without texts."""
        return decode(body, self._milliseconds)

    def _milliseconds(self, seconds: array[float]) -> array[float] | None:
        """Rounded, since a second's thousandth is no double; None if that is not all that is between them."""
        compute = self._pa.compute
        column = self._column(self._pa.float64(), seconds)
        whole = compute.round(compute.multiply(column, 1000.0))
        if not compute.divide(whole, 1000.0).equals(column):
            return None
        found = array("d")
        found.frombytes(memoryview(whole.buffers()[1])[: len(seconds) * found.itemsize])
        return found

    def batch(self, block: Block) -> Any:
        """The block's rows as one pyarrow.RecordBatch."""
        pa = self._pa
        rows, series = self._series_of_rows(block)
        cells = [[run.name, *label_cells(self._request, run.labels)] for run in series]
        # Times are whole numbers here, so they are cast without loss.
        milliseconds = self._numbers(block, lambda run: run.times).cast(pa.int64())
        columns = [
            milliseconds.cast(self.schema.field(TIME).type),
            self._numbers(block, lambda run: run.values),
            *(self._texts(list(column), rows) for column in zip(*cells, strict=True)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _numbers(self, block: Block, of: Callable[[Run], array[float]]) -> Any:
        numbers = array("d")
        for piece in block.slices:
            numbers += of(piece.run)[piece.begin : piece.end]
        return self._column(self._pa.float64(), numbers)

    def _column(self, type: Any, numbers: array[Any]) -> Any:
        """Shares the numbers' memory."""
        return self._pa.Array.from_buffers(type, len(numbers), [None, self._pa.py_buffer(numbers)])

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
        return self._column(self._pa.int32(), rows), series

    def _texts(self, of_series: list[str], rows: Any) -> Any:
        """A column, given each series' text and each row's series."""
        values = {value: index for index, value in enumerate(dict.fromkeys(of_series))}
        codes = self._pa.array([values[value] for value in of_series], self._pa.int32())
        of_rows = codes.take(rows) if len(values) > 1 else self._zeros(len(rows))
        return self._pa.DictionaryArray.from_arrays(of_rows, self._pa.array(list(values), self._pa.string()))

    def _zeros(self, rows: int) -> Any:
        """The codes of a column of which all rows are the same, made once."""
        if len(self._same) < rows:
            self._same = self._pa.repeat(self._pa.scalar(0, self._pa.int32()), rows)
        return self._same.slice(0, rows)
