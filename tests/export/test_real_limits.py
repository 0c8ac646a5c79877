"""A real Prometheus that allows few samples a query, that gives few points of a grid, and that has labels which are no
identifiers."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests import verifiers
from tests.export.test_exact import (
    END,
    HOUR,
    START,
    Row,
    Stored,
    bits,
    data,
    done,
    export,
    prometheus,
    read,
    written_spec,
)

__all__ = ["data"]


def test_few_samples_a_query_are_enough(data: Stored, tmp_path: Path) -> None:
    """Fewer than an hour of one series has, so that it is taken in parts, by labels and by time."""
    with prometheus(data, "--query.max-samples=60") as server:
        done(export(tmp_path, "run", written_spec(tmp_path, server, "csv"), "day"))
        assert read(tmp_path / "day.csv") == server.rows


def on_grid(url: str, selector: str, hours: int) -> Iterator[Row]:
    """As Prometheus says, some hours a question."""
    for first in range(START, END, hours * HOUR):
        times = {"start": first / 1000, "end": (first + hours * HOUR - 2000) / 1000, "step": "2s"}
        with urlopen(f"{url}/api/v1/query_range?{urlencode({'query': selector, **times})}") as answer:
            for series in json.load(answer)["data"]["result"]:
                labels = tuple(sorted(series["metric"].items()))
                yield from (Row(labels, round(time * 1000), bits(float(text))) for time, text in series["values"])


def test_a_grid_is_what_prometheus_computes(data: Stored, tmp_path: Path) -> None:
    """Every two seconds a day has 43,200 points; Prometheus gives 11,000 of a series at once."""
    with prometheus(data) as server:
        fields = ("--metric", "shop_level", "--format", "csv", "--output", "day.csv", "--step", "2s")
        times = ("--start", "2026-01-01T00:00:00Z", "--end", "2026-01-02T00:00:00Z")
        done(export(tmp_path, "run", written_spec(tmp_path, server, "csv"), *fields, *times))
        expected = sorted(on_grid(server.url, "shop_level", 6))
    assert len(expected) > 22_000
    assert read(tmp_path / "day.csv") == expected


VALUES = sorted(
    [
        "a",
        "a.b|c",
        "a]^-",
        "\x01",
        "\x7f",
        "\\",
        '"',
        "a\nb",
        "a\n",
        "(?i)A",
        "\xfc",
        "\ud7ff",
        "\ue000",
        "\uffff",
        "\U0001f600",
    ]
)


def test_labels_that_are_no_identifiers_are_taken_in_parts(tmp_path: Path) -> None:
    """Prometheus has them since 3.0."""
    programs = {name: verifiers.program("current", name) for name in ("promtool", "prometheus")}
    if None in programs.values():
        pytest.skip(verifiers.why_missing("current"))
    lines = [
        f'{{"shop_level","my.label/\u00fc"="{escaped(value)}"}} {number} {START / 1000 + number:.3f}'
        for value in VALUES
        for number in range(40)
    ]
    (tmp_path / "samples.om").write_text("\n".join([*lines, "# EOF", ""]), "utf-8")
    (tmp_path / "prometheus.yml").write_text("global: {}\n", "utf-8")
    backfill = [str(programs["promtool"]), "tsdb", "create-blocks-from", "openmetrics", "samples.om", "data"]
    subprocess.run(backfill, cwd=tmp_path, check=True, capture_output=True)
    with prometheus(Stored(str(programs["prometheus"]), tmp_path, []), "--query.max-samples=50") as server:
        fields = ("--metric", "shop_level", "--format", "csv", "--output", "day.csv")
        times = ("--start", "2026-01-01T00:00:00Z", "--end", "2026-01-01T01:00:00Z")
        done(export(tmp_path, "run", written_spec(tmp_path, server, "csv"), *fields, *times))
    with (tmp_path / "day.csv").open(newline="", encoding="utf-8") as file:
        found = [(json.loads(row["other_labels"]), float(row["value"])) for row in csv.DictReader(file)]
    assert found == [({"my.label/\u00fc": value}, float(number)) for value in VALUES for number in range(40)]


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
