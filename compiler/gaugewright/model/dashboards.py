"""Dashboards: rows, panels, variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gaugewright.model.metrics import LabelDomain
from gaugewright.model.rules import Query
from gaugewright.spec.source import Source

PanelType = Literal["graph", "stat", "table", "heatmap", "gauge"]


@dataclass(frozen=True, slots=True)
class PanelQuery:
    query: Query
    legend: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """From `value` (in the panel's unit) upwards the panel is `color`."""

    value: float
    color: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`width` is in Grafana's 24 columns, `height` in its units of 30 px; None means the usual size.
    `queries` has at least one."""

    title: str
    panel_type: PanelType
    description: str
    queries: tuple[PanelQuery, ...]
    unit: str
    thresholds: tuple[Threshold, ...]
    width: int | None
    height: int | None
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading; `title` is "" for those before the first heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class AskedLabel:
    """The label of `label_values(.., label)`: characters `start` to `end` of the variable's query."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A drop-down. Exactly one of `label` (with the metric that `label_values` asks), `values` and
    `query` says where its values come from."""

    name: str
    title: str
    label: LabelDomain | None
    label_metric: str | None
    values: tuple[str, ...]
    query: str | None
    multi: bool
    include_all: bool
    source: Source = field(compare=False, repr=False)
    asked: Query | None = None
    """The PromQL inside `query`, where there is some."""
    asked_label: AskedLabel | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`slug` names its file; it is made from the title and unique in the service."""

    title: str
    slug: str
    description: str
    from_time: str
    to_time: str
    refresh_interval: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...]
    tags: tuple[str, ...]
    source: Source = field(compare=False, repr=False)

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(panel for row in self.rows for panel in row.panels)
