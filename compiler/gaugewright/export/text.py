"""CSV (RFC 4180) and JSON: a line for each sample.

A line is the time in milliseconds, the value in the server's own digits, which name the stored number exactly, and
what is the same for all samples of a series. In this order each line is the answer's own text, with one more text
in the place of its line feed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gaugewright.export.answers import Run, decode
from gaugewright.export.blocks import Block
from gaugewright.export.columns import METRIC, OTHER, TIME_MS, VALUE, label_cells, label_columns
from gaugewright.export.formats import LAYOUT, Encoded, Note
from gaugewright.export.request import Request

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula for Excel, LibreOffice and their like."""


class CsvEncoder:
    """Comma separated, quoted where needed, lines ended by CR LF; the first one names the columns."""

    layout = str(LAYOUT)
    decode = staticmethod(decode)

    def __init__(self, request: Request) -> None:
        self._request = request

    def head(self) -> bytes:
        return f"{','.join([TIME_MS, VALUE, METRIC, *label_columns(self._request).values(), OTHER])}\r\n".encode()

    def block(self, block: Block) -> Encoded:
        end = _of_each_series(self._end)
        return Encoded(b"".join([piece.lines().replace(b"\n", end(piece.run)) for piece in block.slices]))

    def tail(self, blocks: int, notes: Sequence[Note]) -> bytes:
        return b""

    def _end(self, run: Run) -> bytes:
        cells = label_cells(self._request, run.labels)
        if self._request.excel_safe:
            cells = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
        return f"{','.join(map(_quoted, [run.name, *cells]))}\r\n".encode()


def _quoted(cell: str) -> str:
    if any(character in cell for character in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


class JsonEncoder:
    """Objects of one line each, all with the same keys: JSON Lines, or one array of them. The value is a text, as
    in Prometheus's own answers, since JSON has no NaN."""

    layout = str(LAYOUT)
    decode = staticmethod(decode)

    def __init__(self, request: Request) -> None:
        self._request = request
        self._array = request.json_array
        self._columns = [METRIC, *label_columns(request).values(), OTHER]

    def head(self) -> bytes:
        return b"[" if self._array else b""

    def block(self, block: Block) -> Encoded:
        between = (b",\n" if self._array else b"\n") + _JSON_BEGIN
        end = _of_each_series(lambda run: self._end(run) + between)
        rows = [
            piece.lines().replace(b",\n", b"\n").replace(b",", _JSON_MIDDLE).replace(b"\n", end(piece.run))
            for piece in block.slices
        ]
        rows[-1] = rows[-1].removesuffix(between)
        if self._array:
            return Encoded(b"".join([b",\n" if block.number else b"\n", _JSON_BEGIN, *rows]))
        return Encoded(b"".join([_JSON_BEGIN, *rows, b"\n"]))

    def tail(self, blocks: int, notes: Sequence[Note]) -> bytes:
        return b"\n]\n" if self._array else b""

    def _end(self, run: Run) -> bytes:
        cells = [run.name, *label_cells(self._request, run.labels)]
        written = msgspec.json.encode(dict(zip(self._columns, cells, strict=True)))
        return b'",' + written.removeprefix(b"{")


_JSON_BEGIN = f'{{"{TIME_MS}":'.encode()
_JSON_MIDDLE = f',"{VALUE}":"'.encode()


def _of_each_series(text: Callable[[Run], bytes]) -> Callable[[Run], bytes]:
    """The same, made once for each run."""
    known: dict[int, bytes] = {}

    def of(run: Run) -> bytes:
        found = known.get(id(run))
        if found is None:
            found = known[id(run)] = text(run)
        return found

    return of
