"""The way from a spec's text to the model: read, resolve, check. No output is made here.

`today` (for `allow ... until` and relative export times) is an argument: the same text on the same day
gives the same findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePath

from gaugewright.checks import run_checks, run_last_checks
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.allow import apply_allow
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.order import in_order
from gaugewright.model.build import build_model
from gaugewright.model.model import Model
from gaugewright.spec.read import TooManyFindings, read_spec
from gaugewright.spec.reader import read_yaml
from gaugewright.spec.source import Document


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a spec came to. `model` is None where there is an error; `document` where there is no file."""

    model: Model | None
    diagnostics: tuple[Diagnostic, ...]
    document: Document | None

    @property
    def has_errors(self) -> bool:
        return any(item.severity == "error" for item in self.diagnostics)


def compile_text(text: str | bytes, file: str = "spec.yaml", now: datetime | None = None) -> Compilation:
    """Compiles one spec. `file` names it in places; its last part stands in the outputs. Never raises
    for what the text holds."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    now = now or datetime.now(UTC)
    reading = read_yaml(content, file)
    if not reading.readable:
        return Compilation(None, reading.diagnostics, reading.document)
    try:
        entries, spec_findings = read_spec(reading.document)
    except TooManyFindings as many:
        message = f"there are more than {len(many.findings):,} mistakes; the first are shown"
        limit = finding("yaml-limit", message, reading.document.place(0, 0), "Is this a spec?")
        return Compilation(None, tuple(in_order((*reading.diagnostics, *many.findings, limit))), reading.document)
    model, resolve_findings = build_model(entries, PurePath(file).name, sha256(content).hexdigest())
    found = [*reading.diagnostics, *spec_findings, *resolve_findings, *run_checks(model, now)]
    if not any(item.severity == "error" for item in found):
        found += run_last_checks(model)
    diagnostics = tuple(in_order(apply_allow(found, entries.allow, now.date())))
    compilation = Compilation(model, diagnostics, reading.document)
    return Compilation(None, diagnostics, reading.document) if compilation.has_errors else compilation
