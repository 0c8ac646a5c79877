"""`make bench-runtime`: what counting and exposing cost with the generated module, and with prometheus_client by hand.

Everything runs side by side in one process, in short rounds that take turns; each figure is the median of its rounds
in processor time, less the empty loop. Machines differ and are noisy: the ratios count.
"""

from __future__ import annotations

import argparse
import gc
import py_compile
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

from gaugewright.compile import compile_text
from gaugewright.emit import python_module
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import choose_encoder

SPEC = """
gaugewright: 1
service: {name: bench}
metrics_config: {exposition_port: 9464, label_cardinality_limit: 10000}
labels:
  pool: [us-east, us-west, eu-central, ap-south]
  region: [us, eu, ap]
  status: [success, error, timeout]
  source: {max_values: 40}
metrics:
  - name: bench_requests_total
    metric_type: counter
    description: Requests by three closed labels.
    labels: [pool, region, status]
  - name: bench_fetched_total
    metric_type: counter
    description: Things by an open label.
    labels: [source]
  - name: bench_duration_seconds
    metric_type: histogram
    description: How long it took.
    labels: [pool]
    unit: seconds
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  - name: bench_size
    metric_type: gauge
    description: How many there are.
    labels: [pool]
"""
EXPOSED = """
gaugewright: 1
service: {name: wide}
metrics_config: {exposition_port: 9464, label_cardinality_limit: 10000}
labels: {a: {max_values: 100}, b: {max_values: 100}}
metrics:
  - {name: wide_things_total, metric_type: counter, description: Things by two labels., labels: [a, b]}
"""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Body = Callable[[int], None]


class Empty:
    """What a call costs that does nothing."""

    def inc(self, amount: float = 1, exemplar: object = None, *, pool: str, region: str, status: str) -> None:
        """Does nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to count: its name, its call as it is written, and the way that it is compared with."""

    name: str
    call: str
    against: str = ""


