"""Every dashboard satisfies Grafana's own JSON Schemas, and Grafana's own SDK reads it without loss."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from gaugewright.emit.grafana import emit
from gaugewright.model.dashboards import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard as SdkDashboard
from hypothesis import given
from jsonschema import Draft7Validator

from tests.emit import grafana_models as made

SCHEMAS = Path(__file__).parent.parent / "schemas" / "grafana"

register_default_plugins()


@cache
def schema(name: str, definition: str) -> Draft7Validator:
    text = json.loads((SCHEMAS / f"{name}.jsonschema.json").read_text())
    text.pop("$ref", None)
    return Draft7Validator({**text, "$ref": f"#/definitions/{definition}"})


def written(dashboard: Dashboard) -> Any:
    return json.loads(emit(made.model(dashboard))[f"grafana/dashboards/{dashboard.slug}.json"])


def errors(dashboard: Any) -> list[str]:
    """What Grafana's schemas find wrong with the dashboard, its panels' own options and their queries."""
    checks = [schema("dashboard", "Dashboard").iter_errors(dashboard)]
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        options = schema(panel["type"], "Options")
        checks.append(options.iter_errors(panel["options"]))
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        if panel["type"] in ("timeseries", "heatmap", "table"):
            checks.append(schema(panel["type"], "FieldConfig").iter_errors(custom))
        else:
            assert not custom, "stat and gauge have no field options of their own"
        checks += [schema("prometheus", "Dataquery").iter_errors(target) for target in panel["targets"]]
    return [f"{error.json_path}: {error.message}" for found in checks for error in found]


@given(made.dashboards())
def test_whatever_the_spec_says_the_dashboard_satisfies_grafanas_schemas(dashboard: Dashboard) -> None:
    assert errors(written(dashboard)) == []


@pytest.mark.parametrize("panel_type", made.PANEL_TYPES)
def test_the_schemas_notice_an_option_that_grafana_does_not_know(panel_type: Any) -> None:
    dashboard = written(made.dashboard(made.panel(panel_type)))
    dashboard["panels"][0]["options"]["maxDataPoints"] = 100
    assert len(errors(dashboard)) == 1


@given(made.dashboards())
def test_grafanas_sdk_reads_and_prints_every_dashboard_without_loss(dashboard: Dashboard) -> None:
    ours = written(dashboard)
    theirs = json.loads(json.dumps(SdkDashboard.from_json(ours), cls=JSONEncoder))
    assert list(_lost(ours, theirs, "$")) == []


def _lost(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """What the first has and the second has not, or has otherwise; the SDK may add defaults."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key in theirs:
                yield from _lost(value, theirs[key], f"{path}.{key}")
            elif value is not None:
                yield f"{path}.{key} is gone"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _lost(*pair, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path}: {ours!r} became {theirs!r}"
