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


STEPS = {
    "proxywhirl_pool_healthy / proxywhirl_pool_size": "matched by job, instance, environment and pool",
    "proxywhirl_pool_size / on (pool) sum by (pool) (proxywhirl_pool_healthy)": "matched by pool",
    "sum(proxywhirl_pool_healthy) / sum(proxywhirl_pool_size)": "the one series of each side",
    "proxywhirl_circuit_breakers * on (pool) group_left (job) proxywhirl_pool_size": "matched by pool, many on the "
    "left to one on the right, whose job it copies",
    "proxywhirl_pool_size > 10": "keeps what it holds for; values 10 or more",
    "proxywhirl_pool_size > bool 10": "drops the metric's name; in no unit; values 0 to 1, whole",
    "proxywhirl_pool_size and on (pool) proxywhirl_pool_healthy": "the left side where the right has the same pool",
    "proxywhirl_pool_size unless on () vector(1) == 2": "the left side if there is nothing on the right",
    "sum(proxywhirl_pool_size) or vector(0)": "the left side, or else the right",
    "topk by (pool) (1, proxywhirl_circuit_breakers)": "some of the series of each pool, as they are; at most 4 series",
    "absent(proxywhirl_pool_size)": "1 where there is nothing; drops all labels",
    'label_replace(proxywhirl_pool_size, "land", "$1", "pool", "(us|eu)-.*")': "adds land (us, eu, or missing)",
    "rate(proxywhirl_requests_total[5m])[1h:1m]": "its values over 1h, every 1m",
    "max_over_time(rate(proxywhirl_requests_total[5m])[1h:1m])": "keeps labels, unit and bounds",
    'proxywhirl_pool_size{pool="none"}': "gauge; no series",
}


@pytest.mark.parametrize("expression", STEPS)
def test_each_operation_has_its_words(expression: str) -> None:
    shown = run(EXAMPLE, expression).output
    step = re.split(r"\n\n", shown)[1].split("\n")[0]
    assert STEPS[expression] in step, step


def test_what_never_has_a_result_shows_nothing_that_could_be_taken_for_one() -> None:
    shown = run(EXAMPLE, 'proxywhirl_pool_size{pool="none"} > 5').output
    assert shown.split("\n\n")[0].split("\n") == ["type   vector, no series", "there  never: whatever the service does"]
    assert "value-outside-domain" in shown


def test_a_range_alone_is_judged_as_a_range() -> None:
    assert answer("proxywhirl_requests_total[5m]")["diagnostics"] == []
    assert answer("proxywhirl_pol_size[5m]", code=1)["diagnostics"][0]["column"] == 1


def test_a_plain_number_and_a_text_are_said_to_be_so() -> None:
    assert "a plain number fits every unit" in run(EXAMPLE, "5").output
    assert run(EXAMPLE, '"text"').output.split("\n")[0] == "type  string"


HOSTILE = {
    "five hundred parentheses": "(" * 500 + "up" + ")" * 500,
    "a hundred kilobytes": "sum(up) + " * 10_000 + "1",
    "a hundred kilobytes of one name": "a" * 100_000,
    "a list of a thousand": "sum by (" + ", ".join(f"l{number}" for number in range(1000)) + ") (up",
    "an expression that doubles": 'proxywhirl_pool_size{pool=~"(a|a)*b"}',
    "an expression that nests repetitions": 'proxywhirl_pool_size{pool=~"(x+x+)+y"}',
    "an expression without end": 'proxywhirl_pool_size{pool=~"' + "(.*)" * 50 + 'x"}',
    "brackets that cross": "sum(up[5m)]",
    "no character at all": "\0\0\0",
    "half a string": 'proxywhirl_pool_size{pool="',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_input_is_a_finding(what: str) -> None:
    found = answer(HOSTILE[what], code=1)
    assert [item["severity"] for item in found["diagnostics"]][:1] == ["error"]
    assert run(EXAMPLE, HOSTILE[what]).output.count("\n") < 40


def test_a_dashboards_variables_are_known() -> None:
    assert answer('proxywhirl_pool_size{pool=~"$pool"}')["max_series"] == 4
    assert answer('proxywhirl_pool_size{pool=~"$pond"}', code=1)["diagnostics"][0]["code"] == "unknown-variable"


def test_a_variable_may_choose_the_function_where_its_values_are_known(tmp_path: Path) -> None:
    spec = tmp_path / "proxywhirl.yaml"
    variable = "    variables:\n      - {name: how, values: [sum, avg]}\n"
    spec.write_text(EXAMPLE.read_text("utf-8").replace("    variables:\n", variable, 1), "utf-8")
    for query in ("$how by (pool) (proxywhirl_pool_size)", "${how}(proxywhirl_pool_size) by (pool)"):
        result = run(spec, query, "--format", "json")
        assert (result.exit_code, json.loads(result.output)["type"]) == (0, "vector"), result.output


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
