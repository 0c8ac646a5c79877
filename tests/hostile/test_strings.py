"""Strings that YAML 1.1 takes for something else (`no`, `1:30`, `0o10`), written plain where a string is meant.

They stay these very strings in every output, as PyYAML reads it (which still is YAML 1.1), and Prometheus and
Alertmanager (whose Go reader takes some of them so, too).
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from gaugewright.compile import compile_text
from gaugewright.emit import emit
from gaugewright.spec.scalars import resolve_plain
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.emit.python.modules import imported
from tests.hostile import specs
from tests.hostile.test_texts import fired_as_expected, judged, write

PLAIN = (
    *("no", "No", "NO", "yes", "on", "off", "OFF", "y", "n", "Y", "true", "True", "FALSE", "1:30", "22:22:22", "0o10"),
    *(
        "010",
        "0x1F",
        "0b11",
        "1e3",
        "1E3",
        "1.",
        ".5",
        "1.0",
        "1.10",
        "+5",
        "-0",
        "1_000",
        "1,000",
        "2026-01-01",
        "=",
        "<<",
    ),
    *("2026-01-01T00:00:00Z", "2026-01-01 00:00:00", ".inf", "-.INF", ".nan", ".NaN", "inf", "nan", "NaN"),
    *(
        "12345678901234567890",
        "9" * 40,
        "0.1e400",
        "None",
        "nil",
        "undefined",
        "0777",
        "1e",
        "0x",
        "12e03",
        "685_230.15",
    ),
)
QUOTED = (
    "null",
    "~",
    "Null",
    "NULL",
    " no",
    "no ",
    "- a",
    "!x",
    "&a",
    "*a",
    "%x",
    "@x",
    "`x",
    "{a}",
    "[a]",
    "#a",
    "a: b",
)

WORDS = (*PLAIN, *QUOTED)

RECEIVERS_PLAIN = [word for word in PLAIN if "," not in word and isinstance(resolve_plain(word), str)]
"""What a receiver's text field takes without quotes: a number there is refused, as in Alertmanager's own file."""


def spec_text() -> str:
    """A spec with each word as a label's value, a target's, an alert's and a rule's label, a channel's field."""
    written = [*PLAIN, *(f'"{word}"' for word in QUOTED)]
    lines = [
        "gaugewright: 1",
        "service:",
        "  name: svc",
        "  targets: [localhost:9100]",
        "  target_labels:",
        *(f"    t{n}: {word}" for n, word in enumerate(written)),
        "  external_labels:",
        *(f"    e{n}: {word}" for n, word in enumerate(written)),
        "metrics_config: {exposition_port: 9100}",
        "labels:",
        "  kind:",
        *(f"    - {word}" for word in written),
        "metrics:",
        "  - name: svc_events_total",
        "    metric_type: counter",
        "    description: Things that happened.",
        "    labels: [kind]",
        "recording_rules:",
        "  - name: level:svc_events:rate",
        "    query: sum(rate(svc_events_total[5m]))",
        "    labels:",
        *(f"      r{n}: {word}" for n, word in enumerate(written)),
        "notification_channels:",
        "  - name: chat",
        "    type: slack",
        "    api_url_file: secrets/url",
        "    channel: no",
        "    username: 010",
        "    fields:",
        *(f"      - {{title: {word}, value: {word}}}" for word in RECEIVERS_PLAIN),
        *(
            line
            for name in NAMES
            for line in (f"  - name: '{name}'", "    type: webhook", "    url: http://localhost/x")
        ),
        "routing: {group_by: [no, on, y, null_, _0]}",
        "alert_rules:",
        *(line for n, word in enumerate(WORDS) for line in _alert(n, written[n], word)),
        *(line for name in NAMES for line in _named(name)),
        "dashboards:",
        "  - title: 010",
        "    time_range: {}",
        "    tags:",
        *(f"      - {word}" for word in written[:10]),
        "    variables:",
        "      - name: choice",
        "        label: no",
        "        values:",
        *(f"          - {word}" for word in written),
        "    panels:",
        *(line for word in written[:49] for line in _panel(word)),
    ]
    return "\n".join(lines) + "\n"


NAMES = ("no", "on", "y", "null", "true", "010", "1e3", "0o10", "0x1F", "1_000", "NaN")
"""Names of channels, and of alerts."""


def _alert(n: int, written: str, word: str) -> list[str]:
    return [
        f"  - name: alert_{n}",
        f"    query: 'rate(svc_events_total{{kind={specs.promql_string(word)}}}[5m])'",
        "    labels:",
        f"      note: {written}",
        "    annotations:",
        f"      note: {written}",
        *_rest("chat"),
    ]


def _named(name: str) -> list[str]:
    return [f"  - name: '{name}'", "    query: sum(rate(svc_events_total[5m]))", *_rest(f"'{name}'")]


def _rest(channel: str) -> list[str]:
    return [
        "    threshold: 0.5",
        "    comparison: greater_than",
        "    severity: info",
        "    summary: A summary that is long enough",
        "    description: A description that is long enough",
        f"    notification_channels: [{channel}]",
    ]


def _panel(written: str) -> list[str]:
    return [
        f"      - title: {written}",
        "        panel_type: graph",
        '        query: svc_events_total{kind=~"$choice"}',
        f"        legend: {written}",
    ]


@pytest.fixture(scope="module")
def files() -> specs.Files:
    compilation = compile_text(spec_text(), "svc.yaml")
    assert compilation.model is not None, [f"{item.place.line}: {item.message}" for item in compilation.diagnostics]
    return emit(compilation.model)


