"""The commands of QUICKSTART.md start a service and its servers, and a later build reaches them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import gaugewright
import pytest

from tests.emit.commonmark import parsed

EVERYTHING = Path(__file__).parent.parent / "emit" / "everything.yaml"
COMPILER = str(Path(gaugewright.__file__).parent.parent)
PATIENCE = 60
"""Seconds to wait for a server or a first sample on a busy machine."""

pytestmark = pytest.mark.e2e


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in found]


@pytest.fixture
def page(tmp_path: Path) -> dict[str, list[str]]:
    """Builds the spec on free ports in `tmp_path`; gives the page's blocks by their language."""
    exposition, prometheus, alertmanager = free_ports(3)
    spec = EVERYTHING.read_text().replace("exposition_port: 9191", f"exposition_port: {exposition}")
    spec = spec.replace("scrape_interval_seconds: 30", "scrape_interval_seconds: 1\n  exposition_host: 127.0.0.1")
    servers = f"  prometheus_url: http://localhost:{prometheus}\n  alertmanagers: ['localhost:{alertmanager}']\n"
    (tmp_path / "everything.yaml").write_text(spec.replace("service:\n", f"service:\n{servers}", 1))
    build(tmp_path)
    found: dict[str, list[str]] = {}
    for token in parsed((tmp_path / "out/depot/docs/QUICKSTART.md").read_text()):
        if token.type == "fence":
            found.setdefault(token.info, []).append(token.content)
    return found


def build(folder: Path) -> None:
    command = [sys.executable, "-m", "gaugewright", "build", "everything.yaml"]
    subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": COMPILER}, check=True)


@contextmanager
def running(script: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Runs a script of the page and everything that it starts, until the end of the block."""
    process = subprocess.Popen(["bash", "-c", script], cwd=folder, env=environment, start_new_session=True)
    try:
        yield
        assert process.poll() is None, script
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answer(command: str, folder: Path) -> str:
    """What a curl command of the page prints, asked until it is there."""
    pause = threading.Event()
    for _ in range(PATIENCE * 5):
        done = subprocess.run(
            ["bash", "-ec", command.replace("curl ", "curl -sf ")],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and '"result":[]' not in done.stdout:
            return done.stdout
        pause.wait(0.2)
    raise AssertionError(f"no answer to {command}: {done.stderr}")


def test_the_set_up_works_and_a_build_reaches_the_running_servers(
    tmp_path: Path, page: dict[str, list[str]], prometheus_server: Path, alertmanager_server: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "prometheus").symlink_to(prometheus_server)
    (programs / "alertmanager").symlink_to(alertmanager_server)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(tmp_path / "out/depot/python"),
        "DEPOT_METRICS_PASSWORD": "long enough",
        "DEPOT_SLACK_URL": "http://127.0.0.1:9/",
    }
    (secrets,) = (block for block in page["sh"] if "chmod 600" in block)
    subprocess.run(["bash", "-ec", secrets], cwd=tmp_path, env=environment, check=True)
    (tmp_path / "service.py").write_text(page["python"][0] + "\nimport threading\nthreading.Event().wait()\n")
    starts = [block for block in page["sh"] if block.startswith(("prometheus ", "alertmanager "))]
    assert len(starts) == 2
    (query,) = (line for block in page["sh"] for line in block.splitlines() if "/api/v1/query" in line)
    (reloads,) = (re.findall("^curl .*reload$", block, re.M) for block in page["sh"] if "/-/reload" in block)
    with ExitStack() as stack:
        for script in [f"{sys.executable} service.py", *starts]:
            stack.enter_context(running(script, tmp_path, environment))
        (up,) = json.loads(answer(query, tmp_path))["data"]["result"]
        assert up["value"][1] == "1"

        folder, spec = tmp_path / "out/depot", tmp_path / "everything.yaml"
        before = folder.stat().st_ino
        spec.write_text(spec.read_text().replace("threshold: 100", "threshold: 101"))
        build(tmp_path)
        assert folder.stat().st_ino != before
        assert len(reloads) == 2
        for reload in reloads:
            answer(reload, tmp_path)
        address = re.findall(r"http://\S+?(?=/-/)", reloads[0])[0]
        with urlopen(f"{address}/api/v1/rules") as rules:
            assert "> 101" in json.dumps(json.load(rules)["data"])
        assert sorted(path.name for path in (folder / "prometheus/secrets").iterdir()) == ["metrics-password"]
