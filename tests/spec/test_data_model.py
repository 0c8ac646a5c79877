"""Every field of the data model: its default, its rule, and the finding where it is broken."""

from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.model.model import Model

HONEST: dict[str, Any] = {
    "gaugewright": 1,
    "service": {"name": "shop", "main_port": 8000},
    "labels": {"route": ["home", "cart"]},
    "metrics": [
        {
            "name": "shop_requests_total",
            "metric_type": "counter",
            "description": "Requests that were answered.",
            "labels": ["route"],
        }
    ],
    "notification_channels": [{"name": "ops", "type": "webhook", "url": "http://localhost:5001/"}],
    "alert_rules": [
        {
            "name": "shop_alert",
            "query": "sum(rate(shop_requests_total[5m]))",
            "threshold": 5,
            "comparison": "greater_than",
            "severity": "warning",
            "summary": "Too many requests",
            "description": "There are too many requests now.",
            "notification_channels": ["ops"],
        }
    ],
    "dashboards": [
        {
            "title": "Shop",
            "time_range": {},
            "panels": [{"title": "Requests", "panel_type": "graph", "query": "sum(rate(shop_requests_total[5m]))"}],
        }
    ],
    "historical_exports": [
        {
            "name": "export",
            "requested_by": "analyst",
            "metric_names": ["shop_requests_total"],
            "start_time": "now-90d",
            "end_time": "now",
            "format": "csv",
            "output_path": "out.csv",
        }
    ],
}
ABSENT = "<absent>"
"""Stands for leaving the field out."""


def with_field(path: tuple[str | int, ...], value: Any) -> str:
    document = yaml.safe_load(yaml.safe_dump(HONEST))
    node = document
    for step in path[:-1]:
        node = node.setdefault(step, {}) if isinstance(step, str) else node[step]
    if value == ABSENT:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return yaml.safe_dump(document, sort_keys=False, width=1000)


def model_of(text: str) -> Model:
    compilation = compile_text(text)
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


CONFIG = ("metrics_config",)
ALERT = ("alert_rules", 0)
METRIC = ("metrics", 0)
DASHBOARD = ("dashboards", 0)
PANEL = (*DASHBOARD, "panels", 0)
EXPORT = ("historical_exports", 0)


def test_the_honest_spec_draws_no_finding() -> None:
    assert compile_text(yaml.safe_dump(HONEST)).diagnostics == ()


