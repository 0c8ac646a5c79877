"""What is known about an export: the data model's HistoricalExport, and what its file and its resumption need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gaugewright.export.formats import Note
from gaugewright.export.request import Request
from gaugewright.export.server import Server
from gaugewright.export.windows import Position

Status = Literal["pending", "in_progress", "completed", "failed"]


@dataclass(frozen=True, slots=True)
class Record:
    """Times are RFC 3339. `rows`, `file_size_bytes` and `sha256` are those of the complete file."""

    export_id: str
    requested_at: str
    request: Request
    server: Server
    status: Status
    completed_at: str | None = None
    error_message: str | None = None
    file_size_bytes: int | None = None
    sha256: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of the status: when, by whom, why, and what was written until then."""

    at: str
    who: str
    before: Status | None
    after: Status
    note: str
    rows: int
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the half-made file is good: its first `size` bytes have this hash and hold `rows` rows in `blocks`
    blocks; `position` is that of the next row. `finished`: it is the whole file, and only its name is missing. `layout`
    is that of the encoder that wrote it."""

    position: Position = field(default_factory=Position)
    blocks: int = 0
    rows: int = 0
    size: int = 0
    sha256: str = ""
    finished: bool = False
    layout: str = ""
    notes: tuple[Note, ...] = ()
