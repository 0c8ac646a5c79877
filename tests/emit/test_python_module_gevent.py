"""The generated module under gevent: greenlets count exactly, and leave nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emit.python.modules import EXAMPLE, model_of, source_of

PATCHED_FIRST = """
from gevent import monkey
monkey.patch_all()
from proxywhirl_metrics import Metrics
metrics = Metrics()
"""
PATCHED_LAST = """
from proxywhirl_metrics import Metrics
metrics = Metrics()
from gevent import monkey
monkey.patch_all()
"""
# Greenlets that yield in the middle of their work, beside real threads and scrapes; then as many again.
COUNTING = """
import gc, json, threading, tracemalloc
import gevent
from gevent.threadpool import ThreadPool
from prometheus_client import generate_latest

def count(index):
    for step in range(5):
        metrics.requests_total.inc(pool="us-east", region="us", status="success")
        metrics.pool_healthy.inc(pool="us-east")
        with metrics.request_duration_seconds.time(pool="us-west"):
            gevent.sleep(0)
        metrics.fetched_proxies_total.inc(source=f"source {index % 60}")

def wave():
    pool = ThreadPool(4)
    threads = [pool.spawn(count, index) for index in range(4)]
    gevent.joinall([gevent.spawn(count, index) for index in range(2000)] + [gevent.spawn(scrape)])
    gevent.joinall(threads)
    pool.kill()

def scrape():
    for _ in range(10):
        generate_latest(metrics.registry)
        gevent.sleep(0)

def size():
    generate_latest(metrics.registry)
    gc.collect()
    module = tracemalloc.Filter(True, "*proxywhirl_metrics.py")
    return sum(one.size for one in tracemalloc.take_snapshot().filter_traces([module]).statistics("filename"))

tracemalloc.start()
sizes = []
for _ in range(3):
    wave()
    sizes.append(size())
totals = {}
for family in metrics.registry.collect():
    for sample in family.samples:
        totals[sample.name] = totals.get(sample.name, 0) + sample.value
print(json.dumps({"totals": totals, "sizes": sizes}))
"""


@pytest.mark.parametrize("order", [PATCHED_FIRST, PATCHED_LAST], ids=["patched before", "patched after"])
def test_thousands_of_greenlets_count_exactly_and_leave_nothing(tmp_path: Path, order: str) -> None:
    (tmp_path / "proxywhirl_metrics.py").write_text(source_of(model_of(EXAMPLE)))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "GEVENT_SUPPORT": "True"}
    done = subprocess.run(
        [sys.executable, "-c", order + COUNTING], env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    calls = 3 * 2004 * 5
    assert said["totals"]["proxywhirl_requests_total"] == calls
    assert said["totals"]["proxywhirl_pool_healthy"] == calls
    assert said["totals"]["proxywhirl_request_duration_seconds_count"] == calls
    assert said["totals"]["proxywhirl_fetched_proxies_total"] == calls
    first, _, last = said["sizes"]
    assert last < first + 64 * 1024  # 4,000 greenlets later; each is worth at least a dictionary


# The endpoint is greenlets then: it answers clients of this process, which is the one thread that there is.
SERVING = """
import json
from urllib.request import urlopen
import gevent
from proxywhirl_metrics import MetricsConfig

open_to_all = dict(basic_auth_username=None, basic_auth_password=None)
metrics.reload(MetricsConfig(**open_to_all))
server = metrics.serve(port=0)
statuses = [urlopen(server.url, timeout=30).status for _ in range(3)]

def write(path):
    with open("settings.json", "w") as file:
        json.dump({**open_to_all, "exposition_path": path}, file)

write("/metrics")
metrics.watch("settings.json", interval=0.01)
write("/moved")
while metrics.config.exposition_path != "/moved":
    gevent.sleep(0.01)
greenlets = [gevent.spawn(lambda: urlopen(server.url, timeout=30).status) for _ in range(50)]
gevent.joinall(greenlets)
statuses += [one.value for one in greenlets]
metrics.close()
print(json.dumps(statuses))
"""


@pytest.mark.parametrize("order", [PATCHED_FIRST, PATCHED_LAST], ids=["patched before", "patched after"])
def test_the_endpoint_and_the_file_of_settings_take_their_turns_with_greenlets(tmp_path: Path, order: str) -> None:
    (tmp_path / "proxywhirl_metrics.py").write_text(source_of(model_of(EXAMPLE)))
    done = subprocess.run(
        [sys.executable, "-c", order + SERVING], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [200] * 53
