"""possible_labels: the written cases, and that Prometheus's results never have a label more."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from gaugewright.promql.labels import possible_labels
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import VectorSelector
from hypothesis import given
from hypothesis import strategies as st

from tests.promql.case_files import Case, cases

CASES = list(cases("labels.txt"))
LABELS = {
    "requests_total": "pool region status",
    "seconds_bucket": "pool le",
    "size": "pool",
    "info": "pool version",
    "up": "",
    "nothing": "",
}
TARGET = "job instance"
NEWER = re.compile(r"\binfo\(")


def labels_of(node: VectorSelector) -> frozenset[str] | None:
    known = LABELS.get(node.name.text) if node.name is not None else None
    return None if known is None else frozenset(f"{known} {TARGET}".split())


def possible(query: str) -> frozenset[str] | None:
    tree = parse(query).tree
    assert tree is not None, query
    return possible_labels(tree, labels_of)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.query)
def test_the_possible_labels_of_a_result(case: Case) -> None:
    found = possible(case.query)
    if case.expected == "any":
        assert found is None
    else:
        assert found == frozenset(case.expected.replace("-", "").split())


def _series() -> list[dict[str, str]]:
    """Two pools of every metric, every label set; `unknown` has labels that no case expects."""
    written = []
    for name, own in LABELS.items():
        if name == "nothing":
            continue
        for number in ("1", "2"):
            labels = {label: f"{label}{number}" for label in own.split()} | {"job": "job1", "instance": number}
            bounds = ("0.5", "+Inf") if "le" in labels else ("",)
            for bound in bounds:
                shown = {**labels, "le": bound} if bound else labels
                written.append(_written(name, shown))
    written.append(_written("unknown", {"pool": "pool1", "surprise": "x", "job": "job1"}))
    return [{"series": series, "values": "1+1x20"} for series in written]


def _written(name: str, labels: dict[str, str]) -> str:
    return name + "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def _real_label_sets(promtool: Path, folder: Path, queries: list[str]) -> dict[str, list[set[str]]]:
    """The labels of each result's samples: every query is expected to give a sample that no query gives, so
    that promtool prints what it found instead."""
    impossible = [{"labels": 'impossible{impossible="1"}', "value": -12345}]
    expressions = [{"expr": query, "eval_time": "10m", "exp_samples": impossible} for query in queries]
    tests = [{"interval": "1m", "input_series": _series(), "promql_expr_test": expressions}]
    path = folder / "test.yml"
    path.write_text(json.dumps({"rule_files": [], "evaluation_interval": "1m", "tests": tests}), "utf-8")
    run = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, timeout=120)
    found: dict[str, list[set[str]]] = {}
    pattern = r'expr: ("(?:[^"\\]|\\.)*"), time: 10m,(.*?)(?=\n    expr: |\Z)'
    blocks = re.findall(pattern, run.stdout + run.stderr, flags=re.S)
    assert len(blocks) == len(queries), run.stdout + run.stderr
    for expression, result in blocks:
        got = result.partition("got:")[2] if "got:" in result else ""
        samples = re.findall(r"\{([^{}]*)\} [0-9.+-]", got)
        found[json.loads(expression)] = [set(re.findall(r'(\w+)="', sample)) - {"__name__"} for sample in samples]
    return found


def test_prometheus_gives_no_label_that_is_not_possible(promtool: Path, tmp_path: Path) -> None:
    queries = [case.query for case in CASES if not NEWER.search(case.query)]
    real = _real_label_sets(promtool, tmp_path, queries)
    assert sum(bool(samples) for samples in real.values()) > 50
    for query, samples in real.items():
        known = possible(query)
        assert known is None or all(sample <= known for sample in samples), (query, samples, known)


names = st.sampled_from(sorted({*LABELS, "unknown"} - {"nothing"}))
label_lists = st.lists(st.sampled_from(["pool", "region", "status", "le", "version", "job", "x"]), max_size=3).map(
    ", ".join
)
queries = st.recursive(
    names,
    lambda inner: (
        st.builds("sum by ({}) ({})".format, label_lists, inner)
        | st.builds("max without ({}) ({})".format, label_lists, inner)
        | st.builds("topk(1, {})".format, inner)
        | st.builds('count_values by ({}) ("x", {})'.format, label_lists, inner)
        | st.builds('label_replace({}, "x", "$1", "pool", "(.*)")'.format, inner)
        | st.builds("histogram_quantile(0.5, {})".format, inner)
        | st.builds("abs({})".format, inner)
        | st.builds("({}) > 0".format, inner)
        | st.builds("absent({})".format, inner)
        | st.builds("({}) and on ({}) ({})".format, inner, label_lists, inner)
        | st.builds("({}) or ({})".format, inner, inner)
        | st.builds("({}) / on ({}) ({})".format, inner, label_lists, inner)
        | st.builds("({}) / ignoring ({}) ({})".format, inner, label_lists, inner)
        | st.builds("({}) / on (pool) group_left ({}) ({})".format, inner, label_lists, inner)
    ),
    max_leaves=4,
)


@given(queries)
def test_knowing_less_never_takes_a_label_away(query: str) -> None:
    """Sound means monotone: with series of unknown labels, the bound is wider or unknown."""
    tree = parse(query).tree
    if tree is None:
        return
    known = possible_labels(tree, labels_of)
    for hidden in LABELS:
        less = possible_labels(tree, lambda node, hidden=hidden: _unless(node, hidden))
        assert less is None or known is None or known <= less


def _unless(node: VectorSelector, hidden: str) -> frozenset[str] | None:
    return None if node.name is not None and node.name.text == hidden else labels_of(node)


def test_prometheus_agrees_on_queries_at_random(promtool: Path, tmp_path: Path) -> None:
    made: list[str] = []

    @given(queries)
    def collect(query: str) -> None:
        if parse(query).tree is not None and not parse(query).findings:
            made.append(query)

    collect()
    real = _real_label_sets(promtool, tmp_path, list(dict.fromkeys(made)))
    for query, samples in real.items():
        known = possible(query)
        assert known is None or all(sample <= known for sample in samples), (query, samples, known)
