"""The generated module under PROMETHEUS_MULTIPROC_DIR: every process answers for all, the dead ones too."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.emit.python.modules import EXAMPLE, model_of, source_of

# What the service does is in the request's path; each answer says which process gave it.
SERVICE = """
import os, time
from proxywhirl_metrics import Metrics, MetricsConfig

metrics = Metrics(MetricsConfig(basic_auth_username=None, basic_auth_password=None))
exposed = metrics.wsgi_app()

def count():
    metrics.requests_total.inc(pool="us-east", region="us", status="success")
    metrics.requests_total.labels(pool="us-east", region="us", status="error").inc(2)
    metrics.request_duration_seconds.observe(0.3, pool="us-west")
    metrics.response_size_bytes.observe(5000, pool="eu-central")
    metrics.pool_healthy.inc(pool="us-east")
    metrics.pool_size.set(5, pool="us-east")
    metrics.last_fetch_timestamp_seconds.set_to_current_time(source="list")
    metrics.maintenance_mode.set(1)
    metrics.requests_total.inc(pool="nowhere", region="us", status="success")
    for index in range(50):
        metrics.fetched_proxies_total.inc(source=f"source {index}")

def app(environ, start_response):
    if environ["PATH_INFO"] == "/metrics":
        return exposed(environ, start_response)
    if environ["PATH_INFO"] == "/count":
        count()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""
CONFIGURATION = """
from prometheus_client import multiprocess

def child_exit(server, worker):
    multiprocess.mark_process_dead(worker.pid)
"""
WORKERS = 4


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service")
    (folder / "proxywhirl_metrics.py").write_text(source_of(model_of(EXAMPLE)))
    (folder / "service.py").write_text(SERVICE)
    (folder / "gunicorn_conf.py").write_text(CONFIGURATION)
    return folder


