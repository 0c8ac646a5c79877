"""`make bench`: how long the commands take, and how much memory, beside what nobody can undercut.

Every line is the best of several runs of a fresh process, so that what else the machine does counts least.
The floors (an empty Python, its libraries' imports) run in between; compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import queries  # noqa: E402
from benchmarks.synthetic import spec  # noqa: E402

EXAMPLE = ROOT / "specs" / "proxywhirl.yaml"
LIBRARIES = "import click, yaml, pydantic, jinja2, promql_parser, grafanalib.core; pydantic.BaseModel"
GAUGEWRIGHT = (sys.executable, "-m", "gaugewright")


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall-clock seconds and peak resident memory, in MiB, of the best run."""

    seconds: float
    memory: float


def measure(command: Sequence[str], runs: int, before: Sequence[Path] = (), **environment: str) -> Cost:
    """The best of `runs`; `before` are folders that each run finds empty."""
    best = Cost(float("inf"), 0)
    for _ in range(runs):
        for folder in before:
            shutil.rmtree(folder, ignore_errors=True)
        best = min(best, _once(command, {**os.environ, **environment}), key=lambda cost: cost.seconds)
    return best


def _once(command: Sequence[str], environment: dict[str, str]) -> Cost:
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{said.read().decode()[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_maxrss * unit / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="runs of each small command")
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1000, 10000])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), arguments.runs, arguments.sizes)
    queries.main()


def report(folder: Path, runs: int, sizes: Sequence[int]) -> None:
    """Prints the table."""
    out, cache = folder / "out", folder / "cache"
    settings = {"GAUGEWRIGHT_CACHE": str(cache)}
    show("python -c pass", measure([sys.executable, "-c", "pass"], runs))
    click = measure([sys.executable, "-c", "import click"], runs)
    show("python -c 'import click'", click)
    libraries = measure([sys.executable, "-c", LIBRARIES], runs)
    show("bare imports of the libraries", libraries)
    show("gaugewright --help", measure([*GAUGEWRIGHT, "--help"], runs, **settings), click)
    show("check, the example", measure([*GAUGEWRIGHT, "check", str(EXAMPLE)], runs, **settings), libraries)
    build = [*GAUGEWRIGHT, "build", str(EXAMPLE), "--out", str(out)]
    show("build, the example, nothing kept from before", measure(build, runs, [out, cache], **settings), libraries)
    show("build, the example", measure(build, runs, [out], **settings), libraries)
    show("build with nothing to do", measure(build, runs, **settings), click)
    for size in sizes:
        path = folder / f"fleet{size}.yaml"
        path.write_text(spec(size), "utf-8")
        few = max(1, min(runs, 3000 // size))
        label = f"{size:,} metrics, {size:,} alerts, {size // 20:,} dashboards"
        show(f"check, {label}", measure([*GAUGEWRIGHT, "check", str(path)], few, **settings))
        build = [*GAUGEWRIGHT, "build", str(path), "--out", str(out)]
        show(f"build, {label}", measure(build, few, [out], **settings))
        show("  nothing to do", measure(build, few, **settings), click)
        compare(out / "fleet", few)


def compare(built: Path, runs: int) -> None:
    """The same rules, read by Prometheus's own checker."""
    from tests.verifiers import program

    promtool = program("current", "promtool") or shutil.which("promtool")
    if promtool is None:
        print("  promtool is not there: make test fetches it")
        return
    rules = built / "prometheus" / "rules" / "alerts.yml"
    show("  promtool check rules, the same alerts", measure([str(promtool), "check", "rules", str(rules)], runs))


def show(what: str, cost: Cost, floor: Cost | None = None) -> None:
    """One line: what, seconds, peak memory, and how many times the floor."""
    times = f"{cost.seconds / floor.seconds:6.1f} x" if floor else ""
    print(f"{what:<58} {cost.seconds:8.3f} s {cost.memory:7.0f} MiB {times}", flush=True)


if __name__ == "__main__":
    main()