def numbered(values: Any, letter: str) -> list[Any]:
    return [values[f"{letter}{n}"] for n in range(len(WORDS))]


def test_prometheus_yml_keeps_them(files: specs.Files) -> None:
    read = specs.loaded(files, specs.PROMETHEUS)
    assert numbered(read["scrape_configs"][0]["static_configs"][0]["labels"], "t") == list(WORDS)
    assert numbered(read["global"]["external_labels"], "e") == list(WORDS)


def test_rules_keep_them(files: specs.Files) -> None:
    [record] = specs.rules(files, specs.RECORDS)
    assert numbered(record["labels"], "r") == list(WORDS)
    written = {rule["alert"]: rule for rule in specs.rules(files, specs.ALERTS)}
    for n, word in enumerate(WORDS):
        assert written[f"alert_{n}"]["labels"]["note"] == word
        assert written[f"alert_{n}"]["annotations"]["note"] == word
        assert f"kind={specs.promql_string(word)}" in written[f"alert_{n}"]["expr"]
    assert set(NAMES) <= set(written)


def test_alertmanager_yml_keeps_them(files: specs.Files) -> None:
    read = specs.loaded(files, specs.ALERTMANAGER)
    receivers = {one["name"]: one for one in read["receivers"]}
    assert {*NAMES, "chat"} <= set(receivers)
    [chat] = receivers["chat"]["slack_configs"]
    assert (chat["channel"], chat["username"]) == ("no", "010")
    assert [(field["title"], field["value"]) for field in chat["fields"]] == [(word, word) for word in RECEIVERS_PLAIN]
    assert read["route"]["group_by"] == ["no", "on", "y", "null_", "_0"]


def test_dashboards_keep_them(files: specs.Files) -> None:
    board = specs.dashboard(files)
    assert board["title"] == "010"
    assert board["tags"] == list(WORDS[:10])
    assert [panel["title"] for panel in board["panels"]] == list(WORDS[:49])
    assert [panel["targets"][0]["legendFormat"] for panel in board["panels"]] == list(WORDS[:49])
    [choice] = [one for one in board["templating"]["list"] if one["name"] == "choice"]
    assert choice["label"] == "no"
    assert [option["value"] for option in choice["options"]] == [word.strip() for word in WORDS]


def test_the_module_and_its_endpoint_keep_them(files: specs.Files) -> None:
    with imported(files[specs.MODULE].decode()) as module:
        metrics = module.Metrics()
        for word in WORDS:
            metrics.events_total.inc(kind=word)
        page = generate_latest(metrics.registry).decode()
    [events] = [one for one in text_string_to_metric_families(page) if one.name == "svc_events"]
    counted = {sample.labels["kind"]: sample.value for sample in events.samples if sample.name.endswith("_total")}
    assert {word: counted.get(word) for word in WORDS} == dict.fromkeys(WORDS, 1.0)


def test_prometheus_keeps_them(files: specs.Files, promtool: Path, tmp_path: Path) -> None:
    judged(promtool, "check", "config", str(write(files, tmp_path) / specs.PROMETHEUS))
    series = [f"svc_events_total{{kind={specs.promql_string(word)}}}" for word in WORDS]
    expected = [
        {
            "eval_time": "25m",
            "alertname": f"alert_{n}",
            "exp_alerts": [
                {
                    "exp_labels": {"severity": "info", "kind": word, "note": word},
                    "exp_annotations": {
                        "summary": "A summary that is long enough",
                        "description": "A description that is long enough",
                        "note": word,
                    },
                }
            ],
        }
        for n, word in enumerate(WORDS)
    ]
    inputs = [{"series": name, "values": "0+600x30"} for name in series]
    fired_as_expected(promtool, files, tmp_path, {"input_series": inputs, "alert_rule_test": expected})


def test_alertmanager_keeps_them(files: specs.Files, amtool: Path, tmp_path: Path) -> None:
    file = str(write(files, tmp_path) / specs.ALERTMANAGER)
    judged(amtool, "check-config", file)
    for name in NAMES:
        route = [str(amtool), "config", "routes", "test", f"--config.file={file}", f"alertname={name}", "severity=info"]
        assert subprocess.run(route, capture_output=True, text=True, check=True).stdout.strip() == name


@pytest.mark.parametrize("word", ["no", "on", "1:30", "0o10", "010", "2026-01-01", "null", "~", "true"])
@pytest.mark.parametrize(
    "field", ["exposition_port", "scrape_interval_seconds", "label_cardinality_limit", "enabled", "histogram_buckets"]
)
def test_what_is_no_number_and_no_boolean_is_not_taken_for_one(field: str, word: str) -> None:
    text = f"gaugewright: 1\nservice: {{name: svc}}\nmetrics_config: {{{field}: {word}}}\n"
    found = [item for item in compile_text(text).diagnostics if item.severity == "error"]
    if (field, word) == ("enabled", "true"):
        assert found == []
    else:
        [one] = found
        assert (one.code, one.place.line) == ("invalid-value", 3)


@pytest.mark.parametrize("word", ["null", "~", ""])
def test_an_empty_value_is_no_text(word: str) -> None:
    text = f"gaugewright: 1\nservice: {{name: svc}}\nlabels:\n  kind:\n    - a\n    - {word}\n"
    codes = {item.code for item in compile_text(text).diagnostics if item.severity == "error"}
    assert codes == {"invalid-value"}
