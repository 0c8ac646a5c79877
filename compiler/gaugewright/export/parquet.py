"""Parquet: typed columns, texts as dictionaries, zstd, a row group for each block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gaugewright.export import parquet_footer
from gaugewright.export.arrow import Batches, require_pyarrow
from gaugewright.export.blocks import Block
from gaugewright.export.columns import TIME, VALUE
from gaugewright.export.formats import LAYOUT, Encoded, Note
from gaugewright.export.request import Request


class ParquetEncoder:
    """Raises ExportError at once where pyarrow is not installed."""

    def __init__(self, request: Request) -> None:
        self._pa = require_pyarrow()
        self._batches = Batches(request)
        self.decode = self._batches.decode
        self.layout = f"{LAYOUT}, pyarrow {self._pa.__version__}"

    def head(self) -> bytes:
        return parquet_footer.MAGIC

    def block(self, block: Block) -> Encoded:
        table = self._pa.Table.from_batches([self._batches.batch(block)])
        content, footer = parquet_footer.split(self._file(table))
        return Encoded(content, footer)

    def tail(self, blocks: int, notes: Sequence[Note]) -> bytes:
        if notes:
            return parquet_footer.joined([(note.offset, note.note) for note in notes])
        return self._file(self._batches.schema.empty_table())[len(parquet_footer.MAGIC) :]

    def _file(self, table: Any) -> bytes:
        """A whole Parquet file with the table as its only row group."""
        sink = self._pa.BufferOutputStream()
        texts = [name for name in self._batches.schema.names if name not in (TIME, VALUE)]
        self._pa.parquet.write_table(
            table,
            sink,
            row_group_size=max(1, table.num_rows),
            compression="zstd",
            use_dictionary=texts,
            column_encoding={TIME: "DELTA_BINARY_PACKED", VALUE: "PLAIN"},
            write_page_index=False,
        )
        content: bytes = sink.getvalue().to_pybytes()
        return content
