"""What a user asks for, to a request: an export that the spec holds, by its name, or all of its fields.

Fields given at the command line or from Python go the way of a spec's: they become a small spec, which is read and
checked together with the user's own, so that the same rules hold with the same words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gaugewright.checks import run_checks
from gaugewright.compile import Compilation, compile_text
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.export.errors import ExportError, Misuse
from gaugewright.export.request import Options, Request, resolve
from gaugewright.model.build import build_model
from gaugewright.model.export_times import moment
from gaugewright.model.model import Export, Model
from gaugewright.spec.read import read_spec
from gaugewright.spec.reader import read_yaml

if TYPE_CHECKING:
    from gaugewright.commands.specs import SpecFile

FILE = "<options>"
"""What places in the options call their file."""


class Findings(ExportError):
    """The spec, or what was asked for, has errors."""

    def __init__(self, compilation: Compilation) -> None:
        errors = [item for item in compilation.diagnostics if item.severity == "error"]
        super().__init__("; ".join(f"{item.message} ({item.code})" for item in errors[:3]))
        self.compilation = compilation


@dataclass(frozen=True, slots=True)
class Fields:
    """An export's fields as a spec would have them."""

    metric_names: Sequence[str]
    start_time: str
    end_time: str
    format: str
    output_path: str
    requested_by: str
    filters: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The request, and what only the spec says of it."""

    request: Request
    prometheus_url: str
    export_id: str | None
    requested_at: str | None


def ask(spec: SpecFile, what: str | Fields, now: datetime, options: Options | None = None) -> Asked:
    """Raises Findings where there are errors, Misuse for a name that the spec does not have."""
    compilation = compile_text(spec.content, spec.path, now)
    if compilation.model is None:
        raise Findings(compilation)
    model = compilation.model
    export = _named(model, what, spec.path) if isinstance(what, str) else _described(model, spec, what, now)
    at = None if export.requested_at is None else moment(export.requested_at, now)
    return Asked(
        resolve(export, model, spec.path, now, options),
        model.service.prometheus_url,
        export.export_id,
        None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )


def _named(model: Model, name: str, spec: str) -> Export:
    exports = {export.name: export for export in model.exports}
    if name in exports:
        return exports[name]
    if not exports:
        raise Misuse(f"{spec} has no historical_exports; add {name!r} there, or give its fields as options")
    help = did_you_mean(name, exports) or f"it has {listed(sorted(exports))}"
    raise Misuse(f"{spec} has no export {name!r}; {help}")


def _described(model: Model, spec: SpecFile, fields: Fields, now: datetime) -> Export:
    document = read_yaml(_as_spec(fields).encode("utf-8", "surrogateescape"), FILE)
    asked, findings = read_spec(document.document) if document.readable else (None, [])
    found = [*document.diagnostics, *findings]
    if asked is not None:
        entries, _ = read_spec(read_yaml(spec.content, spec.path).document)
        model, resolved = build_model(replace(entries, exports=asked.exports), model.spec_name, model.spec_sha256)
        found += [item for item in [*resolved, *run_checks(model, now)] if item.place.file == FILE]
    if any(item.severity == "error" for item in found):
        raise Findings(Compilation(None, tuple(found), document.document))
    return model.exports[0]


def _as_spec(fields: Fields) -> str:
    """A field a line, so that a finding shows just that."""
    values: dict[str, Any] = {
        "name": "options",
        "requested_by": fields.requested_by,
        "metric_names": list(fields.metric_names),
        "start_time": fields.start_time,
        "end_time": fields.end_time,
        "format": fields.format,
        "filters": dict(fields.filters),
        "output_path": fields.output_path,
    }
    lines = [f"    {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    head = "gaugewright: 1\nservice: {name: options}\nmetrics: []\nhistorical_exports:\n  -\n"
    return head + "\n".join(lines) + "\n"