def test_every_default_is_the_data_models() -> None:
    model = model_of(yaml.safe_dump(HONEST))
    config, alert = model.config, model.alert_rules[0]
    assert (config.enabled, config.exposition_host, config.exposition_port) == (True, "0.0.0.0", 9090)
    assert (config.exposition_path, config.scrape_interval_seconds) == ("/metrics", 60)
    assert config.enable_process_metrics
    assert config.enable_pool_metrics
    assert config.enable_request_metrics
    assert config.histogram_buckets == (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
    assert config.label_cardinality_limit == 1000
    assert (config.basic_auth_username, config.basic_auth_password) == (None, None)
    assert (alert.duration, alert.annotations, alert.suppression) == ("5m", {}, None)
    dashboard = model.dashboards[0]
    panel = dashboard.panels[0]
    assert (dashboard.description, dashboard.refresh_interval, dashboard.tags) == ("", "30s", ())
    assert (dashboard.from_time, dashboard.to_time, dashboard.variables) == ("now-6h", "now", ())
    assert (panel.queries[0].legend, panel.unit, panel.thresholds) == ("{{ label }}", "short", ())
    assert model.exports[0].filters == {}
    assert model.service.targets == ("localhost:9090",)
    assert model.metrics[0].initialize


ACCEPTED = [
    ((*CONFIG, "exposition_host"), value)
    for value in ("127.0.0.1", "::1", "metrics.shop.example.com", "0.0.0.0", "localhost")
] + [
    ((*CONFIG, "exposition_port"), 1024),
    ((*CONFIG, "exposition_port"), 65535),
    ((*CONFIG, "exposition_path"), "/a/b"),
    ((*CONFIG, "scrape_interval_seconds"), 1),
    ((*CONFIG, "histogram_buckets"), [0.1, 5]),
    ((*CONFIG, "label_cardinality_limit"), 100),
    ((*CONFIG, "label_cardinality_limit"), 10000),
    ((*METRIC, "name"), "Shop_requests_total"),
    ((*ALERT, "threshold"), 0.001),
    ((*ALERT, "duration"), "300s"),
    ((*ALERT, "duration"), "1d"),
    ((*ALERT, "duration"), "0s"),
    ((*ALERT, "annotations"), {"runbook": "x", "a1": "1"}),
    ((*ALERT, "keep_firing_for"), "10m"),
    ((*DASHBOARD, "refresh_interval"), "1m"),
    ((*DASHBOARD, "time_range"), {"from_time": "now-1d/d", "to_time": "now/d"}),
    ((*DASHBOARD, "tags"), [str(number) for number in range(10)]),
    ((*PANEL, "panel_type"), "heatmap"),
    ((*EXPORT, "format"), "parquet"),
    ((*EXPORT, "start_time"), "now-365d"),
    ((*EXPORT, "export_id"), "550e8400-e29b-41d4-a716-446655440000"),
]


@pytest.mark.parametrize(("path", "value"), ACCEPTED, ids=str)
def test_what_the_rule_allows_is_accepted(path: tuple[str | int, ...], value: Any) -> None:
    text = with_field(path, value)
    if path[-1] == "name":
        text = text.replace("(shop_requests_total", "(Shop_requests_total").replace("- shop_req", "- Shop_req")
    errors = [item for item in compile_text(text).diagnostics if item.severity == "error"]
    assert errors == []


REFUSED: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("gaugewright",), 2, "unsupported-version"),
    (("gaugewright",), ABSENT, "unsupported-version"),
    (("service", "name"), "Shop", "invalid-value"),
    (("service", "name"), ABSENT, "missing-field"),
    (("service", "main_port"), 0, "invalid-value"),
    (("service", "targets"), ["localhost"], "invalid-value"),
    (("service", "nmae"), "x", "unknown-field"),
    ((*CONFIG, "enabled"), "yes", "invalid-value"),
    ((*CONFIG, "exposition_host"), "no host", "invalid-value"),
    ((*CONFIG, "exposition_host"), "999.1.1.1", "invalid-value"),
    ((*CONFIG, "exposition_port"), 1023, "invalid-value"),
    ((*CONFIG, "exposition_port"), 65536, "invalid-value"),
    ((*CONFIG, "exposition_port"), 9090.5, "invalid-value"),
    ((*CONFIG, "exposition_port"), True, "invalid-value"),
    ((*CONFIG, "exposition_port"), 8000, "port-conflict"),
    ((*CONFIG, "exposition_path"), "metrics", "invalid-value"),
    ((*CONFIG, "scrape_interval_seconds"), 0, "invalid-value"),
    ((*CONFIG, "scrape_interval_seconds"), 3601, "invalid-value"),
    ((*CONFIG, "histogram_buckets"), [1], "invalid-value"),
    ((*CONFIG, "histogram_buckets"), [1, 1], "bucket-order"),
    ((*CONFIG, "histogram_buckets"), [2, 1], "bucket-order"),
    ((*CONFIG, "histogram_buckets"), [1, float("inf")], "invalid-value"),
    ((*CONFIG, "label_cardinality_limit"), 99, "invalid-value"),
    ((*CONFIG, "label_cardinality_limit"), 10001, "invalid-value"),
    (CONFIG, {"basic_auth_username": "ab", "basic_auth_password": {"env": "X"}}, "invalid-value"),
    (CONFIG, {"basic_auth_username": "prom", "basic_auth_password": "seven77"}, "invalid-value"),
    ((*CONFIG, "basic_auth_username"), "prometheus", "incomplete-auth"),
    ((*CONFIG, "basic_auth_password"), {"env": "X"}, "incomplete-auth"),
    ((*METRIC, "name"), "9x", "invalid-value"),
    ((*METRIC, "name"), ABSENT, "missing-field"),
    ((*METRIC, "metric_type"), "COUNTER", "invalid-value"),
    ((*METRIC, "metric_type"), ABSENT, "missing-field"),
    ((*METRIC, "description"), "too short", "invalid-value"),
    ((*METRIC, "labels"), ["route", "9x"], "invalid-value"),
    ((*METRIC, "labels"), ["route", "nope"], "undefined-label"),
    ((*METRIC, "group"), "pools", "invalid-value"),
    ((*ALERT, "name"), "has-dash", "invalid-value"),
    ((*ALERT, "name"), ABSENT, "missing-field"),
    ((*ALERT, "query"), "sum(", "promql-syntax"),
    ((*ALERT, "query"), "nope", "unknown-metric"),
    ((*ALERT, "query"), ABSENT, "missing-field"),
    ((*ALERT, "threshold"), 0, "invalid-value"),
    ((*ALERT, "threshold"), -1, "invalid-value"),
    ((*ALERT, "threshold"), float("nan"), "invalid-value"),
    ((*ALERT, "threshold"), "5", "invalid-value"),
    ((*ALERT, "comparison"), "not_equal", "invalid-value"),
    ((*ALERT, "duration"), "5", "invalid-value"),
    ((*ALERT, "duration"), "5w", "invalid-value"),
    ((*ALERT, "duration"), "1h30m", "invalid-value"),
    ((*ALERT, "severity"), "fatal", "invalid-value"),
    ((*ALERT, "summary"), "too short", "invalid-value"),
    ((*ALERT, "description"), "nineteen characters", "invalid-value"),
    ((*ALERT, "annotations"), {"a-b": "x"}, "invalid-value"),
    ((*ALERT, "notification_channels"), [], "invalid-value"),
    ((*ALERT, "notification_channels"), ABSENT, "missing-field"),
    ((*ALERT, "notification_channels"), ["ops"] * 11, "invalid-value"),
    ((*ALERT, "notification_channels"), ["opps"], "unknown-channel"),
    ((*ALERT, "suppression_schedule"), "0 2 * * *", "suppression-not-enabled"),
    ((*DASHBOARD, "title"), "ab", "invalid-value"),
    ((*DASHBOARD, "time_range"), ABSENT, "missing-field"),
    ((*DASHBOARD, "time_range"), {"from_time": "yesterday"}, "invalid-value"),
    ((*DASHBOARD, "refresh_interval"), "30", "invalid-value"),
    ((*DASHBOARD, "panels"), [], "invalid-value"),
    ((*DASHBOARD, "panels"), ABSENT, "missing-field"),
    ((*DASHBOARD, "tags"), [str(number) for number in range(11)], "invalid-value"),
    ((*PANEL, "panel_type"), "pie", "invalid-value"),
    ((*PANEL, "query"), ABSENT, "missing-field"),
    ((*PANEL, "title"), ABSENT, "missing-field"),
    ((*EXPORT, "requested_by"), "ab", "invalid-value"),
    ((*EXPORT, "metric_names"), [], "invalid-value"),
    ((*EXPORT, "metric_names"), ["nope"], "unknown-metric"),
    ((*EXPORT, "start_time"), "now", "export-range"),
    ((*EXPORT, "start_time"), "now-366d", "export-range"),
    ((*EXPORT, "format"), "xml", "invalid-value"),
    ((*EXPORT, "export_id"), "not-a-uuid", "invalid-value"),
    ((*EXPORT, "filters"), {"9x": "y"}, "invalid-value"),
    ((*EXPORT, "filters"), {f"l{number}": "y" for number in range(11)}, "invalid-value"),
]


