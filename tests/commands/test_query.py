"""`gaugewright query`: the JSON of the contract, the text for people, and what bad input gives."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gaugewright.cli import cli

from tests.fragments import BASE

EXAMPLE = Path(__file__).parent.parent.parent / "specs" / "proxywhirl.yaml"
QUANTILE = "histogram_quantile(0.95, sum by (pool, le) (rate(proxywhirl_request_duration_seconds_bucket[5m])))"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(cli, ["query", *(str(argument) for argument in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def answer(expression: str, code: int = 0) -> dict[str, Any]:
    result = run(EXAMPLE, expression, "--format", "json")
    assert result.exit_code == code, result.output
    return json.loads(result.output)  # type: ignore[no-any-return]


def test_the_json_is_that_of_the_contract() -> None:
    assert answer(QUANTILE) == {
        "type": "vector",
        "labels": {"pool": {"presence": "always", "values": ["us-east", "us-west", "eu-central", "ap-south"]}},
        "unit": "seconds",
        "range": [0.0, 10.0],
        "max_series": 4,
        "diagnostics": [],
    }


def test_an_open_domain_has_no_values_and_a_bound() -> None:
    found = answer("sum by (source) (rate(proxywhirl_fetched_proxies_total[5m]))")
    assert found["labels"] == {"source": {"presence": "always", "values": None}}
    assert (found["unit"], found["range"], found["max_series"]) == ("1/second", [0.0, None], 40)


@pytest.mark.parametrize(
    ("expression", "kind"), [("1 + 1", "scalar"), ('"text"', "string"), ("up[5m]", "matrix"), ("up", "vector")]
)
def test_every_type_of_value_has_its_word(expression: str, kind: str) -> None:
    assert answer(expression)["type"] == kind


def test_bounds_are_shown_without_the_last_digits() -> None:
    assert answer("pool:proxywhirl_errors:ratio5m > 0.05")["range"] == [0.05, 1.0]


@pytest.mark.parametrize("expression", ["rate(up[5m]", "", "up{", "rate(up)", "($x"])
def test_what_cannot_be_read_is_a_finding_at_its_characters(expression: str) -> None:
    found = answer(expression, code=1)
    assert (found["type"], found["labels"]) == (None, {})
    assert found["diagnostics"][0]["file"] == "<query>"
    assert run(EXAMPLE, expression).exit_code == 1


def test_an_unknown_metric_is_found_under_its_characters() -> None:
    result = run(EXAMPLE, "sum(proxywhirl_request_total)")
    assert result.exit_code == 1
    line, carets = result.output.split("1 | ")[1].split("\n")[:2]
    assert line[carets.index("^") - 4 : carets.rindex("^") - 3] == "proxywhirl_request_total"
    assert 'Did you mean "proxywhirl_requests_total"?' in result.output


def test_the_text_says_what_each_step_does() -> None:
    shown = run(EXAMPLE, QUANTILE).output
    assert "values  0 to 10; NaN is possible" in shown
    steps = shown.strip().split("\n\n")[1].split("\n")
    assert [step.split("  ")[0] == "" for step in steps] == [False, True, True, True]
    assert "drops le and keeps pool" in steps[0]
    assert "drops job, instance and environment" in steps[1]
    assert "drops the metric's name; in 1/second" in steps[2]
    assert "at most 28 series" in steps[3]


def test_a_dashboards_variables_are_known() -> None:
    assert answer('proxywhirl_pool_size{pool=~"$pool"}')["max_series"] == 4
    assert answer('proxywhirl_pool_size{pool=~"$pond"}', code=1)["diagnostics"][0]["code"] == "unknown-variable"


def test_a_spec_with_errors_or_none_is_told_instead(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("gaugewright: 1\n", "utf-8")
    assert run(broken, "up").exit_code == 1
    assert json.loads(run(broken, "up", "--format", "json").output)["diagnostics"]
    assert run(tmp_path / "missing.yaml", "up").exit_code == 2


def test_an_expression_of_several_lines_is_pointed_at_in_its_line() -> None:
    found = answer("sum(\n  nowhere_total\n)", code=1)["diagnostics"][0]
    assert (found["line"], found["column"], found["end_column"]) == (2, 3, 16)


def test_a_feature_flag_of_the_spec_allows_what_is_experimental(tmp_path: Path) -> None:
    spec = tmp_path / "shop.yaml"
    spec.write_text(BASE, "utf-8")
    query = "mad_over_time(shop_queue_length[5m])"
    assert run(spec, query).exit_code == 1
    flag = "service:\n  feature_flags: [promql-experimental-functions]"
    spec.write_text(BASE.replace("service:", flag, 1), "utf-8")
    assert run(spec, query).exit_code == 0


def test_the_commands_page_shows_what_is_printed() -> None:
    page = (EXAMPLE.parent.parent / "docs" / "commands.md").read_text("utf-8")
    (text,) = re.findall(r"^```text query\n(.*?)^```$", page, re.M | re.S)
    (shape,) = re.findall(r"^```json query\n(.*?)^```$", page, re.M | re.S)
    assert run(EXAMPLE, QUANTILE).output == text
    assert answer(QUANTILE) == json.loads(shape)
