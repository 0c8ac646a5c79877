"""One dashboard of the model as the JSON that Grafana loads from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from grafanalib import core as grafana

from gaugewright.emit.grafana.finish import finished
from gaugewright.emit.grafana.identity import dashboard_uid, panel_ids
from gaugewright.emit.grafana.layout import COLUMNS, Place, places
from gaugewright.emit.grafana.panels import panel_object
from gaugewright.emit.grafana.printing import printed
from gaugewright.emit.grafana.queries import targets
from gaugewright.emit.grafana.texts import dashboard_description, panel_description
from gaugewright.emit.grafana.variables import datasource_variable, templates
from gaugewright.model.dashboards import Dashboard, Panel, Row
from gaugewright.model.model import Model

_ROW_HEIGHT = 1
_SHARED_CROSSHAIR = 1


def dashboard_json(model: Model, dashboard: Dashboard, of_metrics: Mapping[str, str]) -> bytes:
    """The file's bytes. `of_metrics` are the `metric_descriptions`, made once for all dashboards."""
    datasource = {"type": "prometheus", "uid": f"${{{datasource_variable(dashboard)}}}"}
    return printed(
        finished(
            grafana.Dashboard(
                title=dashboard.title,
                description=dashboard_description(model, dashboard),
                uid=dashboard_uid(model.service.name, dashboard.slug),
                tags=list(dashboard.tags),
                time=grafana.Time(dashboard.from_time, dashboard.to_time),
                refresh=dashboard.refresh_interval,
                timezone="browser",
                editable=False,
                graphTooltip=_SHARED_CROSSHAIR,
                templating=grafana.Templating(list=templates(dashboard, datasource)),
                panels=_panels(model, dashboard, datasource, of_metrics),
            )
        )
    )


def _panels(
    model: Model, dashboard: Dashboard, datasource: dict[str, str], of_metrics: Mapping[str, str]
) -> list[grafana.Panel]:
    laid_out = [item for row in _with_places(dashboard) for item in row]
    ids = panel_ids(("row" if isinstance(item, Row) else "panel", item.title) for item, _ in laid_out)
    return [
        _row_object(item, id_, place)
        if isinstance(item, Row)
        else panel_object(
            item,
            id=id_,
            gridPos=_grid(place),
            dataSource=datasource,
            description=panel_description(item, of_metrics) or None,
            targets=targets(model, item, datasource),
        )
        for (item, place), id_ in zip(laid_out, ids, strict=True)
    ]


def _with_places(dashboard: Dashboard) -> Iterator[list[tuple[Row | Panel, Place]]]:
    """Each row's heading, unless it is the one before the first, and its panels, from top to bottom."""
    top = 0
    for row in dashboard.rows:
        items: list[tuple[Row | Panel, Place]] = []
        if row.title:
            items.append((row, Place(0, top, COLUMNS, _ROW_HEIGHT)))
            top += _ROW_HEIGHT
        items.extend(zip(row.panels, places(row.panels, top), strict=True))
        top = max(chain((top,), (place.bottom for _, place in items)))
        yield items


def _row_object(row: Row, id_: int, place: Place) -> grafana.RowPanel:
    return grafana.RowPanel(title=row.title, id=id_, gridPos=_grid(place), collapsed=False)


def _grid(place: Place) -> grafana.GridPos:
    return grafana.GridPos(h=place.h, w=place.w, x=place.x, y=place.y)