@pytest.mark.parametrize(("path", "value", "code"), REFUSED, ids=str)
def test_what_the_rule_forbids_gives_one_finding_at_its_place(
    path: tuple[str | int, ...], value: Any, code: str
) -> None:
    text = with_field(path, value)
    errors = [item for item in compile_text(text).diagnostics if item.severity == "error"]
    assert [item.code for item in errors] == [code]
    if value != ABSENT and code != "incomplete-auth":
        key = next(step for step in reversed(path) if isinstance(step, str))
        lines = text.split("\n")
        declared = next(index for index, line in enumerate(lines) if line.strip(" -").startswith(f"{key}:"))
        if isinstance(value, (list, dict)):
            assert errors[0].place.line - 1 >= declared
        elif code not in ("unknown-metric", "promql-syntax"):
            assert lines[errors[0].place.line - 1].strip(" -").startswith((f"{key}:", "main_port:"))


def test_more_than_fifty_panels_or_twenty_variables_are_too_many() -> None:
    panel = HONEST["dashboards"][0]["panels"][0]
    many = [{**panel, "title": f"Panel {number}"} for number in range(51)]
    variables = [{"name": f"v{number}", "values": ["a"]} for number in range(21)]
    for key, value in (("panels", many), ("variables", variables)):
        found = compile_text(with_field((*DASHBOARD, key), value)).diagnostics
        assert [item.code for item in found if item.severity == "error"] == ["invalid-value"]


def test_fifty_one_metrics_are_too_many_for_one_export() -> None:
    text = with_field((*EXPORT, "metric_names"), [f"m{number}" for number in range(51)])
    errors = [item.code for item in compile_text(text).diagnostics if item.severity == "error"]
    assert errors == ["invalid-value"]