class Service:
    """gunicorn with its workers."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process

    def get(self, path: str, accept: str = "text/plain") -> str:
        with urlopen(Request(f"http://127.0.0.1:{self.port}{path}", headers={"Accept": accept}), timeout=30) as answer:
            return str(answer.read().decode())

    def spread(self, path: str) -> dict[str, int]:
        """Asks until each of the workers has answered; how often each did."""
        answers: dict[str, int] = {}
        deadline = time.monotonic() + 60
        while len(answers) < WORKERS and time.monotonic() < deadline:
            pid = self.get(path)
            answers[pid] = answers.get(pid, 0) + 1
        assert len(answers) == WORKERS
        return answers

    def samples(self, path: str = "/metrics") -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in read_text(self.get(path))
            for sample in family.samples
        }


@contextmanager
def _running(project: Path, files: Path, *options: str) -> Iterator[Service]:
    files.mkdir(exist_ok=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        port = listening.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn_conf.py", "--workers", str(WORKERS)]
        command += ["--bind", f"fd://{listening.fileno()}", "--log-level", "warning", "--keep-alive", "0", *options]
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(files), "PYTHONPATH": str(project)}
        process = subprocess.Popen(
            [*command, "service:app"], cwd=project, env=environment, pass_fds=[listening.fileno()]
        )
        try:
            yield Service(port, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


LE = ("0.1", "0.5", "1.0", "+Inf")
US = {"pool": "us-east", "region": "us"}


@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["each imports it", "preloaded"])
def test_4_gunicorn_workers_expose_the_sum_of_what_all_counted(
    project: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    with _running(project, tmp_path / "files", *options) as service:
        counted = service.spread("/count")
        calls = sum(counted.values())
        for _ in range(WORKERS):  # whichever answers
            found = service.samples()
            assert found[_key("proxywhirl_requests_total", **US, status="success")] == calls
            assert found[_key("proxywhirl_requests_total", **US, status="error")] == 2 * calls
            assert found[_key("proxywhirl_requests_total", pool="ap-south", region="eu", status="timeout")] == 0
            assert found[_key("proxywhirl_request_duration_seconds_count", pool="us-west")] == calls
            assert found[_key("proxywhirl_request_duration_seconds_sum", pool="us-west")] == pytest.approx(0.3 * calls)
            buckets = {
                le: found[_key("proxywhirl_request_duration_seconds_bucket", pool="us-west", le=le)] for le in LE
            }
            assert buckets == {"0.1": 0, "0.5": calls, "1.0": calls, "+Inf": calls}
            assert found[_key("proxywhirl_pool_healthy", pool="us-east")] == calls
            assert found[_key("proxywhirl_pool_size", pool="us-east")] == 5 * WORKERS
            assert found[_key("proxywhirl_maintenance_mode")] == 1
            assert found[_key("proxywhirl_last_fetch_timestamp_seconds", source="list")] == pytest.approx(
                time.time(), abs=600
            )
            rejected = {"metric": "proxywhirl_requests_total", "reason": "invalid_value"}
            assert found[_key("proxywhirl_metrics_rejected_total", **rejected)] == calls
        sources = {dict(labels)["source"] for name, labels in found if name == "proxywhirl_fetched_proxies_total"}
        assert sources == {*(f"source {index}" for index in range(40)), "__overflow__"}
        assert found[_key("proxywhirl_fetched_proxies_total", source="__overflow__")] == 10 * calls


def test_a_worker_that_dies_leaves_its_counts_and_takes_its_part_of_the_gauges(project: Path, tmp_path: Path) -> None:
    with _running(project, tmp_path / "files") as service:
        counted = service.spread("/count")
        victim = next(iter(counted))
        os.kill(int(victim), signal.SIGKILL)
        deadline = time.monotonic() + 60
        others: set[str] = set()
        while len(others - set(counted)) == 0 and time.monotonic() < deadline:
            others.add(service.get("/who"))
        calls = sum(counted.values())
        found = service.samples()
        assert found[_key("proxywhirl_requests_total", **US, status="success")] == calls
        assert found[_key("proxywhirl_request_duration_seconds_count", pool="us-west")] == calls
        assert found[_key("proxywhirl_pool_size", pool="us-east")] == 5 * (WORKERS - 1)
        service.spread("/count")
        assert service.samples()[_key("proxywhirl_requests_total", **US, status="success")] > calls


def test_both_formats_and_names_are_answered(project: Path, tmp_path: Path) -> None:
    with _running(project, tmp_path / "files") as service:
        service.spread("/count")
        only = service.samples("/metrics?name[]=proxywhirl_pool_size&name[]=proxywhirl_requests_total")
        assert {name for name, _ in only} == {"proxywhirl_pool_size", "proxywhirl_requests_total"}
        read: Any = read_openmetrics
        families = list(read(service.get("/metrics", "application/openmetrics-text")))
        names = {sample.name for family in families for sample in family.samples}
        assert {"proxywhirl_requests_total", "proxywhirl_request_duration_seconds_bucket"} <= names


# In one process: what the registry says of this process, and what is switched off.
ONE_PROCESS = """
import json
from proxywhirl_metrics import Metrics, MetricsConfig, _exposition_text

metrics = Metrics()
for number in range(1000):
    metrics.requests_total.inc(pool="us-east", region="us", status="success", exemplar={"trace_id": "1"})
    metrics.request_duration_seconds.observe(number / 100, pool="us-east")
    metrics.pool_size.set(number, pool="us-east")
    metrics.pool_size.dec(0.5, pool="us-east")
    metrics.requests_total.inc(float("nan"), pool="us-east", region="us", status="success")
own = {
    sample.name: sample.value
    for family in metrics.registry.collect()
    for sample in family.samples
    if sample.labels.get("pool", "us-east") == "us-east" and sample.labels.get("region", "us") == "us"
    and sample.labels.get("status", "success") == "success" and sample.labels.get("le", "+Inf") == "+Inf"
}
metrics.reload(MetricsConfig(enable_pool_metrics=False))
all_of_them = _exposition_text(metrics.registry, openmetrics=False, names=None).decode()
print(json.dumps({"own": own, "exposed": all_of_them}))
"""


def test_the_registry_says_what_this_process_counted_and_a_disabled_group_is_not_exposed(
    project: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(project)}
    done = subprocess.run(
        [sys.executable, "-c", ONE_PROCESS], env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["own"]["proxywhirl_requests_total"] == 1000
    assert said["own"]["proxywhirl_request_duration_seconds_count"] == 1000
    assert said["own"]["proxywhirl_request_duration_seconds_sum"] == pytest.approx(4995)
    assert said["own"]["proxywhirl_pool_size"] == 998.5
    assert 'proxywhirl_requests_total{pool="us-east",region="us",status="success"} 1000.0' in said["exposed"]
    assert "proxywhirl_pool_size" not in said["exposed"]
    assert "trace_id" not in said["exposed"]
