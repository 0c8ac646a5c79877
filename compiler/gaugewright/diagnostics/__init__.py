"""Findings: what they are (`finding`), which there are (`catalogue`), how they are shown (`render`)."""

from gaugewright.diagnostics.finding import Diagnostic, Place, Related, Severity, TextFinding

__all__ = ["Diagnostic", "Place", "Related", "Severity", "TextFinding"]
