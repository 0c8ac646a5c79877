"""Alerts that nobody has seen fire. Looked for only in a spec without errors: with one, the reason is known already."""

from __future__ import annotations

from collections.abc import Iterator

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.model.model import Model
from gaugewright.witnesses import Unsolvable
from gaugewright.witnesses.known import witness


def no_witness(model: Model) -> Iterator[Diagnostic]:
    """Alerts for which no series were found that make them fire."""
    for alert in model.alert_rules:
        try:
            witness(model, alert, fires=True)
        except Unsolvable as problem:
            message = f"no series were found that make `{alert.name}` fire: {problem}"
            help = "If it can fire, write how under the alert's `tests`; else mend the query or its threshold."
            yield finding("no-witness", message, alert.query.source.place(), help, entities=(alert.name,))
