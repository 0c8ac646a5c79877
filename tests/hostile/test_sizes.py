"""Honest in form, absurd in size: queries, values, schedules and patterns that cost more than they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fragments import BASE
from tests.hostile.command import Run, checked, checked_together, gaugewright


def with_query(query: str) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load(BASE)
    tree["alert_rules"][0]["query"] = query
    return tree


def with_values(values: list[str]) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load(BASE)
    tree["labels"]["route"] = values
    tree["metrics_config"]["label_cardinality_limit"] = 10_000
    return tree


def with_alert(**fields: Any) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load(BASE)
    tree["alert_rules"][0] |= fields
    return tree


def muted(schedule: str, **fields: Any) -> dict[str, Any]:
    return with_alert(suppression_enabled=True, suppression_schedule=schedule, **fields)


def written(tree: Any) -> str:
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def built(folder: Path, tree: Any) -> Run:
    """`build`, which checks and writes."""
    (folder / "spec.yaml").write_text(written(tree), "utf-8")
    return gaugewright(folder, "build", "spec.yaml")


SELECTOR = 'sum by (route) (rate(shop_requests_total{status="error"}[5m]))'

QUERIES = {
    "100 kB": " + ".join([SELECTOR] * 1500),
    "500 parentheses": "(" * 500 + SELECTOR + ")" * 500,
    "500 open parentheses": "(" * 500 + SELECTOR,
    "500 calls": "abs(" * 500 + SELECTOR + ")" * 500,
    "500 signs": "-" * 500 + SELECTOR,
    "500 subqueries": SELECTOR + "[5m:1m]" * 500,
    "100 kB of a name": "a" * 100_000,
    "100 kB of digits": "1" * 100_000,
    "100 kB in quotes": 'shop_queue_length{x="' + "a" * 100_000 + '"}',
    "100 kB of braces": "{" * 100_000,
    "100 kB of nothing": " " * 100_000,
    "100 kB of comments": "#\n" * 50_000,
    "100 kB of backslashes": 'shop_queue_length{x="' + "\\" * 100_000,
    "a duration of digits": f"rate(shop_requests_total[{'9' * 5000}m])",
    "a pattern that backtracks": 'shop_requests_total{route=~"' + "(a+)+" * 40 + 'b"}',
    "a pattern of repetitions": 'shop_requests_total{route=~"((a{1,100}){1,100}){1,100}"}',
    "a pattern of alternatives": 'shop_requests_total{route=~"' + "|".join(f"r{n}" for n in range(8_000)) + '"}',
    "a pattern of parentheses": 'shop_requests_total{route=~"' + "(" * 900 + ")" * 900 + '"}',
    "a pattern of optional letters": 'shop_requests_total{route=~"' + "x?" * 500 + "x" * 500 + '"}',
    "a pattern of classes": 'shop_requests_total{route=~"' + r"\\pL[^a-z]*" * 500 + '"}',
    "many matchers": "shop_requests_total{" + ", ".join(f'route!="r{n}"' for n in range(3000)) + "}",
    "many labels": f"sum by ({', '.join(f'l{n}' for n in range(3000))}) (shop_requests_total)",
}


def test_absurd_queries_are_read_or_refused(tmp_path: Path) -> None:
    found = checked_together(tmp_path, {what: written(with_query(query)) for what, query in QUERIES.items()})
    refused = {what for what, items in found.items() if items}
    assert refused >= {what for what in QUERIES if what.startswith(("100 kB", "500"))}


@pytest.mark.parametrize("what", ["100 kB of a name", "100 kB in quotes", "500 parentheses"])
def test_what_is_shown_of_an_absurd_query_is_short(what: str, tmp_path: Path) -> None:
    assert len(checked(tmp_path, written(with_query(QUERIES[what]))).out) < 2000


PATTERNS = ("(a+)+b", "(a|aa)*c", "(a|a?)+$", "([a-zA-Z]+)*d", "(.*)*e", "(.*a){20}", "(a*)*" * 10 + "f")


def test_patterns_that_backtrack_meet_long_values(tmp_path: Path) -> None:
    """Regular expressions over the declared values: Go's never backtrack, and ours must not."""
    tree = with_values(["a" * 3000, "a" * 3000 + "!", "home"])
    tree["alert_rules"] = [
        {
            **tree["alert_rules"][0],
            "name": f"alert_{n}",
            "query": f'rate(shop_requests_total{{route=~"{pattern}"}}[5m])',
        }
        for n, pattern in enumerate(PATTERNS)
    ]
    assert built(tmp_path, tree).code in (0, 1)


