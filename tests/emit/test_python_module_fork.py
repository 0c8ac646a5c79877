"""The generated module in a process that forks: no child hangs, and none counts for its parent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emit.python.modules import EXAMPLE, model_of, source_of

# Threads count and scrape, so that the lock is nearly always held, while the main thread forks.
FORKING = """
import json, os, signal, threading
from prometheus_client import generate_latest
from proxywhirl_metrics import Metrics

metrics = Metrics()
LABELS = {"pool": "us-east", "region": "us", "status": "success"}
done = threading.Event()

def busy():
    while not done.is_set():
        for _ in range(500):
            metrics.requests_total.inc(**LABELS)
        generate_latest(metrics.registry)

def counted(metrics=metrics):
    family = {sample.labels["status"]: sample for sample in next(iter(metrics.requests_total.collect())).samples
              if sample.labels["pool"] == "us-east" and sample.labels["region"] == "us"}
    return family["success"].value

threads = [threading.Thread(target=busy) for _ in range(3)]
for thread in threads:
    thread.start()
statuses = []
for _ in range(40):
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)  # a child that hangs dies of it
        before = counted()
        for _ in range(1000):
            metrics.requests_total.inc(**LABELS)
            metrics.fetched_proxies_total.inc(source="new")
        kept = counted() == before + 1000 and b'source="new"' in generate_latest(metrics.registry)
        os._exit(0 if kept else 1)
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
done.set()
for thread in threads:
    thread.join()
before = counted()
metrics.requests_total.inc(**LABELS)
said = generate_latest(metrics.registry).decode()
print(json.dumps({"statuses": statuses, "counts_on": counted() == before + 1, "strange": 'source="new"' in said}))
"""


# A thread is in the middle of a scrape, for a while, when the process forks.
HELD = """
import os, signal, threading
from proxywhirl_metrics import Metrics

metrics = Metrics()
held, pause = threading.Event(), threading.Event()

def hold():
    with metrics._shared.lock:
        held.set()
        pause.wait(0.5)

threading.Thread(target=hold).start()
held.wait()
pid = os.fork()
if pid == 0:
    signal.alarm(10)
    metrics.fetched_proxies_total.inc(source="new")
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def _run(folder: Path, program: str) -> str:
    (folder / "proxywhirl_metrics.py").write_text(source_of(model_of(EXAMPLE)))
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_no_child_inherits_a_lock_that_nobody_releases(tmp_path: Path) -> None:
    assert _run(tmp_path, HELD) == "0\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_children_of_a_busy_process_count_on_from_where_it_was(tmp_path: Path) -> None:
    assert json.loads(_run(tmp_path, FORKING)) == {"statuses": [0] * 40, "counts_on": True, "strange": False}
