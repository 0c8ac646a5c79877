"""prometheus.yml and the rules: Prometheus takes them, and says what the spec says."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import prometheus
from gaugewright.emit.scrape_limits import COLLECTORS, limits
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule, RecordingRule
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emit.hostile import texts

EXAMPLE = Path(__file__).parents[2] / "specs" / "proxywhirl.yaml"


@cache
def example() -> Model:
    compilation = compile_text(EXAMPLE.read_text(), EXAMPLE.name)
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


def written(model: Model, folder: Path) -> Path:
    for path, content in prometheus.emit(model).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder / "prometheus"


def loaded(model: Model, path: str) -> Any:
    return yaml.safe_load(prometheus.emit(model)[f"prometheus/{path}"])


def rules(model: Model, path: str) -> list[dict[str, Any]]:
    [group] = loaded(model, path)["groups"]
    return list(group["rules"])


def judged(program: Path, *arguments: str | Path) -> None:
    run = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_prometheus_takes_the_configuration_and_its_rules(promtool: Path, tmp_path: Path) -> None:
    judged(promtool, "check", "config", written(example(), tmp_path) / "prometheus.yml")


def test_prometheus_takes_a_spec_without_rules_and_alertmanagers(promtool: Path, tmp_path: Path) -> None:
    service = replace(example().service, alertmanagers=(), target_labels={})
    bare = replace(example(), alert_rules=(), recording_rules=(), service=service)
    folder = written(bare, tmp_path)
    assert {path.name for path in (folder / "rules").iterdir()} == {"alerts.yml", "records.yml"}
    judged(promtool, "check", "config", folder / "prometheus.yml")


def test_an_alert_is_what_the_spec_says() -> None:
    alert, *_ = rules(example(), "rules/alerts.yml")
    assert alert == {
        "alert": "proxy_pool_high_error_rate",
        "expr": "pool:proxywhirl_errors:ratio5m > 0.05",
        "for": "5m",
        "labels": {"severity": "warning"},
        "annotations": {
            "summary": "High error rate in proxy pool {{ $labels.pool }}",
            "description": "{{ $value | humanizePercentage }} of the requests through {{ $labels.pool }}"
            " failed over 5 minutes.",
            "dashboard": "https://grafana.example.com/d/proxywhirl",
            "runbook_url": "https://runbooks.example.com/proxywhirl/proxy_pool_high_error_rate",
        },
    }


def test_the_scrape_job_is_the_service_with_its_targets_labels_and_password_file() -> None:
    [job] = loaded(example(), "prometheus.yml")["scrape_configs"]
    assert job["job_name"] == "proxywhirl"
    assert job["static_configs"] == [{"targets": ["localhost:9091"], "labels": {"environment": "production"}}]
    assert job["basic_auth"] == {"username": "prometheus", "password_file": "secrets/metrics-password"}


def test_the_sample_limit_lies_above_every_series_that_the_module_can_make() -> None:
    model = example()
    guarded = {
        # labels with __invalid__ (closed), or that, __overflow__ and __redacted__ (open); series of each
        "proxywhirl_requests_total": 5 * 4 * 4,
        "proxywhirl_request_duration_seconds": 5 * (7 + 2),
        "proxywhirl_request_retries_total": 5 * 7,
        "proxywhirl_response_size_bytes": 5 * (6 + 2),
        "proxywhirl_pool_size": 5,
        "proxywhirl_pool_healthy": 5,
        "proxywhirl_circuit_breakers": 5 * 4,
        "proxywhirl_rotations_total": 5 * 6,
        "proxywhirl_health_checks_total": 5 * 3,
        "proxywhirl_fetched_proxies_total": 43,
        "proxywhirl_last_fetch_timestamp_seconds": 43,
        "proxywhirl_cache_lookups_total": 3,
    }
    rejected = prod(label.size for label in model.series[model.rejected_counter].labels)
    found = limits(model)
    assert set(guarded) == {metric.name for metric in model.metrics}
    assert found.series == sum(guarded.values()) + rejected + 1 + COLLECTORS
    [job] = loaded(model, "prometheus.yml")["scrape_configs"]
    assert job["sample_limit"] >= found.series + 100


def test_no_sample_breaks_the_limits_of_its_labels() -> None:
    model = example()
    [job] = loaded(model, "prometheus.yml")["scrape_configs"]
    for metric in model.metrics:
        for series in metric.series:
            names = {"__name__", *series.label_names, *model.target_labels}
            assert len(names) <= job["label_limit"]
            assert max(map(len, names)) <= job["label_name_length_limit"]
            values = [series.name, *(value for label in series.labels for value in label.values or ())]
            assert max(map(len, values)) <= job["label_value_length_limit"]


def test_a_maintenance_alert_is_there_only_where_it_mutes_something() -> None:
    muting = rules(example(), "rules/alerts.yml")[-1]
    assert (muting["alert"], muting["labels"]) == ("proxywhirl_maintenance", {"severity": "info"})
    assert muting["expr"] == "max(proxywhirl_maintenance_mode) == 1"
    unmuted = replace(example(), alert_rules=tuple(replace(alert, suppression=None) for alert in example().alert_rules))
    assert len(rules(unmuted, "rules/alerts.yml")) == len(example().alert_rules)


@given(order=st.permutations(range(4)))
def test_recording_rules_stand_after_those_that_they_read(order: list[int]) -> None:
    ratio, rate = reversed(example().recording_rules)
    other = replace(rate, name="a:other:rate")
    third = replace(ratio, name="b:third:ratio")
    every: list[RecordingRule] = [rate, ratio, other, third]
    found = [rule.name for rule in prometheus.in_evaluation_order(every[n] for n in order)]
    assert sorted(found) == sorted(rule.name for rule in every)
    assert found.index(rate.name) < min(found.index(ratio.name), found.index(third.name))


def test_alertmanagers_may_be_urls() -> None:
    service = replace(example().service, alertmanagers=("am-1:9093", "https://am.example.com/alerts/", "am-2:9093"))
    groups = loaded(replace(example(), service=service), "prometheus.yml")["alerting"]["alertmanagers"]
    assert groups == [
        {"static_configs": [{"targets": ["am-1:9093", "am-2:9093"]}]},
        {"static_configs": [{"targets": ["am.example.com"]}], "scheme": "https", "path_prefix": "/alerts"},
    ]


def hostile_alert(summary: str, description: str, name: str = "hostile") -> AlertRule:
    annotations = {"note": summary + description}
    labels = {"team": description}
    first = example().alert_rules[0]
    return replace(
        first,
        name=name,
        expression="vector(1) > 0",
        duration="0s",
        summary=summary,
        description=description,
        annotations=annotations,
        labels=labels,
    )


@given(one=texts, two=texts)
def test_no_text_of_an_alert_or_a_record_breaks_out_of_its_place(one: str, two: str) -> None:
    alert = hostile_alert(one, two)
    record = replace(example().recording_rules[0], description=one, labels={"note": two})
    model = replace(example(), alert_rules=(alert,), recording_rules=(record,), spec_name=one + ".yaml")
    [read] = rules(model, "rules/alerts.yml")
    assert read["annotations"] == {"summary": one, "description": two, "note": one + two}
    assert read["labels"] == {"severity": "warning", "team": two}
    [recorded] = rules(model, "rules/records.yml")
    assert recorded["labels"] == {"note": two}
    assert set(recorded) == {"record", "expr", "labels"}


@given(value=texts.filter(bool))
def test_no_label_or_address_breaks_out_of_the_scrape_configuration(value: str) -> None:
    service = replace(
        example().service, target_labels={"zone": value}, external_labels={"cluster": value}, targets=(value,)
    )
    config = replace(example().config, basic_auth_username=value, exposition_path=value, password_file=value)
    read = loaded(replace(example(), service=service, config=config, spec_name=value), "prometheus.yml")
    [job] = read["scrape_configs"]
    assert job["static_configs"] == [{"targets": [value], "labels": {"zone": value}}]
    assert job["basic_auth"] == {"username": value, "password_file": value}
    assert job["metrics_path"] == value
    assert read["global"]["external_labels"] == {"cluster": value.replace("$", "$$")}


def test_go_reads_hostile_texts_as_they_were_written(promtool: Path, tmp_path: Path) -> None:
    """The expectation is written by another writer (PyYAML); promtool compares what it read of both."""
    found = sample(60)
    alerts = tuple(hostile_alert(text, "d", f"hostile_{n}") for n, text in enumerate(found))
    folder = written(replace(example(), alert_rules=alerts), tmp_path)
    tests = [expectation(n, text) for n, text in enumerate(found)]
    file = {"rule_files": ["rules/alerts.yml"], "evaluation_interval": "1m", "tests": [{"alert_rule_test": tests}]}
    (folder / "hostile.test.yml").write_text(yaml.safe_dump(file))
    judged(promtool, "test", "rules", folder / "hostile.test.yml")


def expectation(number: int, text: str) -> Mapping[str, Any]:
    annotations = {"summary": text, "description": "d", "note": text + "d"}
    alert = {"exp_labels": {"severity": "warning", "team": "d"}, "exp_annotations": annotations}
    return {"eval_time": "1m", "alertname": f"hostile_{number}", "exp_alerts": [alert]}


def sample(count: int) -> list[str]:
    """Hostile texts that are no templates: those are Prometheus's to expand, not ours to escape."""
    found: list[str] = []

    @settings(max_examples=3 * count, database=None, derandomize=True)
    @given(texts.filter(lambda text: "{{" not in text and text.strip() != ""))
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found[:count]


def test_the_same_spec_gives_the_same_bytes() -> None:
    again = compile_text(EXAMPLE.read_text(), EXAMPLE.name).model
    assert again is not None
    assert prometheus.emit(again) == prometheus.emit(example())
    assert all(text.startswith(b"# Generated by gaugewright from") for text in prometheus.emit(again).values())
