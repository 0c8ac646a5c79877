"""The unit tests that are written for a user's alerts: promtool runs them, and they prove something."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import prometheus, unit_tests
from gaugewright.model.build import build_model
from gaugewright.model.model import Model
from gaugewright.promql.syntax import SubqueryExpr, walk
from gaugewright.spec.read import read_spec
from gaugewright.spec.reader import read_yaml
from gaugewright.witnesses.known import witness
from hypothesis import given, settings

from tests.emit.hostile import texts
from tests.fragments import BASE

EXAMPLE = Path(__file__).parents[2] / "specs" / "proxywhirl.yaml"
SHAPES = Path(__file__).with_name("alert_shapes.yaml")
AT_ONCE = 9
"""Alerts of one model: promtool evaluates every rule of a file in each of its tests."""


@cache
def example() -> Model:
    return compiled(EXAMPLE.read_text(), EXAMPLE.name)


def compiled(text: str, file: str) -> Model:
    compilation = compile_text(text, file)
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


@cache
def every_shape() -> Model:
    """Not checked: among the shapes that people write are some that a check finds fault with."""
    reading = read_yaml(SHAPES.read_bytes(), SHAPES.name)
    entries, _ = read_spec(reading.document)
    return build_model(entries, SHAPES.name, "")[0]


def shapes() -> list[Model]:
    """The alerts of all shapes, a few to a model."""
    whole = every_shape()
    starts = range(0, len(whole.alert_rules), AT_ONCE)
    return [replace(whole, alert_rules=whole.alert_rules[start : start + AT_ONCE]) for start in starts]


def written(model: Model, folder: Path) -> list[Path]:
    """The test files, with the rules beside them."""
    files = {**prometheus.emit(model), **unit_tests.emit(model)}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return sorted((folder / "prometheus" / "tests").iterdir())


def run(promtool: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, "test", "rules", *files], capture_output=True, text=True)


def cases(model: Model) -> dict[str, dict[str, Any]]:
    """The tests by their names."""
    return {
        test["name"]: test for content in unit_tests.emit(model).values() for test in yaml.safe_load(content)["tests"]
    }


def without(model: Model) -> list[str]:
    """The comment lines that name an alert without a test."""
    text = unit_tests.emit(model)["prometheus/tests/alerts.test.yml"].decode()
    return [line for line in text.splitlines() if line.startswith("# ") and "no series were found" in line]


def test_every_alert_of_the_example_fires_and_stays_silent(promtool: Path, tmp_path: Path) -> None:
    names = [*(alert.name for alert in example().alert_rules), "proxywhirl_maintenance"]
    wanted = {f"{name} {case}" for name in names for case in ("fires", "stays silent")}
    assert set(cases(example())) == wanted
    [file] = written(example(), tmp_path)
    result = run(promtool, file)
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_fires_is_asserted_with_its_labels_and_its_texts() -> None:
    *_, tested = cases(example())["proxy_pool_high_error_rate fires"]["alert_rule_test"]
    [alert] = tested["exp_alerts"]
    assert alert["exp_labels"] == {"pool": "us-east", "severity": "warning"}
    assert alert["exp_annotations"]["summary"] == "High error rate in proxy pool us-east"
    assert alert["exp_annotations"]["description"].startswith("10% of the requests through us-east")


def test_an_alert_is_seen_to_wait_before_it_fires() -> None:
    """Nothing fires and something is pending when the condition has held for less than the duration."""
    for name, duration, began in (("proxy_pool_exhausted", 60, 0), ("proxy_latency_p95_high", 600, None)):
        case = cases(example())[f"{name} fires"]
        early, late = case["alert_rule_test"]
        assert early["exp_alerts"] == []
        [pending] = case["promql_expr_test"]
        assert pending["eval_time"] == early["eval_time"]
        assert "pending" in pending["expr"]
        assert began is None or began + duration - 15 == seconds(early["eval_time"])
        assert seconds(early["eval_time"]) < seconds(late["eval_time"])


def seconds(text: str) -> int:
    return sum(int(n) * {"h": 3600, "m": 60, "s": 1}[unit] for n, unit in re.findall(r"(\d+)([hms])", text))


@pytest.mark.parametrize(("wait", "expected"), [("45s", "too short"), ("5m", "too long")])
def test_another_duration_would_be_noticed(wait: str, expected: str, promtool: Path, tmp_path: Path) -> None:
    """A rule that waits a minute, and the test against one that waits for less or for more."""
    alert = replace(example().alert_rules[1], duration="60s")
    [file] = written(replace(example(), alert_rules=(alert,)), tmp_path)
    assert run(promtool, file).returncode == 0
    rules = tmp_path / "prometheus" / "rules" / "alerts.yml"
    read = yaml.safe_load(rules.read_text())
    for rule in read["groups"][0]["rules"]:
        rule["for"] = wait
    rules.write_text(yaml.safe_dump(read))
    assert run(promtool, file).returncode != 0, expected


def test_where_labels_allow_one_series_fires_while_its_neighbour_does_not() -> None:
    """The neighbour has another pool, and the condition compares it too."""
    for alert in ("proxy_pool_high_error_rate", "proxy_pool_exhausted", "proxy_latency_p95_high"):
        case = cases(example())[f"{alert} fires"]
        pools = {pool for one in case["input_series"] for pool in re.findall(r'pool="([^"]*)"', one["series"])}
        firing = {one["exp_labels"]["pool"] for one in case["alert_rule_test"][-1]["exp_alerts"]}
        assert len(pools) == 2
        assert len(firing) == 1
        assert firing < pools


def test_a_condition_without_labels_has_no_neighbour() -> None:
    [alert] = [alert for alert in every_shape().alert_rules if alert.name == "absent"]
    assert not witness(every_shape(), alert, fires=True).neighbours


OWN = """
    tests:
      - name: home fails and search does not
        input_series:
          - {metric: shop_requests_total, labels: {route: home, status: error}, values: 0+30x60}
          - {metric: shop_requests_total, labels: {route: search, status: error}, values: 0+1x60}
        eval_time: 15m
        firing: [{route: home, severity: warning}]
      - name: an accident of two minutes
        interval: 1m
        input_series: [{metric: shop_requests_total, labels: {route: home, status: error}, values: 0 60 120 120x20}]
        eval_time: 20m
        firing: []
