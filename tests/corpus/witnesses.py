"""`python -m tests.corpus.witnesses PATH...`: which alerts that others wrote can be shown firing and staying silent.

There is no spec: each series that a query names is taken to exist with the labels that the query names, of any value.
Witnesses are looked for as for a spec's alerts, and promtool judges each with the alert's own `for`. Alerts that can
never fire are left out, with those that are no PromQL. Prints what has no witness, with the reason, and the shares.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gaugewright.emit.unit_tests import series_text, values_text
from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.model.model import Model
from gaugewright.promql.literals import duration_seconds
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Expr, VectorSelector, walk
from gaugewright.promql.types.example import example
from gaugewright.spec.source import Source
from gaugewright.witnesses import Condition, Unsolvable, Witness, find

from tests import verifiers
from tests.corpus.judge import nothing, verdicts
from tests.corpus.rules import Rule, read_rules, rule_files

BOUNDS = (*(f"{digit}e{power}" for power in range(-3, 7) for digit in (1, 2.5, 5)), "+Inf")
"""Buckets of a histogram of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of one alert: its witnesses, firing and silent, or why there is none."""

    rule: Rule
    duration: int
    found: Mapping[bool, Witness | str]


def outcomes(rules: Sequence[Rule]) -> Iterator[Outcome]:
    """One for each alert that can fire."""
    for verdict in verdicts(rules, {}):
        if verdict.fires is None or verdict.fires == "never" or verdict.rule.records:
            continue
        tree = parse(str(verdict.rule.query.value())).tree
        if tree is None:
            continue
        duration = _duration(verdict.rule)
        model = imagined(tree)
        found = {fires: _found(model, Condition(tree, duration), fires) for fires in (True, False)}
        yield Outcome(verdict.rule, duration, found)


def _found(model: Model, condition: Condition, fires: bool) -> Witness | str:
    try:
        return find(model, condition, fires)
    except Unsolvable as problem:
        return str(problem)


def _duration(rule: Rule) -> int:
    beside = Source(rule.document, rule.query.path[:-1]).at("for")
    return int(duration_seconds(str(beside.value())) or 0) if beside.exists() else 0


def imagined(tree: Expr) -> Model:
    """A model in which all series of a query exist, with all labels that it names."""
    found = [node for node in walk(tree) if isinstance(node, VectorSelector)]
    labels = {matcher.label.text for node in found for matcher in node.matchers} | set(_listed(tree))
    labels |= {"job", "instance"}
    series: dict[str, Series] = {}
    for name in {name for node in found for name in _names(node)}:
        own = [LabelDomain(label, max_values=100) for label in sorted(labels - {"__name__", "le"})]
        if name.endswith("_bucket"):
            named = [m.value.text for node in found for m in node.matchers if m.label.text == "le" and m.op.text == "="]
            own.append(LabelDomain("le", values=tuple(sorted({*BOUNDS, *named}, key=float))))
        series[name] = Series(name, "gauge", tuple(own), name, "scraped", labels_known=False)
    return replace(nothing(), series=series, target_labels={}, recording_rules=())


def _listed(tree: Expr) -> Iterator[str]:
    for node in walk(tree):
        lists = (node.grouping,) if isinstance(node, Aggregate) else ()
        lists = (node.matching, node.group) if isinstance(node, BinaryExpr) else lists
        yield from (label.text for found in lists if found is not None for label in found.labels)


def _names(node: VectorSelector) -> Iterator[str]:
    if node.name is not None:
        yield node.name.text
    for matcher in node.matchers if node.name is None else ():
        if matcher.label.text == "__name__":
            name = matcher.value.text if matcher.op.text == "=" else example(matcher.value.text)
            if name is not None:
                yield name


def judged(promtool: Path, found: Sequence[Outcome]) -> Iterator[tuple[int, bool]]:
    """Number and kind of the witnesses that promtool does not agree with."""
    by_interval: dict[int, list[tuple[int, bool, Witness]]] = {}
    for number, outcome in enumerate(found):
        for fires, witness in outcome.found.items():
            if isinstance(witness, Witness):
                by_interval.setdefault(witness.interval, []).append((number, fires, witness))
    for interval, cases in by_interval.items():
        for begin in range(0, len(cases), 50):
            yield from _asked(promtool, interval, found, cases[begin : begin + 50])


def _asked(
    promtool: Path, interval: int, found: Sequence[Outcome], cases: Sequence[tuple[int, bool, Witness]]
) -> Iterator[tuple[int, bool]]:
    """A file of tests; each has its alert alone among the rules, so no other can be meant."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in {number for number, _, _ in cases}:
            outcome = found[number]
            rule = {"alert": f"A{number}", "expr": outcome.rule.query.value(), "for": f"{outcome.duration}s"}
            rules = {"groups": [{"name": "g", "rules": [rule]}]}
            (folder / f"rules-{number}.yml").write_text(json.dumps(rules), "utf-8")
        wrong = []
        for number, fires, witness in cases:
            file = folder / f"{number}-{fires}.yml"
            file.write_text(json.dumps(_test_file(number, witness, interval)), "utf-8")
            wrong.append((file.name, (number, fires)))
        done = subprocess.run(
            [promtool, "test", "rules", *(file for file, _ in wrong)],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        failed = _failed(done.stdout + done.stderr, [file for file, _ in wrong])
        yield from (case for file, case in wrong if file in failed)


def _failed(output: str, files: Sequence[str]) -> set[str]:
    """promtool names each file as it begins, and says SUCCESS or FAILED of it."""
    parts = re.split(r"(?:Processing test file|Unit Testing): +(\S+)", output)
    said = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {file for file in files if "SUCCESS" not in said.get(file, "")}


def _test_file(number: int, witness: Witness, interval: int) -> dict[str, object]:
    count = witness.time // witness.step + 1
    series = [{"series": series_text(line), "values": values_text(line, witness.step, count)} for line in witness.lines]
    asked = [_counted(number, "firing", witness.time, len(witness.firing))]
    if witness.waiting is not None:
        asked += [_counted(number, "firing", witness.waiting, 0), _is_pending(number, witness.waiting)]
    return {
        "rule_files": [f"rules-{number}.yml"],
        "evaluation_interval": f"{interval}s",
        "tests": [{"interval": f"{witness.step}s", "input_series": series, "promql_expr_test": asked}],
    }


def _counted(number: int, state: str, time: int, count: int) -> dict[str, object]:
    expr = f'count(ALERTS{{alertname="A{number}",alertstate="{state}"}}) or vector(0)'
    return {"expr": expr, "eval_time": f"{time}s", "exp_samples": [{"labels": "{}", "value": count}]}


def _is_pending(number: int, time: int) -> dict[str, object]:
    expr = f'count(ALERTS{{alertname="A{number}",alertstate="pending"}}) > bool 0'
    return {"expr": expr, "eval_time": f"{time}s", "exp_samples": [{"labels": "{}", "value": 1}]}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.witnesses", description="Alerts shown at work.")
    parser.add_argument("paths", type=Path, nargs="+", help="files of rules, or folders of them")
    options = parser.parse_args(arguments)
    promtool = verifiers.program("current", "promtool")
    if promtool is None:
        print(verifiers.why_missing("current"), file=sys.stderr)
        return 2
    rules = [rule for path in options.paths for file in rule_files(path) for rule in read_rules(file)]
    begin = time.process_time()
    found = list(outcomes(rules))
    seconds = time.process_time() - begin
    refused = set(judged(promtool.resolve(), found))
    whole = 0
    for number, outcome in enumerate(found):
        lost = [_told(outcome, fires, (number, fires) in refused) for fires in (True, False)]
        whole += not any(lost)
        for text in filter(None, lost):
            print(text)
    firing = [(outcome, outcome.found[True]) for outcome in found]
    waits = [witness.waiting is not None for one, witness in firing if isinstance(witness, Witness) and one.duration]
    beside = [witness.neighbours for _, witness in firing if isinstance(witness, Witness)]
    print(f"{len(found)} alerts, {whole} with both witnesses: {whole / max(len(found), 1):.1%}")
    print(f"{sum(waits)} of {len(waits)} with `for` wait first, {sum(beside)} fire beside a series that does not")
    print(f"found in {seconds:.1f} s")
    return 0


def _told(outcome: Outcome, fires: bool, refused: bool) -> str:
    witness = outcome.found[fires]
    kind = "fires" if fires else "stays silent"
    reason = witness if isinstance(witness, str) else "promtool does not agree" if refused else ""
    query = " ".join(str(outcome.rule.query.value()).split())
    return f"{outcome.rule.name} {kind}: {reason}\n    {query}" if reason else ""


if __name__ == "__main__":
    sys.exit(main())
