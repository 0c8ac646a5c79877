"""`make bench-exports`: historical exports beside a script around `query_range`, and beside what the server can give.

A real Prometheus serves backfilled samples: some scrapes are late, counters, gauges of 15 digits. Each
contender is a process of its own that gets all of them, in turn, the best of several runs:

- the limit: the same samples asked for as raw series, the answers' bytes read and thrown away;
- a script as people write it: `query_range` in windows of 11,000 steps, `json`, `csv`;
- `gaugewright export run` to CSV, JSON Lines and Parquet, and batches from Python.

`--year` exports 365 days of 50 metrics and shows the peak memory.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.run import Cost, measure  # noqa: E402

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MOST_POINTS = 11_000
MEBIBYTE = 2**20
LATE = 0.02
"""The part of the scrapes whose time is their own: Prometheus gives those within 2 ms their usual time."""


@dataclass(frozen=True, slots=True)
class Load:
    """`metrics` with `series` each, a sample each `interval` seconds for `days`."""

    metrics: int
    series: int
    interval: int
    days: int

    @property
    def names(self) -> list[str]:
        return [f"shop_level_{number}" if number % 2 else f"shop_{number}_total" for number in range(self.metrics)]

    @property
    def samples(self) -> int:
        return self.metrics * self.series * self.days * 86400 // self.interval

    @property
    def end(self) -> datetime:
        return BEGIN + self.days * DAY


def day(load: Load, number: int) -> Iterator[str]:
    """One day's samples as OpenMetrics, series by series."""
    begin = round((BEGIN + number * DAY).timestamp() * 1000)
    drawn = random.Random(number)
    for name in load.names:
        for series in range(load.series):
            total = number * 1e5
            for at in range(0, 86_400_000, load.interval * 1000):
                total += drawn.randrange(50)
                value = repr(drawn.random() * 100) if "level" in name else f"{total:.0f}"
                time = begin + at + series * 137 + (drawn.randrange(20) if drawn.random() < LATE else 0)
                yield f'{name}{{instance="shop:9100",job="shop",route="r{series}"}} {value} {time / 1000:.3f}\n'
    yield "# EOF\n"