"""


def with_own(tests: str) -> Model:
    return compiled(BASE.rstrip() + tests, "shop.yaml")


def test_a_users_own_tests_stand_beside_the_others_and_pass(promtool: Path, tmp_path: Path) -> None:
    model = with_own(OWN)
    first, last = (cases(model)[f"shop_many_errors: {name}"] for name in
                   ("home fails and search does not", "an accident of two minutes"))  # fmt: skip
    assert first["input_series"][0]["series"] == (
        'shop_requests_total{instance="localhost:9100", job="shop", route="home", status="error"}'
    )
    assert [asked["exp_samples"] for asked in last["promql_expr_test"]] == [[]]
    files = written(model, tmp_path)
    assert [file.name for file in files] == ["alerts-every-60s.test.yml", "alerts.test.yml"]
    done = run(promtool, *files)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        OWN.replace("firing: [{route: home, severity: warning}]", "firing: []"),
        OWN.replace("firing: [{route: home, severity: warning}]", "firing: [{route: search}]"),
        OWN.replace("firing: [{route: home, severity: warning}]", "firing: [{route: home}, {route: search}]"),
        OWN.replace("firing: []", "firing: [{}]"),
    ],
)
def test_a_users_test_that_is_not_met_fails(wrong: str, promtool: Path, tmp_path: Path) -> None:
    assert run(promtool, *written(with_own(wrong), tmp_path)).returncode != 0


def test_samples_are_written_as_promtool_reads_them(promtool: Path, tmp_path: Path) -> None:
    for number, values in enumerate(("0", "5x3", "-1.5e2-.5x3 _ 2", "_x4 stale 7", "+Inf NaN -Inf Inf", "1+1x2 1-1x2")):
        test = f"""
    tests:
      - input_series: [{{metric: shop_queue_length, values: "{values}"}}]
        eval_time: 1m
        firing: []
