"""Texts that try to break out: each comes back from each output as it was written, by that output's own reader."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gaugewright.compile import compile_text
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.emit.hostile import texts
from tests.emit.python.modules import imported
from tests.hostile import specs

TEXTS = (
    *('"', "'", "''", '"""', "'''", "\\", "\\\\", '\\"', "\\n", "a\nb", "\n", "a\r\nb", "a\n\n  b\n", "\t", " a ", "`"),
    *(
        "{{",
        "}}",
        "{{ }}",
        "{{ $labels.x }}",
        "{{ value }}",
        "{% raw %}",
        "{% endraw %}",
        "{# x #}",
        "${HOME}",
        "$HOME",
    ),
    *("$$", "$(reboot)", "%s %d %(x)s", "{x}", "{0}", "#{x}", "</script>", "<script>alert(1)</script>", "<!--", "]]>"),
    *("&lt;b&gt;", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "| a | b |", "# head", "- item", "```"),
    *(" # no comment", "key: value", "a: b: c", "- - -", "---", "...", "&a", "*a", "!!str", "!x", "<<", "? x", "> x"),
    *(
        "| x",
        "%YAML 1.2",
        "@x",
        '"], "x": [',
        "'; import os; '",
        'a"\n    expr: vector(1)\n',
        "\x85",
        "\u2028",
        "\ufeff",
    ),
    *("\u202e", "\x1b[31m", "\x07", "\x7f", "💥", "é", "e\u0301", "\u200b", "\ue000", "\U0010ffff", "\x01", "\x0b\x0c"),
)

ALL = [text for text in TEXTS if text.strip()]


@pytest.fixture(scope="module")
def tree() -> dict[str, Any]:
    return specs.spec(ALL)


@pytest.fixture(scope="module")
def files(tree: dict[str, Any]) -> specs.Files:
    return specs.outputs(tree)


def test_the_rules_hold_what_was_written(tree: dict[str, Any], files: specs.Files) -> None:
    written = {rule["alert"]: rule for rule in specs.rules(files, specs.ALERTS)}
    for alert in tree["alert_rules"]:
        found = written[alert["name"]]
        assert found["annotations"]["summary"] == alert["summary"]
        assert found["annotations"]["description"] == alert["description"]
        assert found["annotations"]["note"] == alert["annotations"]["note"]
        assert found["labels"] == {"severity": "info", **alert["labels"]}
    recorded = {rule["record"]: rule for rule in specs.rules(files, specs.RECORDS)}
    for rule in tree["recording_rules"]:
        assert recorded[rule["name"]] == {"record": rule["name"], "expr": rule["query"], "labels": rule["labels"]}


def test_alertmanagers_file_holds_what_was_written(tree: dict[str, Any], files: specs.Files) -> None:
    receivers = {one["name"]: one for one in specs.loaded(files, specs.ALERTMANAGER)["receivers"]}
    for channel in tree["notification_channels"]:
        [config] = receivers[channel["name"]]["slack_configs"]
        for field in ("channel", "title", "footer", "fields"):
            assert config[field] == channel[field]


def test_dashboards_hold_what_was_written(tree: dict[str, Any], files: specs.Files) -> None:
    [asked], board = tree["dashboards"], specs.dashboard(files)
    assert board["title"] == asked["title"]
    assert board["tags"] == asked["tags"]
    assert [panel["title"] for panel in _drawn(board)] == [one["title"] for one in asked["panels"] if "title" in one]
    legends = [panel["targets"][0]["legendFormat"] for panel in _drawn(board)]
    assert legends == [one["legend"] for one in asked["panels"] if "title" in one]
    rows = [panel["title"] for panel in _every(board) if panel["type"] == "row"]
    assert rows == [one["row"] for one in asked["panels"] if "row" in one]


def _every(board: Any) -> list[Any]:
    return [inner for panel in board["panels"] for inner in (panel, *panel.get("panels", ()))]


def _drawn(board: Any) -> list[Any]:
    return [panel for panel in _every(board) if panel["type"] != "row"]


def test_nothing_that_a_browser_reads_ends_a_script(files: specs.Files) -> None:
    for path, content in files.items():
        if path.endswith(".json"):
            assert re.search(rb"<[A-Za-z/!?]", content) is None


def test_pages_have_no_markup_of_the_specs(files: specs.Files) -> None:
    for path in (specs.METRICS_PAGE, "docs/QUICKSTART.md"):
        _first_line, _, page = files[path].decode().partition("\n")
        for block in MarkdownIt("commonmark", {"html": True}).enable("table").parse(page):
            for token in (block, *(block.children or ())):
                if token.type in ("html_block", "html_inline"):
                    assert re.fullmatch(r"\s*</?(?:code|br|a|details|summary)\b[^<]*>\s*", token.content), token.content
                assert not str(token.attrs.get("href", "")).lower().startswith(("javascript:", "data:"))
                assert token.type != "image"


def test_the_module_tells_and_exposes_what_was_written(tree: dict[str, Any], files: specs.Files) -> None:
    written = {metric["name"]: metric["description"] for metric in tree["metrics"]}
    with imported(files[specs.MODULE].decode()) as module:
        metrics = module.Metrics()
        told = {info.name: info.description for info in metrics.info.values()}
        page = generate_latest(metrics.registry).decode()
    assert {name: told[name] for name in written} == written
    exposed = {family.name: family.documentation for family in text_string_to_metric_families(page)}
    gauges = {name: text for name, text in written.items() if name in exposed}
    assert len(gauges) >= len(written) - 1
    assert {name: exposed[name] for name in gauges} == gauges


def test_prometheus_takes_every_text(files: specs.Files, promtool: Path, tmp_path: Path) -> None:
    judged(promtool, "check", "config", str(write(files, tmp_path) / specs.PROMETHEUS))


