"""What a real Prometheus stores is what an export holds: every sample of the range once, its time and its bits."""

from __future__ import annotations

import csv
import json
import math
import os
import random
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from gaugewright.export import batches

from tests import verifiers
from tests.e2e.stack import free_ports, get, stack

START, END = 1_767_225_600_000, 1_767_312_000_000  # 2026-01-01 and 2026-01-02
HOUR = 3_600_000
ODD = (math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e21, -1e-7)
SPEC = """\
gaugewright: 1
service: {name: shop, prometheus_url: "URL"}
labels: {route: [home, search]}
metrics:
  - {name: shop_requests_total, metric_type: counter, description: Requests answered., labels: [route]}
  - {name: shop_level, metric_type: gauge, description: Whatever it is., labels: [route]}
  - {name: shop_delay_seconds, metric_type: histogram, description: How long it took., unit: seconds, buckets: [0.1, 1]}
historical_exports:
  - name: day
    requested_by: somebody
    metric_names: [shop_requests_total, shop_level, shop_delay_seconds]
    start_time: "2026-01-01T00:00:00Z"
    end_time: "2026-01-02T00:00:00Z"
    format: FORMAT
    output_path: day.FORMAT
"""


class Row(NamedTuple):
    """A sample: labels with the metric's name, milliseconds, and the value's eight bytes."""

    labels: tuple[tuple[str, str], ...]
    time: int
    bits: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """`program` is the Prometheus of the generation that wrote the blocks in `folder`."""

    program: str
    folder: Path
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Backfilled:
    url: str
    rows: list[Row]


def bits(value: float) -> bytes:
    """Every NaN is one: text formats have a single word for it."""
    return struct.pack(">d", math.nan if math.isnan(value) else value)


def stored() -> list[tuple[dict[str, str], int, float]]:
    """Series with uneven gaps, from an hour before the range to an hour behind it, and at both of its ends."""
    drawn = random.Random(7)
    found: list[tuple[dict[str, str], int, float]] = []
    for route in ("home", "search"):
        target = {"job": "shop", "instance": "a:1", "route": route}
        total = 0.0
        for time in sorted({START, START - 1, END - 1, END, *drawn.sample(range(START - HOUR, END + HOUR), 3000)}):
            total += drawn.random()
            found.append(({"__name__": "shop_requests_total", **target}, time, total))
        for time in sorted(drawn.sample(range(START - HOUR, END + HOUR), 500)):
            found.append(({"__name__": "shop_level", **target}, time, drawn.choice(ODD)))
    for number, le in enumerate(("0.1", "1.0", "+Inf")):
        for time in range(START, END, 15 * 60_000):
            labels = {"__name__": "shop_delay_seconds_bucket", "job": "shop", "instance": "a:1", "le": le}
            found.append((labels, time, float(number)))
    return found


