"""Historical exports: the range and the filters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gaugewright.diagnostics import Diagnostic, Place
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.model.model import Export, Model
from gaugewright.spec.labels import LABEL_NAME

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
LONGEST = timedelta(days=365)


def export_ranges(model: Model, now: datetime) -> Iterator[Diagnostic]:
    """Data model: start before end, and at most 365 days."""
    for export in model.exports:
        start, end = _moment(export.start_time, now), _moment(export.end_time, now)
        source = export.source
        if start is None or end is None:
            wrong = "start_time" if start is None else "end_time"
            place = source.at(wrong).place()
            message = f"`{wrong}` is no date that exists"
            yield finding("invalid-value", message, place, "Look at its month and day.", entities=(export.name,))
        elif start >= end:
            place = source.at("start_time").place()
            yield finding("export-range", f"the export begins at {export.start_time}, not before its end at "
                          f"{export.end_time}", place, "Exchange the two.", entities=(export.name,))  # fmt: skip
        elif end - start > LONGEST:
            days = (end - start).total_seconds() / 86400
            place = source.at("start_time").place()
            message = f"the export spans {days:.6g} days; at most 365 are allowed"
            yield finding("export-range", message, place, "Make several exports.", entities=(export.name,))


def _moment(text: str, now: datetime) -> datetime | None:
    """The time meant; None for a date that does not exist."""
    relative = re.fullmatch(r"now(?:-([0-9]+)([smhdwy]))?", text)
    try:
        if relative:
            return now - timedelta(seconds=int(relative[1] or 0) * _UNIT_SECONDS[relative[2] or "s"])
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def export_filters(model: Model, now: datetime) -> Iterator[Diagnostic]:
    """Filters name labels that the exported metrics have."""
    for export in model.exports:
        known = {label.name for metric in export.metrics for label in metric.labels} | set(model.target_labels)
        for name in export.filters:
            place = export.source.at("filters", name).key_place()
            if not re.fullmatch(LABEL_NAME, name):
                message = f"`{name}` is no label name"
                yield finding("invalid-value", message, place, "Use letters, digits and `_`.", entities=(export.name,))
            elif name not in known and export.metrics:
                yield _unknown_label(export, name, known, place)


def _unknown_label(export: Export, name: str, known: set[str], place: Place) -> Diagnostic:
    names = listed(f"`{metric.name}`" for metric in export.metrics[:3])
    message = f"none of the exported metrics ({names}) has the label `{name}`"
    help = did_you_mean(name, known) or f"Their labels are {listed(sorted(known))}."
    return finding("unknown-label", message, place, help, entities=(export.name,))


def export_paths(model: Model, now: datetime) -> Iterator[Diagnostic]:
    """The output path names a file."""
    for export in model.exports:
        path = export.output_path
        if "\0" in path or path.endswith(("/", "/.", "/..")) or path in (".", ".."):
            place = export.source.at("output_path").place()
            message = f"`output_path` must be a file, and {path!r} is none"
            yield finding("invalid-value", message, place, "Name the file.", entities=(export.name,))