def test_the_written_unit_tests_hold_whatever_the_texts(promtool: Path, tmp_path: Path) -> None:
    """Several texts in each alert: promtool takes its time for each test."""
    few = [" ".join(ALL[n::6]) for n in range(6)]
    folder = write(specs.outputs(specs.spec(few)), tmp_path)
    judged(promtool, "test", "rules", str(folder / "prometheus/tests/alerts.test.yml"))


def test_amtool_takes_every_text(files: specs.Files, amtool: Path, tmp_path: Path) -> None:
    judged(amtool, "check-config", str(write(files, tmp_path) / specs.ALERTMANAGER))


def test_what_prometheus_sends_is_what_was_written(files: specs.Files, promtool: Path, tmp_path: Path) -> None:
    """promtool renders the templates: the expectations are JSON, made of the texts and not of the outputs."""
    series = [{"series": f"svc_level_{n}", "values": "1000x20"} for n in range(len(ALL))]
    expected = [
        {
            "eval_time": "15m",
            "alertname": f"alert_{n}",
            "exp_alerts": [
                {
                    "exp_labels": {"severity": "info", "note": text},
                    "exp_annotations": {"summary": specs.long(text), "description": specs.long(text), "note": text},
                }
            ],
        }
        for n, text in enumerate(ALL)
    ]
    fired_as_expected(promtool, files, tmp_path, {"input_series": series, "alert_rule_test": expected})


def fired_as_expected(promtool: Path, files: specs.Files, folder: Path, test: dict[str, Any]) -> None:
    """promtool runs our own test over the written rules."""
    rules = str(write(files, folder) / specs.ALERTS)
    mine = {"rule_files": [rules], "evaluation_interval": "1m", "tests": [{"interval": "1m", **test}]}
    (folder / "mine.test.yml").write_text(specs.as_json(mine), "ascii")
    judged(promtool, "test", "rules", str(folder / "mine.test.yml"))


def write(files: specs.Files, folder: Path) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def judged(program: Path, *arguments: str) -> None:
    run = subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace")
    assert run.returncode == 0, (run.stdout + run.stderr)[-4000:]


# Values of labels, in queries and in the module


VALUES = [text for text in TEXTS if text]


@pytest.fixture(scope="module")
def valued() -> dict[str, Any]:
    """A spec whose label has every text for a value, and an alert and a panel for each."""
    tree = specs.spec(["A plain text"], VALUES)
    tree["alert_rules"] = [
        {
            **tree["alert_rules"][0],
            "name": f"value_{n}",
            "query": f"rate(svc_events_total{{kind={specs.promql_string(value)}}}[5m])",
            "threshold": 0.5,
        }
        for n, value in enumerate(VALUES)
    ]
    return tree


def test_a_matcher_of_any_value_meets_just_that_value(valued: dict[str, Any], promtool: Path, tmp_path: Path) -> None:
    names = [f"svc_events_total{{kind={specs.promql_string(value)}}}" for value in VALUES]
    expected = [
        {
            "eval_time": "25m",
            "alertname": alert["name"],
            "exp_alerts": [
                {
                    "exp_labels": {"severity": "info", "kind": value, **alert["labels"]},
                    "exp_annotations": {
                        "summary": alert["summary"],
                        "description": alert["description"],
                        **alert["annotations"],
                    },
                }
            ],
        }
        for value, alert in zip(VALUES, valued["alert_rules"], strict=True)
    ]
    series = [{"series": name, "values": "0+600x30"} for name in names]
    test = {"input_series": series, "alert_rule_test": expected}
    fired_as_expected(promtool, specs.outputs(valued), tmp_path, test)


def test_the_module_counts_every_value_as_itself(valued: dict[str, Any]) -> None:
    with imported(specs.outputs(valued)[specs.MODULE].decode()) as module:
        metrics = module.Metrics()
        for value in VALUES:
            metrics.events_total.inc(kind=value)
        page = generate_latest(metrics.registry).decode()
    [events] = [one for one in text_string_to_metric_families(page) if one.name == "svc_events"]
    counted = {sample.labels["kind"]: sample.value for sample in events.samples if sample.name.endswith("_total")}
    assert {value: counted.get(value) for value in VALUES} == dict.fromkeys(VALUES, 1.0)


def test_a_dashboards_variable_offers_every_value(valued: dict[str, Any]) -> None:
    variables = specs.dashboard(specs.outputs(valued))["templating"]["list"]
    [choice] = [one for one in variables if one["name"] == "choice"]
    assert [option["value"] for option in choice["options"] if option["value"] != "$__all"] == [
        value.strip() for value in VALUES
    ]


# Any text


@given(st.lists(texts.filter(lambda text: text.strip() != ""), min_size=2, max_size=2))
def test_any_text_comes_back(drawn: list[str]) -> None:
    tree = specs.spec(drawn)
    compilation = compile_text(specs.as_yaml(tree), "svc.yaml")
    if compilation.model is None:
        assert {item.code for item in compilation.diagnostics if item.severity == "error"} <= REFUSALS
        return
    files = specs.outputs(tree)
    test_the_rules_hold_what_was_written(tree, files)
    test_alertmanagers_file_holds_what_was_written(tree, files)
    test_dashboards_hold_what_was_written(tree, files)
    test_nothing_that_a_browser_reads_ends_a_script(files)
    test_pages_have_no_markup_of_the_specs(files)
    test_the_module_tells_and_exposes_what_was_written(tree, files)


REFUSALS = {"template-syntax", "template-unknown-label", "sensitive-text", "invalid-value", "channel-field"}
"""What may be said of a text that is no output's: `$x` in a title, say, is no variable."""
