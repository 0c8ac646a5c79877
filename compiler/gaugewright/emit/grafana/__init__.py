"""Grafana: a dashboard file for each dashboard, and the provisioning that loads them.

The files are meant to lie where Grafana finds them by itself: `provisioning/` as its own folder of that
name (`/etc/grafana/provisioning`), `dashboards/` as `/var/lib/grafana/dashboards/<service>`. Names and
uids carry the service's name, so that many services share one Grafana.
"""

from __future__ import annotations

from gaugewright.emit.grafana.identity import datasource_uid
from gaugewright.emit.grafana.texts import metric_descriptions
from gaugewright.emit.templates import render
from gaugewright.model.model import Model


def emit(model: Model) -> dict[str, bytes]:
    """`grafana/...` of the service: provisioning always, and one JSON file a dashboard."""
    return {**_dashboards(model), **_provisioning(model)}


def _dashboards(model: Model) -> dict[str, bytes]:
    if not model.dashboards:
        return {}
    # Imported here because grafanalib builds its 87 classes at import, which costs more than our work.
    from gaugewright.emit.grafana.dashboards import dashboard_json

    of_metrics = metric_descriptions(model)
    return {
        f"grafana/dashboards/{dashboard.slug}.json": dashboard_json(model, dashboard, of_metrics)
        for dashboard in model.dashboards
    }


def _provisioning(model: Model) -> dict[str, bytes]:
    name = model.service.name
    return {
        f"grafana/provisioning/dashboards/{name}.yml": render("grafana/dashboards.yml.j2", model=model),
        f"grafana/provisioning/datasources/{name}.yml": render(
            "grafana/datasources.yml.j2", model=model, uid=datasource_uid(name)
        ),
    }
