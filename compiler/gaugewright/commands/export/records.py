"""`export list`, `export show` and `export verify`: what the record says, and whether the files agree."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from gaugewright.export.errors import ExportError, Misuse
from gaugewright.export.record import Record, Transition
from gaugewright.export.request import rfc3339
from gaugewright.export.store import Store, default_path
from gaugewright.export.target import is_file_with, is_locked


def list_exports(format: str, state: str | None) -> int:
    return _told(lambda: _listed(Store(state or default_path()).all(), format))


def show_export(export_id: str, format: str, state: str | None) -> int:
    return _told(lambda: _shown(Store(state or default_path()), export_id, format))


def verify_export(export_id: str, state: str | None) -> int:
    """0 where the file is what was written; 1 where it is not, or was never finished."""
    return _told(lambda: _verified(Store(state or default_path()).get(export_id)))


def _told(work: Callable[[], str]) -> int:
    try:
        print(work())
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, Misuse) else 1
    return 0


def _listed(records: list[Record], format: str) -> str:
    if format == "json":
        return json.dumps({"exports": [_fields(record) for record in records]}, indent=2, ensure_ascii=False)
    if not records:
        return "no exports yet"
    rows = [("id", "requested", "by", "name", "status", "samples", "file")]
    rows += [
        (
            record.export_id,
            record.requested_at[:19] + "Z",
            record.request.requested_by,
            record.request.name,
            _status(record),
            "" if record.rows is None else f"{record.rows:,}",
            record.request.output_path,
        )
        for record in records
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _status(record: Record) -> str:
    """An export that is in progress by the record, and that nobody is writing, was killed."""
    if record.status == "in_progress" and not is_locked(record.request.output_path):
        return "in_progress (stopped)"
    return record.status


def _shown(store: Store, export_id: str, format: str) -> str:
    record = store.get(export_id)
    transitions = store.transitions(record.export_id)
    if format == "json":
        told = {**_fields(record), "transitions": [_transition(item) for item in transitions]}
        return json.dumps(told, indent=2, ensure_ascii=False)
    fields = _fields(record) | {"status": _status(record)}
    lines = [f"{name:<16}  {_cell(value)}".rstrip() for name, value in fields.items()]
    lines.append("")
    for item in transitions:
        written = f" ({item.rows:,} samples, {item.size:,} bytes)" if item.rows else ""
        lines.append(f"{item.at}  {item.after:<11}  {item.who}: {item.note}{written}")
    if record.status != "completed" and not is_locked(record.request.output_path):
        lines += ["", f"gaugewright export resume {record.export_id}"]
    return "\n".join(lines)


def _fields(record: Record) -> dict[str, Any]:
    """The data model's HistoricalExport under its own names, and what we add to it."""
    request = record.request
    return {
        "export_id": record.export_id,
        "name": request.name,
        "spec": request.spec,
        "requested_at": record.requested_at,
        "requested_by": request.requested_by,
        "metric_names": list(request.metric_names),
        "start_time": rfc3339(request.start_ms),
        "end_time": rfc3339(request.end_ms),
        "step_ms": request.step_ms,
        "format": request.format,
        "filters": dict(request.filters),
        "output_path": request.output_path,
        "server": record.server.url,
        "status": record.status,
        "completed_at": record.completed_at,
        "error_message": record.error_message,
        "file_size_bytes": record.file_size_bytes,
        "rows": record.rows,
        "sha256": record.sha256,
    }


def _transition(item: Transition) -> dict[str, Any]:
    return {
        "at": item.at,
        "who": item.who,
        "from": item.before,
        "to": item.after,
        "note": item.note,
        "rows": item.rows,
        "file_size_bytes": item.size,
        "sha256": item.sha256,
    }


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _verified(record: Record) -> str:
    path = record.request.output_path
    if record.status != "completed" or record.sha256 is None or record.file_size_bytes is None:
        raise ExportError(f"the export {record.export_id} is not complete: {_status(record)}")
    if not is_file_with(path, record.file_size_bytes, record.sha256):
        raise ExportError(f"{path} is missing, or not what the export {record.export_id} wrote")
    return f"{path}: as it was written ({record.file_size_bytes:,} bytes, SHA-256 {record.sha256})"
