"""`python benchmarks/queries.py`: how many queries a second are read, typed and checked, on one core.

The queries are those of the example spec. Seconds are the processor's, the best of several rounds. Two things must
not matter more than they have to: a query's length (linear) and the number of metrics (not at all).
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gaugewright.checks.promql import mistakes  # noqa: E402
from gaugewright.checks.promql.typed import typed_queries  # noqa: E402
from gaugewright.compile import compile_text  # noqa: E402
from gaugewright.model.model import Model  # noqa: E402
from gaugewright.model.typing import environment_of  # noqa: E402
from gaugewright.promql.parse import parse  # noqa: E402
from gaugewright.promql.syntax import Expr  # noqa: E402
from gaugewright.promql.types import Environment, infer, types_of  # noqa: E402

from benchmarks.synthetic import metrics_alone  # noqa: E402

EXAMPLE = ROOT / "specs" / "proxywhirl.yaml"
KIBIBYTES = (1, 2, 4, 8, 16, 32, 60)
METRICS = (10, 100, 1000, 10_000)
ROUNDS = 9


def main() -> None:
    gc.disable()  # as `check` does
    model = compiled(EXAMPLE.read_text("utf-8"))
    typical(model)
    lengths(environment_of(model))
    sizes()
    compare([query.query.text for query in typed_queries(model) if query.panel is None])


def compiled(spec: str) -> Model:
    found = compile_text(spec).model
    assert found is not None
    return found


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds of the processor for one call, in the best round."""
    work()
    found = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        work()
        found = min(found, time.process_time() - begin)
    return found


def typical(model: Model) -> None:
    """The example's own queries, one pass after the other."""
    environment = environment_of(model)
    queries = list(typed_queries(model))
    texts = [query.query.text for query in queries]
    variables = {variable.name: "" for dashboard in model.dashboards for variable in dashboard.variables}

    def read() -> list[Expr | None]:
        return [parse(text, variables=variables).tree for text in texts]

    trees = [query.tree for query in queries]
    passes = {
        "read": best(read),
        "typed": best(lambda: _typed(trees, environment)),
        "checked": best(lambda: [list(mistakes(query)) for query in queries]),
    }
    print(f"{len(texts)} queries of the example, {sum(map(len, texts)) / len(texts):.0f} characters each")
    for what, seconds in (*passes.items(), ("read, typed and checked", sum(passes.values()))):
        print(f"  {what:<56} {len(texts) / seconds:8,.0f} a second")


def _typed(trees: Sequence[Expr], environment: Environment) -> object:
    environment.selected.clear()  # what was found for a selector in the round before is not to be had
    return [types_of(tree, environment) for tree in trees]


def lengths(environment: Environment) -> None:
    """A query that grows: more operands with more matchers."""
    print("read and typed, by length")
    for kibibytes in KIBIBYTES:
        text = of_length(kibibytes * 1024)
        seconds = best(lambda text=text: _whole(text, environment), 3)  # type: ignore[misc]
        print(f"  {len(text) / 1024:6.1f} KiB {' ' * 44} {seconds * 1e6 / len(text):8.2f} µs a character")


def of_length(characters: int) -> str:
    """Sums of selectors, of about so many characters."""
    operands = max(1, min(64, characters // 1000))
    each = characters // operands
    matchers = ", ".join(f'source!="source-{number}"' for number in range(max(1, (each - 60) // 22)))
    return " + ".join([f"rate(proxywhirl_requests_total{{{matchers}}}[5m])"] * operands)


def _whole(text: str, environment: Environment) -> object:
    tree = parse(text).tree
    assert tree is not None, text[:100]
    environment.selected.clear()
    return infer(tree, environment)


def sizes() -> None:
    """The same three queries over specs of more and more metrics."""
    print("read and typed, by the number of metrics")
    for count in METRICS:
        model = compiled(metrics_alone(count))
        environment = environment_of(model)
        counter, gauge, histogram = (metric.name for metric in model.metrics[:3])
        texts = (
            f'sum by (zone) (rate({counter}{{status="success"}}[5m])) / sum by (zone) (rate({counter}[5m]))',
            f"max by (zone) ({gauge}) > 5 and on (zone) up == 1",
            f"histogram_quantile(0.95, sum by (zone, le) (rate({histogram}_bucket[5m])))",
        )
        seconds = best(lambda texts=texts, known=environment: [_whole(text, known) for text in texts])  # type: ignore[misc]
        print(f"  {count:6,} metrics {' ' * 41} {len(texts) / seconds:8,.0f} a second")


def compare(texts: Sequence[str]) -> None:
    """The same queries, read by Prometheus's own checker, which knows nothing of types: in files of one and of
    many copies, so that its start is not counted."""
    from tests.verifiers import program

    promtool = program("current", "promtool")
    if promtool is None:
        print("promtool is not there: make test fetches it")
        return
    with tempfile.TemporaryDirectory() as folder:
        few, many = (_seconds_of(promtool, Path(folder), list(texts) * copies) for copies in (1, 101))
    print(f"  {'promtool check rules, reading alone':<56} {100 * len(texts) / (many - few):8,.0f} a second")


def _seconds_of(promtool: Path, folder: Path, texts: Sequence[str]) -> float:
    rules = [{"record": f"r:n{number}", "expr": text} for number, text in enumerate(texts)]
    path = folder / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "r", "rules": rules}]}), "utf-8")
    found = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run([str(promtool), "check", "rules", "--lint=none", str(path)], check=True, capture_output=True)
        found = min(found, time.perf_counter() - begin)
    return found


if __name__ == "__main__":
    main()
