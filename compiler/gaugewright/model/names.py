"""Every name that a spec defines, for whoever resolves a reference.

A name whose own definition has an error is known here too (`unsure`), so that what refers to it draws
no second finding. What a wrong name was likely meant to be counts as used (`meant`), for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.suggest import nearest
from gaugewright.model.metrics import LabelDomain, Metric, Series
from gaugewright.model.service import Channel


@dataclass(slots=True)
class Names:
    labels: dict[str, LabelDomain] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    target_labels: dict[str, LabelDomain] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    features: frozenset[str] = frozenset()
    nameless_metrics: int = 0
    missing_lists: frozenset[str] = frozenset()
    used: set[tuple[str, str]] = field(default_factory=set)
    findings: list[Diagnostic] = field(default_factory=list)

    def is_missing(self, key: str) -> bool:
        """Whether the whole list or mapping of this top-level key could not be read."""
        return key in self.missing_lists

    def use(self, kind: str, name: str, known: Iterable[str]) -> None:
        """Notes that a label, channel or variable is used; for an unknown name, the one that is meant."""
        known = tuple(known)
        meant = name if name in known else nearest(name, known)
        if meant is not None:
            self.used.add((kind, meant))

    def is_unsure(self, series: str) -> bool:
        """Whether a series may exist once an error elsewhere is mended."""
        return series in self.unsure
