"""Where panels stand on Grafana's grid of 24 columns: shelves, filled from the left.

Grafana moves a panel up where nothing is above it, so every shelf is made a full rectangle: panels whose
size nobody chose take what is left of its width and all of its height. Otherwise the page would look
different from what the file says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from gaugewright.model.dashboards import Panel, PanelType

COLUMNS = 24

USUAL_SIZES: dict[PanelType, tuple[int, int]] = {
    "graph": (12, 8),
    "heatmap": (12, 8),
    "stat": (6, 4),
    "gauge": (6, 6),
    "table": (24, 8),
}
"""Columns and units of 30 px: the most common ones in published dashboards."""


@dataclass(frozen=True, slots=True)
class Place:
    """A panel's rectangle; `x` and `w` in columns, `y` and `h` in units of 30 px from the top."""

    x: int
    y: int
    w: int
    h: int

    @property
    def bottom(self) -> int:
        return self.y + self.h


def places(panels: Sequence[Panel], top: int) -> list[Place]:
    """The places of one row's panels, in order, from `top` downwards."""
    placed: list[Place] = []
    for shelf in _shelves(panels):
        height = max(_height(panel) for panel in shelf)
        x = 0
        for panel, width in zip(shelf, _widths(shelf), strict=True):
            placed.append(Place(x, top, width, height if panel.height is None else panel.height))
            x += width
        top += height
    return placed


def _shelves(panels: Iterable[Panel]) -> list[list[Panel]]:
    shelves: list[list[Panel]] = []
    used = COLUMNS
    for panel in panels:
        if used + _width(panel) > COLUMNS:
            shelves.append([])
            used = 0
        shelves[-1].append(panel)
        used += _width(panel)
    return shelves


def _widths(shelf: Sequence[Panel]) -> list[int]:
    """What the shelf leaves free goes to its last panels of one type, in equal parts."""
    widths = [_width(panel) for panel in shelf]
    flexible = [index for index, panel in enumerate(shelf) if panel.width is None]
    if not flexible:
        return widths
    last = shelf[flexible[-1]].panel_type
    stretched = list(takewhile(lambda index: shelf[index].panel_type == last, reversed(flexible)))
    share, rest = divmod(COLUMNS - sum(widths), len(stretched))
    for index in stretched:
        widths[index] += share
    widths[stretched[0]] += rest
    return widths


def _width(panel: Panel) -> int:
    return min(panel.width or USUAL_SIZES[panel.panel_type][0], COLUMNS)


def _height(panel: Panel) -> int:
    return panel.height or USUAL_SIZES[panel.panel_type][1]