LABELS = "pool='us-east', region='us', status='success'"
COUNTERS = (
    Way("by hand, .labels(k=v).inc()", f"by_hand.labels({LABELS}).inc()"),
    Way("by hand, .labels(v).inc()", "by_hand.labels('us-east', 'us', 'success').inc()"),
    Way("by hand, a child's inc()", "child.inc()"),
    Way("inc(k=v)", f"counter.inc({LABELS})", "by hand, .labels(k=v).inc()"),
    Way("inc(k=v), against the child", f"counter.inc({LABELS})", "by hand, a child's inc()"),
    Way("inc(0.5, k=v)", f"counter.inc(0.5, {LABELS})", "by hand, .labels(k=v).inc()"),
    Way("labels(k=v), kept; inc()", "bound.inc()", "by hand, a child's inc()"),
    Way("an open label, by hand", "open_by_hand.labels(source=text).inc()"),
    Way("an open label", "open_counter.inc(source=text)", "an open label, by hand"),
    Way("an empty function", f"empty.inc({LABELS})"),
    Way("inc(k=v), switched off", f"disabled.inc({LABELS})", "an empty function"),
)
OTHERS = (
    Way("by hand, .labels(k=v).observe()", "histogram_by_hand.labels(pool='us-east').observe(number)"),
    Way("by hand, a child's observe()", "histogram_child.observe(number)"),
    Way("observe(k=v)", "histogram.observe(number, pool='us-east')", "by hand, .labels(k=v).observe()"),
    Way("labels(k=v), kept; observe()", "bound_histogram.observe(number)", "by hand, a child's observe()"),
    Way("by hand, .labels(k=v).set()", "gauge_by_hand.labels(pool='us-east').set(number)"),
    Way("set(k=v)", "gauge.set(number, pool='us-east')", "by hand, .labels(k=v).set()"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--calls", type=int, default=8_000, help="calls in a round")
    parser.add_argument("--series", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    arguments = parser.parse_args()
    disable_created_metrics()  # the generated module writes none
    names = _names()
    print(f"{'one thread':<34} {'ns a call':>10}")
    report((*COUNTERS, *OTHERS), names, arguments.rounds, arguments.calls, threads=1)
    print(f"\n{'8 threads':<34} {'ns a call':>10}")
    report((*COUNTERS, *OTHERS), names, arguments.rounds // 2, 4 * arguments.calls, threads=8)
    print(f"\n{'exposition':<34} {'ns a line':>10}")
    for size in arguments.series:
        exposition(size, max(3, arguments.rounds // 5))
    print(f"\n{'import':<34} {'ms':>10}")
    imports(arguments.rounds)


def module(spec: str) -> ModuleType:
    """The module that a spec compiles to, imported."""
    compilation = compile_text(spec.encode(), "bench.yaml")
    assert compilation.model is not None, compilation.diagnostics
    name = f"{compilation.model.service.name}_metrics"
    imported = ModuleType(name)
    sys.modules[name] = imported
    exec(compile(_source(python_module.emit(compilation.model)), f"{name}.py", "exec"), imported.__dict__)
    return imported


def _source(emitted: Mapping[str, bytes]) -> bytes:
    (content,) = (content for path, content in emitted.items() if path.endswith("_metrics.py"))
    return content


def _names() -> dict[str, Any]:
    """What the calls above are made on."""
    generated = module(SPEC)
    metrics = generated.Metrics()
    off = generated.Metrics(generated.MetricsConfig(enabled=False))
    registry = CollectorRegistry()
    by_hand = Counter("requests_total", "By hand", ["pool", "region", "status"], registry=registry)
    histogram_by_hand = Histogram("duration_seconds", "By hand", ["pool"], registry=registry, buckets=BUCKETS)
    return {
        "by_hand": by_hand,
        "child": by_hand.labels("us-east", "us", "success"),
        "counter": metrics.requests_total,
        "bound": metrics.requests_total.labels(pool="us-east", region="us", status="success"),
        "open_by_hand": Counter("fetched_total", "By hand", ["source"], registry=registry),
        "open_counter": metrics.fetched_total,
        "empty": Empty(),
        "disabled": off.requests_total,
        "histogram_by_hand": histogram_by_hand,
        "histogram_child": histogram_by_hand.labels("us-east"),
        "histogram": metrics.duration_seconds,
        "bound_histogram": metrics.duration_seconds.labels(pool="us-east"),
        "gauge_by_hand": Gauge("size", "By hand", ["pool"], registry=registry),
        "gauge": metrics.size,
        "values": _values(),
    }


def _values() -> list[tuple[float, str]]:
    """Observations, and values of an open label, in no order."""
    draw = random.Random(1)
    return [(draw.expovariate(4), f"source {draw.randrange(40)}") for _ in range(1000)]


def report(ways: Sequence[Way], names: Mapping[str, Any], rounds: int, calls: int, threads: int) -> None:
    """A line each way: nanoseconds a call, and how many times as fast as what it is compared with."""
    bodies = {way.name: _body(way.call, names) for way in ways}
    bodies["the empty loop"] = _body("pass", names)
    taken: dict[str, list[float]] = {name: [] for name in bodies}
    for _ in range(rounds):
        for name, body in bodies.items():
            taken[name].append(_seconds(body, calls, threads) / calls * 1e9)
    loop = statistics.median(taken["the empty loop"])
    cost = {name: statistics.median(seen) - loop for name, seen in taken.items()}
    for way in ways:
        times = f"{cost[way.against] / cost[way.name]:6.1f} x as fast as {way.against}" if way.against else ""
        print(f"{way.name:<34} {cost[way.name]:10.0f} {times}".rstrip(), flush=True)


def _body(call: str, names: Mapping[str, Any]) -> Body:
    """A loop over 1,000 prepared values, as often as it takes."""
    scope = dict(names)
    arguments = ", ".join(f"{name}={name}" for name in names)
    lines = (
        f"def body(calls, {arguments}):\n for _ in range(calls // 1000):\n  for number, text in values:\n   {call}\n"
    )
    exec(lines, scope)
    body: Body = scope["body"]
    return body


def _seconds(body: Body, calls: int, threads: int) -> float:
    """Seconds that so many calls take, of all threads together."""
    if threads == 1:
        start = time.process_time()
        body(calls)
        return time.process_time() - start
    workers = [threading.Thread(target=body, args=(calls // threads,)) for _ in range(threads)]
    start = time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.process_time() - start


def exposition(size: int, rounds: int) -> None:
    """The same series, written by prometheus_client from its own metrics, and by the module; the bytes are compared."""
    generated = module(EXPOSED)
    metrics = generated.Metrics(generated.MetricsConfig(label_cardinality_limit=10_000, enable_process_metrics=False))
    metrics._shared.limit.most = metrics.things_total._labels[0]._max_values = size  # beyond what a spec may declare
    registry = CollectorRegistry()
    by_hand = Counter("wide_things_total", "Things by two labels.", ["a", "b"], registry=registry)
    inner = min(size, 100)
    for number, (a, b) in enumerate(product(range(size // inner), range(inner))):
        metrics.things_total.inc(number * 1.5, a=f"value {a}", b=f"b{b}")
        by_hand.labels(f"value {a}", f"b{b}").inc(number * 1.5)
    openmetrics = choose_encoder("application/openmetrics-text; version=1.0.0")[0]
    for name, standard, chosen in (("text", generate_latest, False), ("OpenMetrics", openmetrics, True)):
        ways: dict[str, Callable[[], bytes]] = {
            "by hand": lambda standard=standard: bytes(standard(registry)),
            "same collectors": lambda standard=standard: bytes(standard(metrics.registry)),
            "module": lambda chosen=chosen: bytes(
                generated._exposition_text(metrics.registry, openmetrics=chosen, names=None)
            ),
        }
        texts = {way: write() for way, write in ways.items()}
        assert texts["module"] == texts["same collectors"]
        assert set(texts["by hand"].splitlines()) <= set(texts["module"].splitlines())
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, write in ways.items():
                gc.collect()
                start = time.process_time()
                write()
                taken[way].append((time.process_time() - start) / size * 1e9)
        cost = {way: statistics.median(seen) for way, seen in taken.items()}
        what = f"{size:,} series, {name}"
        print(f"{what + ', by hand':<34} {cost['by hand']:10.0f}")
        times = f"{cost['by hand'] / cost['module']:6.1f} x as fast, {cost['same collectors'] / cost['module']:.1f} x"
        print(f"{what:<34} {cost['module']:10.0f} {times} as generate_latest on it", flush=True)


def imports(rounds: int) -> None:
    """A fresh process each; what the module takes on top of prometheus_client."""
    with tempfile.TemporaryDirectory() as folder:
        compilation = compile_text(SPEC.encode(), "bench.yaml")
        assert compilation.model is not None
        path = Path(folder) / "bench_metrics.py"
        path.write_bytes(_source(python_module.emit(compilation.model)))
        py_compile.compile(str(path))
        code = (
            "import time; a = time.perf_counter(); import prometheus_client; b = time.perf_counter();"
            "import bench_metrics; print(b - a, time.perf_counter() - b)"
        )
        seen: list[tuple[float, float]] = []
        for _ in range(rounds + 1):
            done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
            first, second = done.stdout.split()
            seen.append((float(first) * 1e3, float(second) * 1e3))
    print(f"{'prometheus_client':<34} {statistics.median(one for one, _ in seen[1:]):10.1f}")
    print(f"{'the module, on top of it':<34} {statistics.median(two for _, two in seen[1:]):10.1f}")


if __name__ == "__main__":
    main()
