"""CSV (RFC 4180) and JSON: a line for each sample.

A line is what is the same for all samples of a series, the time in milliseconds, and the value in the server's own
digits, which name the stored number exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gaugewright.export.answers import Run
from gaugewright.export.blocks import Block
from gaugewright.export.columns import METRIC, OTHER, TIME_MS, VALUE, label_cells, label_columns
from gaugewright.export.formats import Encoded, Note
from gaugewright.export.request import Request

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula for Excel, LibreOffice and their like."""


class CsvEncoder:
    """Comma separated, quoted where needed, lines ended by CR LF; the first one names the columns."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def head(self) -> bytes:
        return f"{','.join([METRIC, *label_columns(self._request).values(), OTHER, TIME_MS, VALUE])}\r\n".encode()

    def block(self, block: Block) -> Encoded:
        return Encoded(_rows(block, self._prefix, b",", b"\r\n"))

    def tail(self, blocks: int, notes: Sequence[Note]) -> bytes:
        return b""

    def _prefix(self, run: Run) -> bytes:
        cells = label_cells(self._request, run.labels)
        if self._request.excel_safe:
            cells = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
        return (",".join(map(_quoted, [run.name, *cells])) + ",").encode()


def _quoted(cell: str) -> str:
    if any(character in cell for character in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


class JsonEncoder:
    """Objects of one line each, all with the same keys: JSON Lines, or one array of them. The value is a text, as
    in Prometheus's own answers, since JSON has no NaN."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._array = request.json_array
        self._columns = [METRIC, *label_columns(request).values(), OTHER]

    def head(self) -> bytes:
        return b"[" if self._array else b""

    def block(self, block: Block) -> Encoded:
        if not self._array:
            return Encoded(_rows(block, self._prefix, _JSON_MIDDLE, b'"}\n'))
        rows = _rows(block, lambda run: b",\n" + self._prefix(run), _JSON_MIDDLE, b'"}')
        return Encoded(rows if block.number else rows[1:])

    def tail(self, blocks: int, notes: Sequence[Note]) -> bytes:
        return b"\n]\n" if self._array else b""

    def _prefix(self, run: Run) -> bytes:
        cells = [run.name, *label_cells(self._request, run.labels)]
        written = msgspec.json.encode(dict(zip(self._columns, cells, strict=True)))
        return written[:-1] + f',"{TIME_MS}":'.encode()


_JSON_MIDDLE = f',"{VALUE}":"'.encode()


def _rows(block: Block, prefix: Callable[[Run], bytes], middle: bytes, end: bytes) -> bytes:
    """Every row as prefix, time, `middle`, value, `end`; joined slice by slice, with what is between two rows."""
    known: dict[int, bytes] = {}
    written: list[bytes] = []
    for piece in block.slices:
        run = piece.run
        own = known.get(id(run))
        if own is None:
            own = known[id(run)] = prefix(run)
        written += (own, run.rows(piece.begin, piece.end, end + own, middle), end)
    return b"".join(written)
