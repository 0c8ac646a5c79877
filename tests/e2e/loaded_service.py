"""A service under load, for test_scraping.py: eight threads count, labels are flooded, settings change.

    python loaded_service.py SETTINGS TALLY

It follows the file SETTINGS and rewrites it all the time. On SIGUSR1 it counts no more, writes what its threads
counted themselves into the file TALLY, and goes on being scraped until it is ended.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

from proxywhirl_metrics import Metrics

THREADS = 8


def load(metrics: Metrics, number: int, stop: threading.Event) -> Counter[str]:
    """Counts until it is stopped, and what it counted."""
    draw, counted = random.Random(number), Counter[str]()
    while not stop.is_set():
        for _ in range(500):
            metrics.requests_total.inc(pool="us-east", region="us", status="success")
            metrics.request_duration_seconds.observe(0.25, pool="us-west")
        flood(metrics, draw)
        counted.update(requests=500, observations=500, floods=1, redacted=2, invalid=1, amounts=1)
    return counted


def flood(metrics: Metrics, draw: random.Random) -> None:
    """A source that nobody saw before, two that must not be seen, a pool that is none, an amount that is none."""
    metrics.fetched_proxies_total.inc(source=f"list-{draw.getrandbits(64):x}")
    metrics.fetched_proxies_total.inc(source=f"http://user:secret@host-{draw.randrange(10**6)}.example.com")
    metrics.fetched_proxies_total.inc(source=f"10.0.{draw.randrange(256)}.{draw.randrange(256)}:8080")
    metrics.rotations_total.inc(pool=f"pool-{draw.random()}", strategy="random")  # type: ignore[arg-type]
    metrics.cache_lookups_total.inc(float("nan"), outcome="hit")


def change_settings(path: Path, stop: threading.Event) -> None:
    """Rewrites the settings until it is stopped, and last to what they were."""
    draw, first = random.Random(0), path.read_text()
    while not stop.wait(0.1):
        settings = json.loads(first)
        settings["enable_process_metrics"] = draw.random() < 0.5
        settings["label_cardinality_limit"] = draw.randrange(500, 5000)
        replace(path, json.dumps(settings) if draw.random() < 0.8 else "{ no JSON")
    replace(path, first)


def replace(path: Path, content: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(content)
    os.replace(beside, path)


def main() -> None:
    settings, tally = map(Path, sys.argv[1:])
    stop = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: stop.set())
    metrics = Metrics()
    metrics.watch(settings, interval=0.05)
    metrics.serve()
    counted: list[Counter[str]] = []
    threads = [threading.Thread(target=change_settings, args=(settings, stop))]
    threads += [
        threading.Thread(target=lambda number=number: counted.append(load(metrics, number, stop)))
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.1)  # in pieces, since a signal is heard between them
    replace(tally, json.dumps(sum(counted, Counter[str]())))
    threading.Event().wait()


if __name__ == "__main__":
    main()
