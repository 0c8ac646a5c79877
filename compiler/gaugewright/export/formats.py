"""What a file's format has to do, and the one table of formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gaugewright.export.answers import Run
from gaugewright.export.blocks import Block
from gaugewright.export.request import Request


@dataclass(frozen=True, slots=True)
class Encoded:
    """A block's bytes, and what the file's end must know of it (Parquet's footer); kept in the record."""

    content: bytes
    note: bytes = b""


@dataclass(frozen=True, slots=True)
class Note:
    """A block's note, and where in the file its bytes begin."""

    offset: int
    note: bytes


LAYOUT = 2
"""Counts the changes of what is written: a half-made file of another layout is begun anew, not gone on with."""


class Encoder(Protocol):
    """The file is `head`, the blocks in their order, and `tail`: what follows from `layout`, request and samples."""

    @property
    def layout(self) -> str:
        """Names this version of the format."""

    def head(self) -> bytes:
        """What comes before the first block."""

    def decode(self, body: bytes) -> list[Run]:
        """An answer's series, with as much of them as the format needs (`answers.decode`)."""

    def block(self, block: Block) -> Encoded:
        """The rows of a block."""

    def tail(self, blocks: int, notes: Sequence[Note]) -> bytes:
        """What comes after the last one; `blocks` is how many there were."""


def encoder(request: Request) -> Encoder:
    """Raises ExportError where the format needs a package that is not there."""
    if request.format == "csv":
        from gaugewright.export.text import CsvEncoder

        return CsvEncoder(request)
    if request.format == "json":
        from gaugewright.export.text import JsonEncoder

        return JsonEncoder(request)
    from gaugewright.export.parquet import ParquetEncoder

    return ParquetEncoder(request)