def test_a_value_of_60_000_characters_is_a_value(tmp_path: Path) -> None:
    assert built(tmp_path, with_values(["a" * 60_000, "b" * 60_000])).code in (0, 1)


def test_1_500_values_are_values(tmp_path: Path) -> None:
    assert built(tmp_path, with_values([f"value-{n}" for n in range(1500)])).code == 0


def test_5_000_labels_of_a_metric_are_refused(tmp_path: Path) -> None:
    tree = with_values(["a", "b"])
    tree["labels"] |= {f"label_{n}": ["a"] for n in range(5000)}
    tree["metrics"][0]["labels"] += [f"label_{n}" for n in range(5000)]
    assert built(tmp_path, tree).code in (0, 1)


def test_labels_whose_product_is_beyond_all_numbers_are_counted(tmp_path: Path) -> None:
    tree = with_values(["a", "b"])
    tree["labels"] |= {f"label_{n}": [f"v{m}" for m in range(50)] for n in range(200)}
    tree["metrics"][0]["labels"] += [f"label_{n}" for n in range(200)]
    done = built(tmp_path, tree)
    assert done.code == 1
    assert "cardinality-exceeded" in done.out


SCHEDULES = {
    "many steps": ",".join(f"*/{n}" for n in range(1, 60)) + " * * * *",
    "every minute in words": ",".join(map(str, range(60))) + " " + ",".join(map(str, range(24))) + " * * *",
    "100 kB": ",".join(["1"] * 50_000) + " * * * *",
    "scattered": "1,3,7,13,19,29,37,41,53 1,5,11,17,23 1,2,4,8,16,31 1,3,7,12 *",
    "days of both kinds": "7 */7 */2 */5 1,3,5",
    "a step of zero": "*/0 * * * *",
    "a step beyond all numbers": f"*/{'9' * 400} * * * *",
    "a range backwards": "59-0 * * * *",
    "many fields": "* " * 5000,
    "nothing": " ",
}


def test_schedules_are_compiled_or_refused(tmp_path: Path) -> None:
    specs = {
        f"{n} {length}": written(muted(schedule, suppression_duration=length, suppression_timezone="Europe/Berlin"))
        for n, schedule in enumerate(SCHEDULES.values())
        for length in ("1m", "45m", "26h", "400d")
    }
    found = checked_together(tmp_path, specs)
    refused = {"a step of zero", "a range backwards", "many fields", "nothing"}
    for number, what in enumerate(SCHEDULES):
        assert found[f"{number} 1m"] or what not in refused, what


TEMPLATES = {
    "open actions": "{{" * 20_000,
    "nested conditions": "{{ if true }}" * 5_000 + "x" + "{{ end }}" * 5_000,
    "nested parentheses": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "a long pipe": "{{ $value" + " | humanize" * 5_000 + " }}",
    "many labels": "{{ $labels.route }}" * 5_000,
    "a comment": "{{/*" + " x" * 50_000 + "*/}}",
    "definitions": '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
    "a range without an end": "{{ range query `up` }}" * 2_000,
    "a long text": "word " * 20_000,
    "fields": "{{ $labels" + ".a" * 5_000 + " }}",
    "digits": "{{ " + "9" * 50_000 + " }}",
    "spaces": "{{" + " " * 100_000 + "}}",
    "addresses, nearly": "1.1.1." * 20_000,
    "more addresses, nearly": "a:" * 50_000,
    "URLs, nearly": "https://" * 10_000 + "a" * 10_000,
    "tokens, nearly": "eyJ" + "a" * 50_000 + "." + "password=" * 5_000,
}


def test_templates_are_read_or_refused(tmp_path: Path) -> None:
    found = checked_together(
        tmp_path, {what: written(with_alert(description=text)) for what, text in TEMPLATES.items()}
    )
    assert found["open actions"]


@pytest.mark.parametrize(
    "what",
    [
        "a long text",
        "many labels",
        "a comment",
    ],
)
def test_long_texts_are_written_in_time(what: str, tmp_path: Path) -> None:
    assert built(tmp_path, with_alert(description=TEMPLATES[what])).code == 0


def test_thousands_of_findings_are_shown_in_time(tmp_path: Path) -> None:
    tree: dict[str, Any] = yaml.safe_load(BASE)
    tree["alert_rules"] = [{**tree["alert_rules"][0], "name": "same", "sumary": "x"} for _ in range(1500)]
    assert checked(tmp_path, written(tree)).code == 1
    assert checked(tmp_path, json.dumps(tree)).code == 1
