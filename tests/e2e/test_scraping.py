"""Prometheus, both generations, scrapes a service under load: no scrape fails, and what it stores is what was counted.

GAUGEWRIGHT_SCRAPES=60 makes a minute of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests import verifiers
from tests.e2e.stack import Stack, free_ports, get, stack
from tests.e2e.test_end_to_end import PASSWORD, Ports, build, quick_variant, write_secrets

pytestmark = pytest.mark.e2e

SERVICE = Path(__file__).with_name("loaded_service.py")
SCRAPES = int(os.environ.get("GAUGEWRIGHT_SCRAPES", "12"))
"""How many scrapes a run takes, one a second."""

Series = dict[tuple[tuple[str, str], ...], float]


@dataclass(frozen=True, slots=True)
class Scraped:
    """A service under load and the Prometheus that scrapes it."""

    servers: Stack
    ports: Ports
    outputs: Path
    tally: Path

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = get(f"http://127.0.0.1:{self.ports.prometheus}/api/v1/query", {"query": expression})
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def number(self, expression: str) -> float | None:
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None

    def stored(self) -> Series:
        """Every series of the service as Prometheus has it, by its labels (and `__name__`)."""
        return {
            tuple(
                sorted((k, v) for k, v in one["metric"].items() if k not in ("job", "instance", "environment"))
            ): float(one["value"][1])
            for one in self.query('{__name__=~"proxywhirl_.+"}')
        }

    def exposed(self) -> Series:
        """Every series of the service as it stands on the endpoint."""
        key = b64encode(f"prometheus:{PASSWORD}".encode()).decode()
        url = f"http://127.0.0.1:{self.ports.exposition}/metrics"
        with urlopen(Request(url, headers={"Authorization": f"Basic {key}"}), timeout=30) as answer:
            families = list(read_text(answer.read().decode()))
        return {
            tuple(sorted({**sample.labels, "__name__": sample.name}.items())): float(sample.value)
            for family in families
            for sample in family.samples
            if sample.name.startswith("proxywhirl_")
        }

    def stop_counting(self) -> Counter[str]:
        self.servers.running["service"].send_signal(signal.SIGUSR1)
        return Counter(json.loads(self.servers.wait_for("the service counts no more", self._tally)))

    def _tally(self) -> str | None:
        return self.tally.read_text() if self.tally.exists() else None


@pytest.fixture
def scraped(tmp_path: Path, prometheus_server: Path) -> Iterator[Scraped]:
    ports = Ports(*free_ports(4))
    with stack(tmp_path) as servers:
        outputs = build(quick_variant(ports, "http://127.0.0.1:1"), tmp_path)
        write_secrets(outputs, "http://127.0.0.1:1/slack")
        settings = tmp_path / "settings.json"
        shutil.copy(outputs / "python" / "proxywhirl_metrics.json", settings)
        servers.start(
            "service",
            [sys.executable, SERVICE, settings, tmp_path / "tally.json"],
            tmp_path,
            PYTHONPATH=str(outputs / "python"),
            PROXYWHIRL_METRICS_PASSWORD=PASSWORD,
        )
        servers.start(
            "prometheus",
            [
                prometheus_server,
                "--config.file=prometheus.yml",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address=127.0.0.1:{ports.prometheus}",
            ],
            outputs / "prometheus",
        )
        yield Scraped(servers, ports, outputs, tmp_path / "tally.json")


@pytest.mark.parametrize("prometheus_server", verifiers.GENERATIONS, indirect=True)
def test_prometheus_scrapes_without_an_error_and_stores_what_was_counted(scraped: Scraped) -> None:
    up = 'up{job="proxywhirl"}'
    enough = f"count_over_time({up}[1h]) >= {SCRAPES}"
    scraped.servers.wait_for(f"{SCRAPES} scrapes", lambda: scraped.query(enough), seconds=60 + 3 * SCRAPES)
    counted = scraped.stop_counting()

    exposed = scraped.exposed()
    scraped.servers.wait_for("Prometheus has the last state", lambda: scraped.stored() == exposed)
    assert scraped.number(f"min_over_time({up}[1h])") == 1
    assert scraped.number("max_over_time(scrape_samples_scraped[1h])") == scraped.number(
        "max_over_time(scrape_samples_post_metric_relabeling[1h])"
    )
    (job,) = yaml.safe_load((scraped.outputs / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    most = scraped.number("max_over_time(scrape_samples_scraped[1h])")
    assert most is not None
    assert len(exposed) <= most <= job["sample_limit"]

    assert counted["requests"] > 1000
    assert_counted(exposed, counted)
    log = scraped.servers.folder.joinpath("service.log").read_text()
    assert "is not taken, the old configuration stays" in log
    assert not re.search(r"Traceback|secret", log)


def assert_counted(exposed: Series, counted: Counter[str]) -> None:
    """The endpoint's numbers are those that the threads kept themselves."""

    def total(name: str, **labels: str) -> float:
        wanted = {("__name__", f"proxywhirl_{name}"), *labels.items()}
        return sum(value for key, value in exposed.items() if wanted <= set(key))

    assert total("requests_total") == total("requests_total", pool="us-east") == counted["requests"]
    assert total("request_duration_seconds_count") == counted["observations"]
    assert total("request_duration_seconds_bucket", le="0.5") == counted["observations"]
    assert total("request_duration_seconds_sum") == counted["observations"] * 0.25
    assert total("fetched_proxies_total") == counted["floods"] + counted["redacted"]
    assert total("fetched_proxies_total", source="__redacted__") == counted["redacted"]
    sources = {dict(key)["source"] for key in exposed if ("__name__", "proxywhirl_fetched_proxies_total") in key}
    assert len(sources - {"__redacted__", "__overflow__"}) <= 40
    assert total("rotations_total", pool="__invalid__") == counted["invalid"]
    refused = "metrics_rejected_total"
    assert total(refused, reason="redacted") == counted["redacted"]
    assert total(refused, reason="invalid_value") == counted["invalid"]
    assert total(refused, reason="invalid_amount") == counted["amounts"]
    overflown = total("fetched_proxies_total", source="__overflow__")
    assert (
        total(refused, reason="overflow")
        == overflown
        == counted["floods"] - len(sources - {"__redacted__", "__overflow__"})
    )
