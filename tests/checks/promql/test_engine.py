"""What the cases call empty, refused or constant is so in Prometheus itself, over series as the spec declares them.

The service's series are all there, as after its start, and grow or vary. promtool's unit tests evaluate.
"""

from __future__ import annotations

import json
import subprocess
from itertools import product
from pathlib import Path

import pytest
import yaml
from gaugewright.model.build import build_model
from gaugewright.model.model import Model
from gaugewright.model.typing import environment_of
from gaugewright.promql.parse import parse
from gaugewright.promql.types import infer
from gaugewright.spec.read import read_spec
from gaugewright.spec.reader import read_yaml

from tests.checks.promql.query_cases import FOLDER, RULES, SPEC, Case, cases, diagnostics

current = pytest.mark.parametrize("promtool", ["current"], indirect=True)
REFUSED = ("many-to-many", "duplicate-series")
IN_RULES = [case for file in sorted(FOLDER.glob("*.txt")) for case in cases(file) if case.where == "rule"]


def model() -> Model:
    entries, _ = read_spec(read_yaml((SPEC + RULES).encode(), "spec.yaml").document)
    return build_model(entries, "spec.yaml", "")[0]


MODEL = model()
ENVIRONMENT = environment_of(MODEL)


def errors(case: Case) -> list[str]:
    return [item.code for item in diagnostics(case) if item.severity == "error"]


def is_empty(case: Case) -> bool:
    parsed = parse(case.query)
    return parsed.tree is not None and infer(parsed.tree, ENVIRONMENT).emptiness == "never has a result"


EMPTY = [case for case in IN_RULES if errors(case) and is_empty(case)]
FAILING = [case for case in IN_RULES if not case.labels and set(errors(case)) & set(REFUSED)]
OVERWRITING = [case for case in IN_RULES if case.labels and set(errors(case)) & set(REFUSED)]
CONSTANT = [case for case in IN_RULES if errors(case) == ["constant-ratio"]]


def input_series() -> list[dict[str, str]]:
    """Each series that the service has after its start, and some of an open label."""
    found = []
    for series in MODEL.series.values():
        if series.origin not in ("declared", "scrape") or not series.labels_known:
            continue
        domains = {label.name: label.values or ("a", "b") for label in series.labels}
        domains |= {label.name: label.values or () for label in MODEL.target_labels.values()}
        for number, values in enumerate(product(*domains.values())):
            labels = ", ".join(f"{name}={json.dumps(value)}" for name, value in zip(domains, values, strict=True))
            growth = f"0+{number + 1}x100" if series.role != "gauge" else f"{number % 2}+0x100"
            found.append({"series": f"{series.name}{{{labels}}}", "values": growth})
    return found


SERIES = input_series()


def judged(promtool: Path, folder: Path, tests: list[dict[str, object]], rules: list[dict[str, object]]) -> str:
    """What promtool says of these unit tests; "" where all hold."""
    groups = [{"name": "rules", "interval": "15s", "rules": [*recorded(), *rules]}]
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": groups}), "utf-8")
    test = {"interval": "15s", "input_series": SERIES, "promql_expr_test": tests}
    whole = {"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": [test]}
    (folder / "test.yml").write_text(yaml.safe_dump(whole), "utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def recorded() -> list[dict[str, object]]:
    return [{"record": rule.name, "expr": rule.query.text} for rule in MODEL.recording_rules]


def asked(query: str, samples: list[dict[str, object]] | None = None) -> dict[str, object]:
    return {"expr": query, "eval_time": "20m", "exp_samples": samples or []}


@current
def test_what_never_has_a_result_has_none(promtool: Path, tmp_path: Path) -> None:
    assert len(EMPTY) > 30
    assert judged(promtool, tmp_path, [asked(case.query) for case in EMPTY], []) == ""


@current
def test_a_ratio_that_is_called_constant_is_so_and_has_a_result(promtool: Path, tmp_path: Path) -> None:
    assert CONSTANT
    ones = [asked(f"({case.query}) != {0 if ' - ' in case.query else 1}") for case in CONSTANT]
    # 0 / 0 is NaN, which is different from all numbers: the gauges that are 0 are left out.
    ones = [test for test in ones if "shop_size / " not in str(test["expr"])]
    there = [asked(f"absent({case.query})") for case in CONSTANT]
    assert judged(promtool, tmp_path, [*ones, *there], []) == ""


@current
@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.query)
def test_what_is_called_refused_fails(promtool: Path, tmp_path: Path, case: Case) -> None:
    said = judged(promtool, tmp_path, [asked(case.query)], [])
    assert "many-to-many" in said or "multiple matches" in said or "same labelset" in said


@current
@pytest.mark.parametrize("case", OVERWRITING, ids=lambda case: case.query)
def test_a_rule_whose_label_makes_two_series_one_fails(promtool: Path, tmp_path: Path, case: Case) -> None:
    rule = {"record": "shop:case:this", "expr": case.query, "labels": yaml.safe_load(case.labels)}
    said = judged(promtool, tmp_path, [asked("absent(shop:case:this)")], [rule])
    assert "same labelset" in said or "duplicate" in said


@current
def test_the_series_of_these_tests_give_results(promtool: Path, tmp_path: Path) -> None:
    """Else nothing would be proven above."""
    honest = [case for case in IN_RULES if not diagnostics(case) and "absent" not in case.query]
    results = [case for case in honest if "shop:case:this" not in case.query]
    said = judged(promtool, tmp_path, [asked(f"absent({case.query})") for case in results], [])
    silent = {case.query for case in results if f"absent({case.query})" in said}
    assert len(silent) < len(results) / 3
