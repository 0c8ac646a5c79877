"""Rules without a spec: the files in cases/ draw the findings of expected.txt, and no others.

`GAUGEWRIGHT_UPDATE=1` writes expected.txt anew; read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus.__main__ import main
from tests.corpus.exposition import declared
from tests.corpus.judge import Verdict, verdicts
from tests.corpus.rules import UnreadableFile, read_rules, rule_files

CASES = Path(__file__).parent / "cases"
EXPECTED = Path(__file__).parent / "expected.txt"


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)


def judged() -> list[Verdict]:
    rules = [rule for file in rule_files(Path()) for rule in read_rules(file)]
    return list(verdicts(rules, declared(Path("metrics.txt").read_text("utf-8"))))


def told(found: list[Verdict]) -> Iterator[str]:
    """A line a finding, and one for each rule whose result is known to be or not to be."""
    for verdict in found:
        for item in verdict.findings:
            place = item.place
            yield f"{place.file}:{place.line}:{place.column} {verdict.rule.name}: {item.severity} {item.code}"
        if verdict.fires != "maybe":
            yield f"{verdict.rule.document.file} {verdict.rule.name}: {verdict.fires or 'no query'}"


def test_rules_of_others_draw_the_errors_that_are_surely_true() -> None:
    found = "".join(f"{line}\n" for line in told(judged()))
    if os.environ.get("GAUGEWRIGHT_UPDATE"):
        EXPECTED.write_text(found, "utf-8")
    assert found == EXPECTED.read_text("utf-8")


def test_what_is_declared_is_what_was_exposed() -> None:
    assert set(declared(Path("metrics.txt").read_text("utf-8"))) == {
        "oven_door_open", "dough_kneaded_total", "baking_seconds_bucket", "baking_seconds_sum", "baking_seconds_count",
    }  # fmt: skip


def test_without_the_metrics_nothing_is_said_of_them() -> None:
    rules = list(read_rules(Path("resource.yaml")))
    # Not even of a quantile without `le`: what has no declaration may be a native histogram.
    assert [verdict.rule.name for verdict in verdicts(rules, {}) if verdict.errors] == []


def test_the_command_prints_each_error_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--metrics", "metrics.txt", "."]) == 1
    said = capsys.readouterr().out
    assert said.count("error[") == sum(len(verdict.errors) for verdict in judged())
    assert "warning[" not in said
    assert "never fires: OvensGone (rules.yml:16)" in said
    assert "3 files, 21 alerts, 4 recording rules, 7 texts" in said


def test_a_folder_without_mistakes_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "rules.yml").write_text("groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]", "utf-8")
    assert main([str(tmp_path)]) == 0
    assert "0 errors in 0 rules" in capsys.readouterr().out


def test_what_is_no_yaml_is_told_and_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules.yml").write_text("groups: [", "utf-8")
    with pytest.raises(UnreadableFile):
        list(read_rules(tmp_path / "rules.yml"))
    assert main([str(tmp_path)]) == 2
    assert "rules.yml" in capsys.readouterr().err
