"""`explain`: a diagnostic's page, or the list of all codes."""

from __future__ import annotations

from gaugewright.diagnostics.catalogue import CATALOGUE
from gaugewright.diagnostics.pages import page, title
from gaugewright.diagnostics.suggest import did_you_mean


def explain(code: str | None) -> tuple[str, int]:
    if code is None:
        width = max(len(name) for name in CATALOGUE)
        lines = [f"{name:<{width}}  {known.severity:<7}  {title(name)}" for name, known in CATALOGUE.items()]
        return "\n".join(lines), 0
    if code not in CATALOGUE:
        help = did_you_mean(code, CATALOGUE) or "`gaugewright explain` lists them."
        return f"No finding has the code `{code}`. {help}", 2
    return page(code).rstrip(), 0
