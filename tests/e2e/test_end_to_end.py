"""From a spec to a message: what the compiler wrote is run by the programs that it is written for.

The example service counts, Prometheus scrapes it with its password and evaluates the rules, Alertmanager
routes, and a receiver on the loopback gets the notification, and later the news that all is well. Only the
spec is changed for the test (shorter times, free ports); no output is.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.stack import Receiver, Stack, free_ports, get, stack

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "specs" / "proxywhirl.yaml"
SERVICE = ROOT / "examples" / "proxywhirl" / "service.py"
PASSWORD = "the password of the test"
ALERT = "proxy_pool_high_error_rate"
SUMMARY = "High error rate in proxy pool us-east"


@dataclass(frozen=True, slots=True)
class Ports:
    service: int
    exposition: int
    prometheus: int
    alertmanager: int


def quick_variant(ports: Ports, receiver: str) -> dict[str, Any]:
    """The example spec with times of seconds, on free ports, its web channels going to the receiver."""
    spec: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text().replace("5m", "5s"))
    spec["service"] |= {
        "main_port": ports.service,
        "targets": [f"127.0.0.1:{ports.exposition}"],
        "alertmanagers": [f"127.0.0.1:{ports.alertmanager}"],
        "prometheus_url": f"http://127.0.0.1:{ports.prometheus}",
    }
    spec["metrics_config"] |= {"exposition_port": ports.exposition, "scrape_interval_seconds": 1}
    spec["routing"] = {"group_wait": "0s", "group_interval": "2s", "repeat_interval": "1h"}
    for alert in spec["alert_rules"]:
        alert["duration"] = "3s"
    for channel in spec["notification_channels"]:
        if channel["name"] == "audit":
            channel["url"] = f"{receiver}/audit"
    return spec


def build(spec: dict[str, Any], folder: Path) -> Path:
    """The outputs that `gaugewright build` writes for the spec."""
    path = folder / "proxywhirl.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    command = [sys.executable, "-m", "gaugewright", "build", str(path), "--out", str(folder / "out")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out" / "proxywhirl"


def write_secrets(outputs: Path, slack_url: str) -> None:
    """The files that the outputs name, beside them, as a user lays them down."""
    for name in ("prometheus/prometheus.yml", "alertmanager/alertmanager.yml"):
        configuration = outputs / name
        for key, path in secret_files(yaml.safe_load(configuration.read_text())):
            secret = {"api_url_file": slack_url, "password_file": PASSWORD}.get(key, "not a real secret")
            file = configuration.parent / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secret)


def secret_files(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key.endswith("_file"):
                yield key, value
            else:
                yield from secret_files(value)
    elif isinstance(node, list):
        for value in node:
            yield from secret_files(value)


@dataclass(frozen=True, slots=True)
class Running:
    """The whole of it, up and scraping."""

    servers: Stack
    receiver: Receiver
    ports: Ports

    def call(self, path: str) -> str:
        return str(get(f"http://127.0.0.1:{self.ports.service}{path}"))

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = get(f"http://127.0.0.1:{self.ports.prometheus}/api/v1/query", {"query": expression})
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def fail_until_firing(self) -> bool:
        """More errors, until Prometheus says that the alert fires."""
        self.call("/proxy?pool=us-east&status=error")
        self.call("/proxy?pool=eu-central&status=success")
        return bool(self.query(f'ALERTS{{alertname="{ALERT}", alertstate="firing"}}'))

    def notification(self, status: str) -> dict[str, Any] | None:
        messages = [one for one in self.receiver.posted_to("/audit") if one["status"] == status]
        return messages[0] if messages else None


@pytest.fixture
def running(tmp_path: Path, prometheus_server: Path, alertmanager_server: Path) -> Iterator[Running]:
    ports = Ports(*free_ports(4))
    with Receiver() as receiver, stack(tmp_path) as servers:
        outputs = build(quick_variant(ports, receiver.address), tmp_path)
        write_secrets(outputs, f"{receiver.address}/slack")
        servers.start(
            "service",
            [sys.executable, SERVICE, "--port", ports.service],
            tmp_path,
            PYTHONPATH=str(outputs / "python"),
            PROXYWHIRL_METRICS_PASSWORD=PASSWORD,
        )
        servers.start(
            "alertmanager",
            [
                alertmanager_server,
                "--config.file=alertmanager.yml",
                f"--storage.path={tmp_path / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{ports.alertmanager}",
                "--cluster.listen-address=",
            ],
            outputs / "alertmanager",
        )
        servers.start(
            "prometheus",
            [
                prometheus_server,
                "--config.file=prometheus.yml",
                f"--storage.tsdb.path={tmp_path / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{ports.prometheus}",
            ],
            outputs / "prometheus",
        )
        found = Running(servers, receiver, ports)
        servers.wait_for("Prometheus scrapes the service", lambda: found.query('up{job="proxywhirl"} == 1'))
        servers.wait_for("Alertmanager is ready", lambda: get(f"http://127.0.0.1:{ports.alertmanager}/-/ready"))
        yield found


def test_errors_of_the_service_become_a_message_and_its_end_another(running: Running) -> None:
    servers = running.servers
    assert running.query(f'ALERTS{{alertname="{ALERT}"}}') == []

    servers.wait_for("the alert fires", running.fail_until_firing)
    assert running.query(f'count_over_time(ALERTS{{alertname="{ALERT}", alertstate="pending"}}[1m]) > 0')

    message = servers.wait_for("the message arrives", lambda: running.notification("firing"))
    (alert,) = message["alerts"]
    assert alert["annotations"]["summary"] == SUMMARY
    assert alert["annotations"]["description"].endswith("of the requests through us-east failed over 5 minutes.")
    assert alert["labels"].items() >= {"alertname": ALERT, "pool": "us-east", "severity": "warning"}.items()
    assert message["receiver"] == "audit"
    (slack,) = servers.wait_for("Slack hears of it", lambda: running.receiver.posted_to("/slack"))
    assert slack["channel"] == "#proxy-ops"

    resolved = servers.wait_for("the alert resolves", lambda: running.notification("resolved"))
    assert [one["annotations"]["summary"] for one in resolved["alerts"]] == [SUMMARY]
    assert running.query(f'ALERTS{{alertname="{ALERT}"}}') == []


def test_every_rule_evaluates_and_what_prometheus_stores_is_what_the_service_counted(running: Running) -> None:
    running.call("/proxy?pool=us-west&status=timeout&seconds=7")
    running.call("/fetch?source=free-list&proxies=12")
    running.call("/fetch?source=http://user:secret@example.com&proxies=3")
    fetched = 'proxywhirl_fetched_proxies_total{source="free-list", environment="production"} == 12'
    servers = running.servers
    servers.wait_for("what was fetched is stored", lambda: running.query(fetched))
    assert running.query('proxywhirl_fetched_proxies_total{source="__redacted__"} == 3')
    assert running.query('proxywhirl_requests_total{pool="us-west", region="us", status="timeout"} == 1')
    assert running.query('proxywhirl_request_duration_seconds_bucket{pool="us-west", le="5.0"} == 0')
    assert running.query('proxywhirl_request_duration_seconds_bucket{pool="us-west", le="10.0"} == 1')
    assert running.query('{__name__=~".*_created"}') == []

    rules = f"http://127.0.0.1:{running.ports.prometheus}/api/v1/rules"

    def evaluated() -> list[str]:
        groups = get(rules)["data"]["groups"]
        health = [rule["health"] for group in groups for rule in group["rules"]]
        return health if "unknown" not in health else []

    assert set(servers.wait_for("every rule was evaluated", evaluated)) == {"ok"}