@contextmanager
def served(load: Load, folder: Path) -> Iterator[str]:
    """The address of a Prometheus that holds these samples."""
    from tests.e2e.stack import free_ports, get, stack
    from tests.verifiers import program, why_missing

    promtool, prometheus = program("current", "promtool"), program("current", "prometheus")
    if promtool is None or prometheus is None:
        raise SystemExit(why_missing("current"))
    # promtool reads its input again for each block of two hours, so it gets a day at a time.
    for number in range(load.days):
        with (folder / "day.om").open("w", encoding="utf-8") as file:
            file.writelines(day(load, number))
        backfill = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "day.om", "data"]
        subprocess.run(backfill, cwd=folder, check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("global: {}\n", "utf-8")
    [port] = free_ports(1)
    command = [
        prometheus, "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--storage.tsdb.retention.time=20y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with stack(folder) as servers:
        servers.start("prometheus", command, folder)
        url = f"http://127.0.0.1:{port}"
        servers.wait_for("Prometheus", lambda: get(f"{url}/-/ready"), 120)
        yield url


def read_and_throw_away(url: str, load: Load) -> None:
    """Raw samples of a metric and some days at a time, as many as an answer of 16 MiB holds; prints the bytes."""
    per_day = load.series * 86400 // load.interval
    days = max(1, min(load.days, 300_000 // per_day))
    size = 0
    for name in load.names:
        for first in range(0, load.days, days):
            last = min(first + days, load.days)
            end = BEGIN + last * DAY - timedelta(milliseconds=1)
            query = f"{name}[{(last - first) * 86_400_000}ms]"
            fields = urlencode({"query": query, "time": end.isoformat()}).encode()
            with urlopen(f"{url}/api/v1/query", fields, timeout=120) as answer:
                while piece := answer.read(MEBIBYTE):
                    size += len(piece)
    print(size)


def script(url: str, load: Load, path: str) -> None:
    """What people write today."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for name in load.names:
            start = BEGIN
            while start < load.end:
                end = min(start + timedelta(seconds=(MOST_POINTS - 1) * load.interval), load.end)
                fields = {
                    "query": name, "start": start.isoformat(), "end": end.isoformat(), "step": f"{load.interval}s",
                }  # fmt: skip
                with urlopen(f"{url}/api/v1/query_range?{urlencode(fields)}", timeout=120) as answer:
                    found = json.load(answer)["data"]["result"]
                for series in found:
                    labels = series["metric"]
                    for time, value in series["values"]:
                        writer.writerow([name, labels["instance"], labels["job"], labels["route"], time, value])
                start = end + timedelta(seconds=load.interval)


def batched(spec: str) -> None:
    """All batches, and their rows counted."""
    from gaugewright.export import batches

    print(sum(batch.num_rows for batch in batches(spec, "all")))


def spec(load: Load, url: str, folder: Path) -> Path:
    metrics = "".join(
        f"  - {{name: {name}, metric_type: {'gauge' if 'level' in name else 'counter'}, description: Whatever it is., "
        f"labels: [route], group: service}}\n"
        for name in load.names
    )
    routes = ", ".join(f"r{number}" for number in range(load.series))
    path = folder / "shop.yaml"
    path.write_text(
        f"""\
gaugewright: 1
service: {{name: shop, prometheus_url: "{url}"}}
metrics_config: {{exposition_port: 9100, label_cardinality_limit: 10000}}
labels: {{route: [{routes}]}}
metrics:
{metrics}
historical_exports:
  - name: all
    requested_by: benchmark
    metric_names: [{", ".join(load.names)}]
    start_time: "{BEGIN:%Y-%m-%dT%H:%M:%SZ}"
    end_time: "{load.end:%Y-%m-%dT%H:%M:%SZ}"
    format: csv
    output_path: all.csv
""",
        "utf-8",
    )
    return path


def export(path: Path, format: str, output: Path) -> list[str]:
    """The command; `output` is written over."""
    fixed = path.with_name(f"{format}.yaml")
    text = path.read_text("utf-8").replace("format: csv", f"format: {format}")
    fixed.write_text(text.replace("output_path: all.csv", f"output_path: {output}"), "utf-8")
    return [sys.executable, "-m", "gaugewright", "export", "run", str(fixed), "all", "--overwrite"]


def compare(load: Load, runs: int, folder: Path) -> None:
    print(f"{load.samples:,} samples: {load.metrics} metrics of {load.series} series, {load.days} days", flush=True)
    own = [sys.executable, str(Path(__file__).resolve())]
    with served(load, folder) as url:
        path = spec(load, url, folder)
        asked = [url, json.dumps([load.metrics, load.series, load.interval, load.days])]
        read = [*own, "--child", "read", *asked]
        size = int(subprocess.run(read, check=True, capture_output=True, text=True).stdout)  # and warms all caches
        limit = measure(read, runs)
        show("the server's limit: bytes read, thrown away", limit, load, size, limit)
        settings = {"GAUGEWRIGHT_STATE": str(folder / "exports.db")}
        text = folder / "script.csv"
        show("query_range, json, csv", measure([*own, "--child", "script", *asked, str(text)], runs), load, size, limit)
        for format in ("csv", "json", "parquet"):
            output = folder / f"all.{format}"
            cost = measure(export(path, format, output), runs, **settings)
            show(f"gaugewright export, {format}", cost, load, size, limit)
        show("batches in Python", measure([*own, "--child", "batches", str(path)], runs), load, size, limit)


def show(what: str, cost: Cost, load: Load, size: int, limit: Cost) -> None:
    """One line: seconds, MiB of answers and samples a second, the part of the limit, peak memory."""
    print(
        f"{what:<46} {cost.seconds:7.2f} s {size / cost.seconds / MEBIBYTE:6.1f} MiB/s "
        f"{load.samples / cost.seconds:11,.0f} samples/s {limit.seconds / cost.seconds:6.0%} {cost.memory:5.0f} MiB",
        flush=True,
    )


def year(load: Load, folder: Path) -> None:
    print(f"{load.samples:,} samples: {load.metrics} metrics, {load.days} days", flush=True)
    with served(load, folder) as url:
        path = spec(load, url, folder)
        for format in ("csv", "json", "parquet"):
            output = folder / f"all.{format}"
            cost = measure(export(path, format, output), 1, GAUGEWRIGHT_STATE=str(folder / "exports.db"))
            written = output.stat().st_size / MEBIBYTE
            output.unlink()
            print(
                f"{format:<8} {cost.seconds:7.1f} s {written:7.0f} MiB written {cost.memory:5.0f} MiB peak", flush=True
            )


def child(arguments: list[str]) -> None:
    kinds: dict[str, Callable[..., None]] = {"read": read_and_throw_away, "script": script, "batches": batched}
    kind, *rest = arguments
    if kind != "batches":
        rest[1] = Load(*json.loads(rest[1]))  # type: ignore[call-overload]
    kinds[kind](*rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--year", action="store_true", help="365 days of 50 metrics instead")
    parser.add_argument("--interval", type=int, default=300, help="seconds between samples of the year")
    parser.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    with tempfile.TemporaryDirectory() as name:
        os.environ.pop("GAUGEWRIGHT_STATE", None)
        if options.year:
            year(Load(50, 1, options.interval, 365), Path(name))
        else:
            compare(Load(10, 5, 15, options.days), options.runs, Path(name))


if __name__ == "__main__":
    main()
