"""Historical exports: the range and the filters."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from datetime import datetime

from gaugewright.diagnostics import Diagnostic, Edit, Mend, Place, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.model.export_times import LONGEST, moment
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Export, Model
from gaugewright.spec.labels import LABEL_NAME


def export_ranges(model: Model, now: datetime) -> Iterator[Diagnostic]:
    """Data model: start before end, and at most 365 days."""
    for export in model.exports:
        start, end = moment(export.start_time, now), moment(export.end_time, now)
        source = export.source
        if start is None or end is None:
            wrong = "start_time" if start is None else "end_time"
            place = source.at(wrong).place()
            message = f"`{wrong}` is no date that exists"
            yield finding("invalid-value", message, place, "Look at its month and day.", entities=(export.name,))
        elif start >= end:
            place = source.at("start_time").place()
            message = f"the export begins at {export.start_time}, not before its end at {export.end_time}"
            about = (export.name,)
            yield finding("export-range", message, place, "Exchange the two.", entities=about, mend=_exchanged(export))
        elif end - start > LONGEST:
            days = (end - start).total_seconds() / 86400
            place = source.at("start_time").place()
            message = f"the export spans {days:.6g} days; at most 365 are allowed"
            yield finding("export-range", message, place, "Make several exports.", entities=(export.name,))


def _exchanged(export: Export) -> Mend | None:
    """The two times in each other's place; equal ones would say the same again."""
    if export.start_time == export.end_time:
        return None
    path = export.source.path
    first = Edit(0, None, export.end_time, (*path, "start_time"))
    return Mend((first, Edit(0, None, export.start_time, (*path, "end_time"))))


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
            elif name not in model.target_labels:
                lacking = [metric for metric in export.metrics if _surely_lacks(metric, name)]
                if lacking:
                    yield _lacked_label(export, name, lacking, place)


def _surely_lacks(metric: Metric, label: str) -> bool:
    return all(series.labels_known and label not in series.label_names for series in metric.series)


def _lacked_label(export: Export, name: str, lacking: list[Metric], place: Place) -> Diagnostic:
    """A filter asks for one value: of a metric without the label it leaves nothing."""
    names = listed((f"`{metric.name}`" for metric in lacking), 3)
    verb, them = ("has", "it") if len(lacking) == 1 else ("have", "them")
    message = f"{names} {verb} no label `{name}`, so the filter leaves nothing of {them}"
    help = f"Export {names} in an export without this filter."
    related = tuple(
        Related(f"`{metric.name}` is declared here", metric.source.at("name").place()) for metric in lacking
    )
    return finding("unknown-label", message, place, help, related, (export.name,))


def _unknown_label(export: Export, name: str, known: set[str], place: Place) -> Diagnostic:
    names = listed(f"`{metric.name}`" for metric in export.metrics[:3])
    message = f"none of the exported metrics ({names}) has the label `{name}`"
    help = did_you_mean(name, known) or f"Their labels are {listed(sorted(known))}."
    return finding("unknown-label", message, place, help, entities=(export.name,))


def export_paths(model: Model, now: datetime) -> Iterator[Diagnostic]:
    """The output path names a file; a relative one stays in the folder where the export runs."""
    for export in model.exports:
        path = export.output_path
        if "\0" in path or path.endswith(("/", "/.", "/..")) or path in (".", ".."):
            place = export.source.at("output_path").place()
            message = f"`output_path` must be a file, and {path!r} is none"
            yield finding("invalid-value", message, place, "Name the file.", entities=(export.name,))
        elif posixpath.normpath(path).startswith("../"):
            place = export.source.at("output_path").place()
            message = f"`output_path` {path!r} leads out of the folder where the export runs"
            help = "Name a path inside it, or an absolute one."
            yield finding("invalid-value", message, place, help, entities=(export.name,))
