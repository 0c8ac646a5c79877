"""Type checkers accept the generated module as it is, and report every wrong call of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gaugewright.emit import python_module

from tests.emit.python.modules import AWKWARD, EXAMPLE, model_of

EVERYTHING = Path(__file__).with_name("everything.yaml")

# One call a line; what is behind `#` must be reported (by mypy's code), nothing else.
CALLS = """
metrics.requests_total.inc(pool="us-east", region="us", status="success")
metrics.requests_total.inc(2, pool="us-east", region="us", status="success")
metrics.requests_total.labels(pool="us-east", region="us", status="error").inc(2.5)
metrics.request_duration_seconds.observe(0.2, pool="us-east")
metrics.pool_size.set(12, pool="us-east")
metrics.pool_size.set_to_current_time(pool="us-east")
metrics.fetched_proxies_total.inc(source=input())
metrics.maintenance_mode.set(1)
with metrics.request_duration_seconds.time(pool="us-east"): pass
sized: int = metrics.request_duration_seconds.time(pool="us-east")(len)([])
metrics.requests_total.inc(1, {"trace_id": "7"}, pool="us-east", region="us", status="success")
metrics.request_duration_seconds.observe(0.2, exemplar={"trace_id": "7"}, pool="us-east")
metrics.requests_total.labels(pool="us-east", region="us", status="error").inc(exemplar={"trace_id": "7"})
pool: Pool = "ap-south"; metrics.pool_size.dec(pool=pool)
metrics.reload(MetricsConfig(exposition_port=9191, histogram_buckets=[1, 2]))
name: str = metrics.info["proxywhirl_pool_size"].name
metrics.requests_total.inc(pool="moon", region="us", status="success")  # arg-type
metrics.requests_total.inc(pool="us-east", region="us", status="succes")  # arg-type
metrics.requests_total.inc(pool="us-east", region="us")  # call-arg
metrics.requests_total.inc(pool="us-east", region="us", status="success", extra="x")  # call-arg
metrics.requests_total.inc("us-east", "us", "success")  # call-arg
metrics.requests_total.inc("2", pool="us-east", region="us", status="success")  # arg-type
metrics.requests_total.inc(pool=input(), region="us", status="success")  # arg-type
metrics.requests_total.inc(pool=None, region="us", status="success")  # arg-type
metrics.requests_total.set(1, pool="us-east", region="us", status="success")  # attr-defined
metrics.requests_total.dec(pool="us-east", region="us", status="success")  # attr-defined
metrics.requests_total.labels(pool="us-east", region="us", status="error").set(1)  # attr-defined
metrics.requests_total.labels(pool="us-east", region="us", status="error").inc("1")  # arg-type
metrics.requests_total.labels(pool="us-east", region="us", status="bad")  # arg-type
metrics.health_checks_total.inc(pool="us-east", status="timeout")  # arg-type
metrics.pool_size.observe(1, pool="us-east")  # attr-defined
metrics.pool_size.set(pool="us-east")  # call-arg
metrics.pool_size.set("12", pool="us-east")  # arg-type
metrics.request_duration_seconds.inc(pool="us-east")  # attr-defined
metrics.request_duration_seconds.observe(pool="us-east")  # call-arg
metrics.request_duration_seconds.observe(None, pool="us-east")  # arg-type
metrics.request_duration_seconds.observe(0.2, pool="us-east", le="0.5")  # call-arg
metrics.response_size_bytes.time(pool="us-east")  # attr-defined
metrics.fetched_proxies_total.inc(source=7)  # arg-type
metrics.fetched_proxies_total.inc()  # call-arg
metrics.requests_total.inc(exemplar="7", pool="us-east", region="us", status="success")  # arg-type
metrics.request_duration_seconds.observe(0.2, {"trace_id": 7}, pool="us-east")  # dict-item
metrics.pool_size.set(1, exemplar={"trace_id": "7"}, pool="us-east")  # call-arg
metrics.no_such_metric.inc()  # attr-defined
metrics.maintenance_mode.set(1, pool="us-east")  # call-arg
metrics.reload({"enabled": False})  # arg-type
MetricsConfig(exposition_port="9090")  # arg-type
MetricsConfig(no_such_setting=1)  # call-arg
""".strip().splitlines()
HEADER = "from proxywhirl_metrics import Metrics, MetricsConfig, Pool\n\nmetrics = Metrics()\n"
FIRST = HEADER.count("\n") + 1
EXPECTED = {FIRST + index: line.partition("  # ")[2] for index, line in enumerate(CALLS) if "  # " in line}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's project: the generated modules, and a service with right and wrong calls."""
    folder = tmp_path_factory.mktemp("project")
    for spec in (EXAMPLE, AWKWARD, EVERYTHING):
        for path, content in python_module.emit(model_of(spec)).items():
            (folder / Path(path).name).write_bytes(content)
    (folder / "service.py").write_text(HEADER + "\n".join(CALLS) + "\n")
    return folder


MODULES = ["proxywhirl_metrics.py", "awkward_metrics.py", "depot_metrics.py"]


def test_mypy_in_its_strict_mode_accepts_the_module_and_reports_the_wrong_calls_alone(project: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-pretty", "service.py", *MODULES]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    found: dict[tuple[str, int], set[str]] = {}
    for file, line, code in re.findall(r"^(\S+?):(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE):
        found.setdefault((file, int(line)), set()).add(code)
    assert set(found) == {("service.py", line) for line in EXPECTED}, done.stdout + done.stderr
    assert all(code in found["service.py", line] for line, code in EXPECTED.items()), done.stdout


@pytest.mark.parametrize("mode", ["standard", "strict"])
def test_pyright_accepts_the_module_and_reports_the_wrong_calls_alone(project: Path, mode: str) -> None:
    program = _pyright()
    settings = {"typeCheckingMode": mode, "include": ["service.py", *MODULES]}
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [program, "--outputjson", "--pythonpath", sys.executable], cwd=project, capture_output=True, text=True
    )
    found = {
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
        for one in json.loads(done.stdout)["generalDiagnostics"]
        # Of the table's own lines, which use names for their types alone.
        if one.get("rule") not in ("reportUnusedVariable", "reportUnusedExpression")
    }
    assert found == {("service.py", line) for line in EXPECTED}, done.stdout


def _pyright() -> str:
    """basedpyright is pyright with its own node; the modes `standard` and `strict` are pyright's."""
    beside = str(Path(sys.executable).parent)
    for name in ("basedpyright", "pyright"):
        if program := shutil.which(name, path=beside):
            return program
    pytest.skip("neither basedpyright nor pyright is installed beside this Python")
