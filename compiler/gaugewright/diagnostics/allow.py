"""`allow`: accepted findings are left out; one that accepts nothing any more is itself a finding."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from gaugewright.diagnostics.catalogue import CATALOGUE, finding
from gaugewright.diagnostics.finding import Diagnostic
from gaugewright.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from gaugewright.spec.read import Entry
    from gaugewright.spec.schema import AllowSpec


def apply_allow(findings: Iterable[Diagnostic], allow: Iterable[Entry[AllowSpec]], today: date) -> list[Diagnostic]:
    """The findings that no entry accepts, and findings about the entries themselves."""
    remaining = list(findings)
    about: list[Diagnostic] = []
    for entry in allow:
        if entry.broken & {"code", "at", "until"}:
            continue
        spec = entry.spec
        problem = _problem(entry)
        if problem is not None:
            about.append(problem)
            continue
        met = [item for item in remaining if item.code == spec.code and spec.at in item.entities]
        if not met:
            message = f"there is no `{spec.code}` at `{spec.at}`"
            entities = [name for item in remaining if item.code == spec.code for name in item.entities]
            help = did_you_mean(spec.at, entities) or "Remove this entry."
            place = entry.source.at("at" if entities else "code").place()
            about.append(finding("unused-allow", message, place, help, entities=(spec.at,)))
        elif _is_past(spec.until, today):
            message = f"`{spec.code}` at `{spec.at}` was accepted until {spec.until}"
            place = entry.source.at("until").place()
            help = "Mend the finding, or give it a later date with a reason."
            about.append(finding("expired-allow", message, place, help, entities=(spec.at,)))
        else:
            remaining = [item for item in remaining if item not in met]
    return remaining + about


def _problem(entry: Entry[AllowSpec]) -> Diagnostic | None:
    spec = entry.spec
    place = entry.source.at("code").place()
    known = CATALOGUE.get(spec.code)
    if known is None:
        help = did_you_mean(spec.code, CATALOGUE) or "`gaugewright explain` lists the codes."
        return finding("invalid-value", f"no finding has the code `{spec.code}`", place, help, entities=(spec.at,))
    if known.binding:
        message = f"`{spec.code}` cannot be accepted: without mending it there is nothing sound to compile"
        return finding("invalid-value", message, place, "Mend it.", entities=(spec.at,))
    if spec.until is not None:
        try:
            date.fromisoformat(spec.until)
        except ValueError:
            until = entry.source.at("until").place()
            message = f"{spec.until} is no date that exists"
            return finding("invalid-value", message, until, "Look at its month and day.", entities=(spec.at,))
    return None


def _is_past(until: str | None, today: date) -> bool:
    return until is not None and date.fromisoformat(until) < today
