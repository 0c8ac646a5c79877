"""A panel's queries as Grafana's Prometheus queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count, product
from string import ascii_uppercase
from typing import Literal

from grafanalib import core as grafana

from gaugewright.model.dashboards import Panel, PanelQuery
from gaugewright.model.model import Model

AUTO_LEGEND = "__auto"
"""Grafana's word for: name each series by the labels that tell it from the others."""

_FORMATS: dict[str, Literal["table", "heatmap"]] = {"table": "table", "heatmap": "heatmap"}

DIALS: dict[str, tuple[int, int]] = {"percentunit": (0, 1), "percent": (0, 100)}
"""Units that say where a dial begins and ends; for others Grafana takes the data's least and most."""

_UNCHOSEN = re.compile(r"\s*(?:\{\{\s*label\s*\}\}\s*)?")
"""The data model's default legend, which names no real label."""


def targets(model: Model, panel: Panel, datasource: dict[str, str]) -> list[grafana.Target]:
    """One target a query, `refId` A, B, ... Z, AA.

    `interval` (Grafana's "Min step") is the scrape interval:
    `$__rate_interval` is made from it, and so is right with any data source that is chosen."""
    return [
        grafana.Target(
            datasource=datasource,
            expr=asked.query.text.strip(),
            format=_FORMATS.get(panel.panel_type, "time_series"),
            instant=_instant(panel),
            interval=f"{model.config.scrape_interval_seconds}s",
            legendFormat=legend(panel, asked),
            refId=ref_id,
        )
        for asked, ref_id in zip(panel.queries, ref_ids(), strict=False)
    ]


def _instant(panel: Panel) -> bool:
    """Whether now is enough: over a range, a series that ended hours ago is still shown with its last value.
    A dial without ends of its own needs the range, since a single value would be its least and its most."""
    return panel.panel_type == "table" or (panel.panel_type == "gauge" and panel.unit in DIALS)


def legend(panel: Panel, asked: PanelQuery) -> str:
    """The legend that was chosen, as it stands; a heatmap otherwise needs the bucket's bound."""
    if legend_chosen(asked):
        return asked.legend
    return "{{le}}" if panel.panel_type == "heatmap" else AUTO_LEGEND


def legend_chosen(asked: PanelQuery) -> bool:
    """Whether the legend is the user's own: `{{ label }}` counts where a label is really called so."""
    if _UNCHOSEN.fullmatch(asked.legend) is None:
        return True
    series = (series for selector in asked.query.selectors for series in selector.series)
    return bool(asked.legend.strip()) and any("label" in each.label_names for each in series)


def ref_ids() -> Iterator[str]:
    """A to Z, AA, AB, ...: as Grafana itself counts queries."""
    for length in count(1):
        yield from ("".join(letters) for letters in product(ascii_uppercase, repeat=length))