def openmetrics(samples: list[tuple[dict[str, str], int, float]]) -> str:
    lines = []
    for labels, time, value in samples:
        written = ",".join(f'{name}="{text}"' for name, text in labels.items() if name != "__name__")
        number = {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(repr(value), repr(value))
        lines.append(f"{labels['__name__']}{{{written}}} {number} {time / 1000:.3f}")
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module", params=verifiers.GENERATIONS)
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Blocks with the samples, which servers of one generation can read."""
    programs = {name: verifiers.program(request.param, name) for name in ("promtool", "prometheus")}
    if None in programs.values():
        pytest.skip(verifiers.why_missing(request.param))
    folder = tmp_path_factory.mktemp("prometheus")
    samples = stored()
    (folder / "samples.om").write_text(openmetrics(samples), "utf-8")
    backfill = [programs["promtool"], "tsdb", "create-blocks-from", "openmetrics", "samples.om", "data"]
    subprocess.run([str(word) for word in backfill], cwd=folder, check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("global: {}\n", "utf-8")
    rows = [Row(tuple(sorted(labels.items())), time, bits(value)) for labels, time, value in samples]
    return Stored(str(programs["prometheus"]), folder, sorted(row for row in rows if START <= row.time < END))


@contextmanager
def prometheus(data: Stored, *options: str) -> Iterator[Backfilled]:
    """Options are a server's own limits. One at a time has the data."""
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = [
        data.program, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
        "--storage.tsdb.retention.time=20y", f"--web.listen-address=127.0.0.1:{port}", *options,
    ]  # fmt: skip
    with stack(data.folder) as servers:
        servers.start("prometheus", command, data.folder)
        servers.wait_for("Prometheus", lambda: get(f"{url}/-/ready"))
        yield Backfilled(url, data.rows)


@pytest.fixture(scope="module")
def server(data: Stored) -> Iterator[Backfilled]:
    with prometheus(data) as backfilled:
        yield backfilled


def written_spec(folder: Path, server: Backfilled, format: str) -> Path:
    spec = folder / "shop.yaml"
    spec.write_text(SPEC.replace("URL", server.url).replace("FORMAT", format), "utf-8")
    return spec


def export(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gaugewright", "export", *map(str, arguments)]
    environment = os.environ | {"GAUGEWRIGHT_STATE": str(folder / "exports.db")}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, stdout=pipe, stderr=pipe)


def done(running: subprocess.Popen[str]) -> str:
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 0, output + errors
    return output


def row(record: dict[str, Any]) -> Row:
    labels = {"__name__": record["metric"], "le": "", "route": "", **json.loads(record["other_labels"] or "{}")}
    labels |= {name: record[name] for name in ("instance", "job", "le", "route") if name in record}
    kept = tuple(sorted((name, text) for name, text in labels.items() if text))
    return Row(kept, int(record["timestamp_ms"]), bits(float(record["value"])))


def read(path: Path) -> list[Row]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return sorted(row(record) for record in csv.DictReader(file))
    if path.suffix == ".json":
        return sorted(row(json.loads(line)) for line in path.read_text("utf-8").splitlines())
    parquet = pytest.importorskip("pyarrow.parquet")
    return sorted(row(plain(record)) for record in parquet.read_table(path).to_pylist())


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """A row of Parquet or Arrow, whose time may be typed."""
    names = {name: "timestamp_ms" if name.startswith("timestamp") else name for name in record}
    found = {names[name]: "" if value is None else value for name, value in record.items()}
    if hasattr(found["timestamp_ms"], "timestamp"):
        found["timestamp_ms"] = round(found["timestamp_ms"].timestamp() * 1000)
    return found


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_a_file_holds_every_sample_once_and_exactly(server: Backfilled, tmp_path: Path, format: str) -> None:
    done(export(tmp_path, "run", written_spec(tmp_path, server, format), "day"))
    file = tmp_path / f"day.{format}"
    assert read(file) == server.rows
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_batches_hold_every_sample_once_and_exactly(server: Backfilled, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    found = batches(written_spec(tmp_path, server, "csv"), "day", rows=1000)
    assert sorted(row(plain(record)) for batch in found for record in batch.to_pylist()) == server.rows


def test_a_filter_takes_the_exact_value_alone(server: Backfilled, tmp_path: Path) -> None:
    spec = written_spec(tmp_path, server, "csv")
    asked = ("--metric", "shop_level", "--filter", "route=home", "--format", "csv", "--output", "home.csv")
    times = ("--start", "2026-01-01T00:00:00Z", "--end", "2026-01-02T00:00:00Z")
    done(export(tmp_path, "run", spec, *asked, *times))
    wanted = [row for row in server.rows if {("__name__", "shop_level"), ("route", "home")} <= set(row.labels)]
    assert wanted
    assert read(tmp_path / "home.csv") == wanted


def test_a_killed_export_is_resumed_to_the_same_bytes(server: Backfilled, tmp_path: Path) -> None:
    """Killed as soon as it says that it has begun."""
    whole = tmp_path / "whole"
    whole.mkdir()
    done(export(whole, "run", written_spec(whole, server, "csv"), "day"))
    running = export(tmp_path, "run", written_spec(tmp_path, server, "csv"), "day")
    assert running.stderr is not None
    assert running.stderr.readline().startswith("export ")
    running.send_signal(signal.SIGKILL)
    running.communicate()
    [entry] = json.loads(done(export(tmp_path, "list", "--format", "json")))["exports"]
    if entry["status"] != "completed":
        done(export(tmp_path, "resume", entry["export_id"]))
    assert (tmp_path / "day.csv").read_bytes() == (whole / "day.csv").read_bytes()
    done(export(tmp_path, "verify", entry["export_id"]))


def test_a_changed_file_is_not_verified(server: Backfilled, tmp_path: Path) -> None:
    done(export(tmp_path, "run", written_spec(tmp_path, server, "csv"), "day"))
    [(export_id,)] = sqlite3.connect(tmp_path / "exports.db").execute("select export_id from exports").fetchall()
    with (tmp_path / "day.csv").open("ab") as file:
        file.write(b"more\n")
    running = export(tmp_path, "verify", export_id)
    running.communicate(timeout=60)
    assert running.returncode == 1