"""
        done = run(promtool, *written(with_own(test), tmp_path / str(number)))
        assert done.returncode == 0, values + done.stdout + done.stderr


def test_a_test_that_fires_is_a_witness() -> None:
    """For this condition no series are found, and it has none; its own test says otherwise and is believed."""
    hard = BASE.replace("query: sum by (route) (rate(shop_requests_total{status=\"error\"}[5m]))",
                        "query: changes(shop_queue_length[5m])").replace("threshold: 0.5", "threshold: 50")  # fmt: skip
    hard = hard.replace("{{ $labels.route }}", "the queue")
    own = """
    tests:
      - {input_series: [{metric: shop_queue_length, values: 0+1x99}], interval: 1s, eval_time: 99s, firing: [{}]}
"""
    assert [item.code for item in compile_text(hard, "shop.yaml").diagnostics] == ["no-witness"]
    assert not compile_text(hard.rstrip() + own, "shop.yaml").diagnostics


def test_what_stays_silent_has_data() -> None:
    for name, case in cases(example()).items():
        if name.endswith("silent"):
            assert case["input_series"], name
            assert [tested["exp_alerts"] for tested in case["alert_rule_test"]] == [[]]


@pytest.mark.slow
def test_alerts_of_all_shapes_fire_and_stay_silent(promtool: Path, tmp_path: Path) -> None:
    files = [file for number, model in enumerate(shapes()) for file in written(model, tmp_path / str(number))]
    result = run(promtool, *files)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_shapes_without_witnesses_are_named_with_a_reason() -> None:
    missing = [line for model in shapes() for line in without(model)]
    tested = [name for model in shapes() for name in cases(model)]
    assert len(tested) + len(missing) == 2 * len(every_shape().alert_rules)
    assert [line.split(":")[0].removeprefix("# ") for line in missing] == ["hole", "clock", "calendar", "calendar"]


def test_the_series_have_only_declared_labels_and_values() -> None:
    example_model = example()
    for case in cases(example_model).values():
        for given_series in case["input_series"]:
            name, _, inside = given_series["series"].partition("{")
            labels = dict(part.split("=") for part in inside.rstrip("}").split(", "))
            domains = {
                **{label.name: label for label in example_model.series[name].labels},
                **example_model.target_labels,
            }
            assert set(labels) == set(domains)
            for label, value in labels.items():
                values = domains[label].values
                assert values is None or value.strip('"') in values


def test_a_wrong_condition_would_be_noticed(promtool: Path, tmp_path: Path) -> None:
    """The tests of the spec as it is, run against rules that were turned round: all have to fail."""
    [file] = written(example(), tmp_path)
    alerts = tmp_path / "prometheus" / "rules" / "alerts.yml"
    read = yaml.safe_load(alerts.read_text())
    for rule in read["groups"][0]["rules"]:
        operator = next(op for op in (" > ", " < ", " >= ", " == ") if op in rule["expr"])
        rule["expr"] = rule["expr"].replace(operator, {" < ": " >= ", " == ": " != "}.get(operator, " < "))
    alerts.write_text(yaml.safe_dump(read))
    result = run(promtool, file)
    assert result.returncode != 0
    for name in cases(example()):
        assert f"name: {name}," in result.stdout + result.stderr


def test_where_a_text_cannot_be_foretold_the_firing_series_is_asserted(promtool: Path, tmp_path: Path) -> None:
    alert = replace(example().alert_rules[0], description="{{ $value | humanizeTimestamp }} {{ query `up` }}")
    model = replace(example(), alert_rules=(alert,))
    *_, tested = cases(model)["proxy_pool_high_error_rate fires"]["promql_expr_test"]
    assert tested["exp_samples"][0]["labels"] == (
        'ALERTS{alertname="proxy_pool_high_error_rate", alertstate="firing", pool="us-east", severity="warning"}'
    )
    assert run(promtool, *written(model, tmp_path)).returncode == 0


def test_where_a_label_cannot_be_foretold_the_firing_alerts_are_counted(promtool: Path, tmp_path: Path) -> None:
    alert = replace(example().alert_rules[1], labels={"host": "{{ reReplaceAll `:.*` `` $labels.instance }}"})
    model = replace(example(), alert_rules=(alert,))
    *_, tested = cases(model)["proxy_pool_exhausted fires"]["promql_expr_test"]
    assert tested["expr"].startswith("count(ALERTS{")
    assert run(promtool, *written(model, tmp_path)).returncode == 0


def test_long_ranges_are_tested_in_long_steps_in_a_file_of_their_own() -> None:
    [long] = [model for model in shapes() if any(alert.name == "month_rate" for alert in model.alert_rules)]
    files = {path.rsplit("/", 1)[1] for path in unit_tests.emit(long)}
    assert files == {"alerts.test.yml", "alerts-every-1800s.test.yml", "alerts-every-7200s.test.yml"}


def test_an_expression_that_takes_too_long_is_named_instead_of_computed() -> None:
    [subquery] = [alert for alert in every_shape().alert_rules if alert.name == "subquery"]
    [step] = [node.step for node in walk(subquery.query.tree) if isinstance(node, SubqueryExpr)]
    assert step is not None
    tree = replace_in(subquery.query.tree, step, replace(step, seconds=0.01))
    model = replace(every_shape(), alert_rules=(replace(subquery, query=replace(subquery.query, tree=tree)),))
    assert all("very many samples" in line for line in without(model))
    assert len(without(model)) == 2


def replace_in(node: Any, old: Any, new: Any) -> Any:
    """The tree with one of its parts (the very object) replaced."""
    if node is old:
        return new
    if isinstance(node, tuple):
        return tuple(replace_in(item, old, new) for item in node)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{item.name: replace_in(getattr(node, item.name), old, new) for item in fields(node)})
    return node


def test_a_spec_without_alerts_has_an_empty_test_file(promtool: Path, tmp_path: Path) -> None:
    files = written(replace(example(), alert_rules=()), tmp_path)
    assert [file.name for file in files] == ["alerts.test.yml"]
    assert run(promtool, *files).returncode == 0


@settings(max_examples=15)
@given(one=texts.filter(bool), two=texts.filter(bool))
def test_no_text_breaks_out_of_the_test_file(one: str, two: str) -> None:
    alert = replace(
        example().alert_rules[1], summary=one, description=two, annotations={}, labels={"x": one}, suppression=None
    )
    service = replace(example().service, target_labels={"environment": two})
    labels = {**example().target_labels}
    labels["environment"] = replace(labels["environment"], values=(two,))
    model = replace(example(), alert_rules=(alert,), service=service, target_labels=labels, spec_name=one)
    firing = cases(model)["proxy_pool_exhausted fires"]
    if "{{" not in one + two:
        [expected] = firing["alert_rule_test"][-1]["exp_alerts"]
        assert expected["exp_annotations"] == {"summary": one, "description": two}
        assert expected["exp_labels"]["x"] == one
        assert expected["exp_labels"]["environment"] == two
    assert len(firing["input_series"]) == 2  # and a pool beside it that does not fire


def test_the_same_spec_gives_the_same_bytes() -> None:
    again = compiled(EXAMPLE.read_text(), EXAMPLE.name)
    assert unit_tests.emit(again) == unit_tests.emit(example())
