"""`python -m <service>_metrics`: made-up traffic for every series, served until it is interrupted."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from gaugewright.emit import python_module
from gaugewright.model.model import Model
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.emit.python.modules import AWKWARD, EXAMPLE, imported, model_of, samples, source_of
from tests.emit.python.scraping import PATIENCE, basic, free_port

EVERYTHING = Path(__file__).with_name("everything.yaml")
PASSWORD = "a long password"


@contextmanager
def demo(
    folder: Path, model: Model, *arguments: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running demonstration, and the address that it says."""
    ((_, content),) = python_module.emit(model).items()
    name = f"{model.service.name}_metrics"
    (folder / f"{name}.py").write_bytes(content)
    process = subprocess.Popen(
        [sys.executable, "-m", name, "--port", "0", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            said += line
        yield process, re.findall(r"http://\S+?(?=;)", said)[0]
    finally:
        process.kill()
        process.communicate()


def scraped(url: str, **headers: str) -> str:
    with urlopen(Request(url, headers=headers), timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def counts(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in read_text(text)
        if family.type in ("counter", "histogram", "summary")
        for sample in family.samples
    }


@pytest.mark.parametrize("spec", [EXAMPLE, EVERYTHING], ids=lambda path: path.stem)
def test_two_scrapes_show_every_series_and_that_time_goes_on(tmp_path: Path, promtool: Path, spec: Path) -> None:
    model = model_of(spec)
    with demo(tmp_path, model, "--host", "127.0.0.1", "--seed", "1") as (process, url):
        first = scraped(url)
        checked = subprocess.run(
            [promtool, "check", "metrics"], input=first, capture_output=True, text=True, check=False
        )
        assert "error" not in checked.stderr.lower(), checked.stderr
        present = {sample.name for family in read_text(first) for sample in family.samples}
        declared = {series.name for metric in model.metrics if metric.enabled for series in metric.series}
        assert declared <= present
        later = counts(scraped(url))
        while later == counts(first):
            later = counts(scraped(url))
        assert all(later[series] >= value for series, value in counts(first).items() if "python_gc" not in series[0])
        assert not [series for series in later if series[0].endswith("_metrics_rejected_total")]
        process.send_signal(signal.SIGINT)
        _, complained = process.communicate(timeout=PATIENCE)
        assert (process.returncode, complained) == (0, "")


def test_it_asks_for_the_password_where_there_is_one(tmp_path: Path) -> None:
    with demo(tmp_path, model_of(EXAMPLE), PROXYWHIRL_METRICS_PASSWORD=PASSWORD) as (process, url):
        with pytest.raises(OSError, match="401"):
            scraped(url)
        assert "proxywhirl_pool_size" in scraped(url, Authorization=basic(f"prometheus:{PASSWORD}"))
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    ((_, content),) = python_module.emit(model_of(EXAMPLE)).items()
    (tmp_path / "proxywhirl_metrics.py").write_bytes(content)
    for port, exit_code in ((str(70_000), 1), ("x", 2)):
        command = [sys.executable, "-m", "proxywhirl_metrics", "--port", port]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (exit_code, False)
        assert "proxywhirl_metrics: " in done.stderr


@pytest.mark.parametrize("spec", [EXAMPLE, AWKWARD, EVERYTHING], ids=lambda path: path.stem)
def test_a_day_of_it_is_a_wave_within_the_buckets_and_rejects_nothing(spec: Path) -> None:
    """A step a minute of the day; the same seed makes the same day."""
    with imported(source_of(model_of(spec))) as generated:

        def day() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
            metrics = generated.fake()
            traffic = generated._Traffic(metrics, random.Random(7))
            for minute in range(0, 86_400, 600):
                traffic.step(float(minute))
            return {
                key: value for key, value in samples(metrics).items() if not key[0].startswith(("python", "process"))
            }

        first = day()
        assert first == day()
        assert all(value >= 0 for value in first.values())


def test_nights_are_quieter_than_days_and_failures_rarer_than_successes() -> None:
    with imported(source_of(model_of(EXAMPLE))) as generated:

        def requests(hour: int) -> dict[str, float]:
            metrics = generated.Metrics()
            traffic = generated._Traffic(metrics, random.Random(7))
            for second in range(600):
                traffic.step(hour * 3600.0 + second)
            found: dict[str, float] = {}
            for (name, labels), value in samples(metrics).items():
                if name == "proxywhirl_requests_total":
                    status = dict(labels)["status"]
                    found[status] = found.get(status, 0) + value
                elif name == "proxywhirl_request_duration_seconds_bucket" and dict(labels)["le"] in ("0.1", "+Inf"):
                    found[name + dict(labels)["le"]] = found.get(name + dict(labels)["le"], 0) + value
            return found

        night, noon = requests(0), requests(12)
        assert night["success"] < noon["success"] / 2
        for found in (night, noon):
            assert found["error"] + found["timeout"] < found["success"] / 2
            below, every = (found[f"proxywhirl_request_duration_seconds_bucket{le}"] for le in ("0.1", "+Inf"))
            assert below < every / 10


def test_the_port_it_is_given_is_the_one_it_takes(tmp_path: Path) -> None:
    port = free_port()
    with demo(tmp_path, model_of(EXAMPLE), "--port", str(port)) as (_, url):
        assert url == f"http://127.0.0.1:{port}/metrics"
