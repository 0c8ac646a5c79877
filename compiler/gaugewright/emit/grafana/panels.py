"""The data model's panels as grafanalib's, with the options that grafanalib 0.7 has no argument for.

What grafanalib prints beside what we want is taken away in `finish`; here stands only what is wanted. The
options are those of the panel plugins' schemas, the values Grafana's own defaults unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from grafanalib import core as grafana

from gaugewright.emit.grafana.queries import DIALS, legend_chosen, ref_ids
from gaugewright.model.dashboards import Panel, PanelType

Json = dict[str, Any]

_BELOW_ALL_THRESHOLDS = "text"
"""The theme's colour for text: below the lowest threshold nothing has been called good or bad."""
_WITHOUT_THRESHOLDS = "blue"

_LAST_VALUE = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_NOTHING_HIDDEN = {"legend": False, "tooltip": False, "viz": False}


def panel_object(panel: Panel, **common: Any) -> grafana.Panel:
    """`common` holds what is not the panel's own affair: id, place, targets, data source, description."""
    return _BUILDERS[panel.panel_type](panel, {"title": panel.title, **common})


def threshold_steps(panel: Panel) -> list[Json]:
    """Ascending; the first, without a value, is the colour from -infinity upwards."""
    steps = sorted(panel.thresholds, key=lambda threshold: threshold.value)
    base = _BELOW_ALL_THRESHOLDS if steps else _WITHOUT_THRESHOLDS
    finite = [{"color": step.color, "value": _plain(step.value)} for step in steps if isfinite(step.value)]
    return [{"color": base, "value": None}, *finite]


def _plain(value: float) -> float:
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _graph(panel: Panel, common: Json) -> grafana.Panel:
    """A time series panel. Thresholds are dashed lines; lines keep their own colours."""
    return grafana.TimeSeries(
        **common,
        unit=panel.unit,
        fillOpacity=10,
        showPoints="never",
        stacking={"group": "A", "mode": "none"},
        tooltipMode="multi",
        tooltipSort="desc",
        thresholds=threshold_steps(panel),
        thresholdsStyleMode="dashed" if panel.thresholds else "off",
        extraJson={"options": {"legend": {"showLegend": True}}},
    )


def _stat(panel: Panel, common: Json) -> grafana.Panel:
    """The last value, above a small graph of how it came there."""
    return grafana.Stat(
        **common,
        format=panel.unit,
        noValue=None,
        reduceCalc="lastNotNull",
        thresholds=threshold_steps(panel),
        color={"mode": "thresholds"},
        extraJson={"options": {"percentChangeColorMode": "standard", "showPercentChange": False, "wideLayout": True}},
    )


def _gauge(panel: Panel, common: Json) -> grafana.Panel:
    """A dial for each series, from the unit's low end to its high end or over what the data has reached."""
    low, high = DIALS.get(panel.unit, (None, None))
    return grafana.GaugePanel(
        **common,
        format=panel.unit,
        min=low,
        max=high,
        thresholds=threshold_steps(panel),
        extraJson={
            "fieldConfig": {"defaults": {"color": {"mode": "thresholds"}}},
            "options": {
                "minVizHeight": 75,
                "minVizWidth": 75,
                "orientation": "auto",
                "reduceOptions": _LAST_VALUE,
                "showThresholdLabels": False,
                "showThresholdMarkers": True,
                "sizing": "auto",
            },
        },
    )


def _heatmap(panel: Panel, common: Json) -> grafana.Panel:
    """Buckets of a histogram over time. The unit is the buckets' (the y axis); a cell is a count."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": "short"},
        "color": {
            "exponent": 0.5,
            "fill": "dark-orange",
            "mode": "scheme",
            "reverse": False,
            "scale": "exponential",
            "scheme": "Oranges",
            "steps": 64,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": panel.unit},
    }
    custom = {"hideFrom": _NOTHING_HIDDEN, "scaleDistribution": {"type": "linear"}}
    return grafana.Heatmap(
        **common,
        options=options,
        thresholds=threshold_steps(panel),
        extraJson={"fieldConfig": {"defaults": {"custom": custom, "unit": panel.unit}}},
    )


def _table(panel: Panel, common: Json) -> grafana.Panel:
    """A line for each series now: its labels and its value, one value column a query."""
    columns = _value_columns(panel)
    return grafana.Table(
        **common,
        unit=panel.unit,
        thresholds=threshold_steps(panel),
        overrides=_column_overrides(panel, list(columns.values())),
        transformations=_into_one_table(columns),
        extraJson={
            "fieldConfig": {
                "defaults": {
                    "color": {"mode": "thresholds"},
                    # displayMode is the older form of a cell's options; it would win over them.
                    "custom": {"displayMode": None, "inspect": False},
                }
            },
            "options": {
                "cellHeight": "sm",
                "footer": {"countRows": False, "fields": [], "reducer": ["sum"], "show": False},
                "frameIndex": 0,
            },
        },
    )


def _value_columns(panel: Panel) -> dict[str, str]:
    """Each query's value column, as Grafana names it and as it is shown: a legend without labels is its
    title, since labels have columns of their own."""
    columns: dict[str, str] = {}
    for ref_id, asked in zip(ref_ids(), panel.queries, strict=False):
        name = f"Value #{ref_id}" if len(panel.queries) > 1 else "Value"
        titled = legend_chosen(asked) and "{{" not in asked.legend
        columns[name] = asked.legend.strip() if titled else name
    return columns


def _into_one_table(columns: dict[str, str]) -> list[Json]:
    """The time of the answer and the metric's name go: one says "now" in every line, and the other would
    keep two queries' values of the same labels from standing in one line."""
    hidden = {"id": "filterFieldsByName", "options": {"exclude": {"names": ["Time", "__name__"]}}}
    merged = {"id": "merge", "options": {}}
    renamed = {name: title for name, title in columns.items() if title != name}
    organized = {"id": "organize", "options": {"renameByName": renamed}}
    return [hidden, *[merged] * (len(columns) > 1), *[organized] * bool(renamed)]


def _column_overrides(panel: Panel, shown: list[str]) -> list[Json]:
    """Grafana reads a label such as `status="200"` as a number, and would show "200 req/s", in red. So the
    unit is taken off all columns but the values' (a property without a value removes the default), and
    colours are given to numbers only. Grafana's schema wants objects where these forms have them."""
    labels: Json = {"id": "byNames", "options": {"mode": "exclude", "names": shown}}
    overrides = [{"matcher": labels, "properties": [{"id": "unit"}]}]
    if panel.thresholds:
        coloured = {"id": "custom.cellOptions", "value": {"type": "color-text"}}
        overrides.append({"matcher": {"id": "numeric"}, "properties": [coloured]})
    return overrides


_BUILDERS: dict[PanelType, Callable[[Panel, Json], grafana.Panel]] = {
    "graph": _graph,
    "stat": _stat,
    "gauge": _gauge,
    "heatmap": _heatmap,
    "table": _table,
}
