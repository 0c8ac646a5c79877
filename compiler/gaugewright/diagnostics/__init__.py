"""Findings: what they are (`finding`), what would mend them (`mend`), which there are (`catalogue`), how they are
shown (`render`)."""

from gaugewright.diagnostics.finding import Diagnostic, Place, Related, Severity, TextFinding
from gaugewright.diagnostics.mend import Edit, Mend, replaced

__all__ = ["Diagnostic", "Edit", "Mend", "Place", "Related", "Severity", "TextFinding", "replaced"]
