"""What grafanalib prints, made what Grafana 10.4 and later writes itself.

grafanalib 0.7.1 is its last release and speaks of Grafana 5 to 8 in one breath: rows and `hideControls`
beside panels, `intervalFactor` in a target, options that the panels have since moved. Grafana ignores some
of that, migrates some, and some changes what is shown (a panel without `pluginVersion` is migrated from
6.1; `maxDataPoints: 100` coarsens every graph). Everything that has to be taken away or added is here, as
lists of the keys that Grafana's JSON Schemas know, so that a new key of grafanalib's cannot slip through.
"""

from __future__ import annotations

from typing import Any

from grafanalib import core as grafana

from gaugewright.emit.grafana.variables import ALL

Json = dict[str, Any]

SCHEMA_VERSION = 39
"""Grafana 10.4's. Later versions migrate upwards from it, none migrates downwards."""
PLUGIN_VERSION = "10.4.0"


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DASHBOARD_KEYS = _keys(
    "annotations description editable graphTooltip links panels refresh schemaVersion tags templating time"
    " timezone title uid"
)
_ROW_KEYS = _keys("collapsed gridPos id panels title type")
_PANEL_KEYS = _keys("datasource description fieldConfig gridPos id options title transformations type")
_FIELD_KEYS = _keys("color custom decimals mappings max min thresholds unit")
_TARGET_KEYS = _keys("datasource expr format instant interval legendFormat refId")
_VARIABLE_KEYS = {
    "datasource": _keys("hide includeAll label multi name options query refresh type"),
    "custom": _keys("allValue current hide includeAll label multi name options query type"),
    "query": _keys("allValue current datasource hide includeAll label multi name options query refresh sort type"),
}


def finished(dashboard: grafana.Dashboard) -> Json:
    """The dashboard as plain JSON values that satisfy Grafana's schemas."""
    value = _only(dashboard.to_json_data(), _DASHBOARD_KEYS)
    value["schemaVersion"] = SCHEMA_VERSION
    value["timepicker"] = {}
    value["annotations"] = _plain(value["annotations"])
    value["time"] = _plain(value["time"])
    value["templating"] = {"list": [_variable(template) for template in dashboard.templating.list]}
    value["panels"] = [_panel(panel) for panel in dashboard.panels]
    return value


def _panel(panel: grafana.Panel) -> Json:
    printed = panel.to_json_data()
    if printed["type"] == "row":
        return _only(_plain(printed), _ROW_KEYS)
    targets = [_target(target) for target in printed.pop("targets")]
    value: Json = _plain(_only(printed, _PANEL_KEYS))
    field_config = value["fieldConfig"]
    return {
        **{key: item for key, item in value.items() if key != "transformations" or item},
        "fieldConfig": {
            "defaults": {"mappings": [], **_only(field_config["defaults"], _FIELD_KEYS)},
            "overrides": field_config.get("overrides", []),
        },
        "pluginVersion": PLUGIN_VERSION,
        "targets": targets,
    }


def _target(target: grafana.Target) -> Json:
    value = _only(target.to_json_data(), _TARGET_KEYS)
    value.update(editorMode="code", exemplar=False, range=not value["instant"])
    return value


def _variable(template: grafana.Template) -> Json:
    printed = template.to_json_data()
    value: Json = _plain(_only(printed, _VARIABLE_KEYS[printed["type"]]))
    if printed["type"] == "query":
        value.update(definition=value["query"], regex="")
    current = value.pop("current", {})
    if current.get("value") is not None:
        value["current"] = _current(current, template.multi)
    return value


def _current(selected: Json, multi: bool) -> Json:
    """The choice at first sight, as lists where several can be chosen."""
    value = selected["value"]
    text = "All" if value == ALL else selected["text"]
    return {"selected": True, "text": [text] if multi else text, "value": [value] if multi else value}


def _only(value: Json, keys: frozenset[str]) -> Json:
    return {key: item for key, item in value.items() if key in keys and item is not None}


def _plain(value: Any) -> Any:
    """grafanalib's objects as dicts, without nulls: but a threshold's or a choice's `value` may be null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None or key == "value"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _plain(value.to_json_data()) if hasattr(value, "to_json_data") else value
