"""Every transition of an alert's state in the data model, and exactly the messages that belong to them.

inactive, pending, inactive again, firing, suppressed by the maintenance gauge, firing again, resolved; and
suppressed by a schedule whose window is open now, told at its end. The receiver is a web server and an SMTP server.
"""

from __future__ import annotations

import email
import email.policy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.e2e.stack import Receiver, free_ports, get, stack
from tests.e2e.test_end_to_end import PASSWORD, SERVICE, Ports, Running, build, quick_variant, write_secrets

pytestmark = pytest.mark.e2e

EXHAUSTED, PENDING, QUIET = "proxy_pool_exhausted", "proxy_pool_failing", "proxy_pool_quiet"


class Mailbox:
    """An SMTP server that keeps what it is handed."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    def about(self, word: str) -> list[EmailMessage]:
        return [message for message in list(self.messages) if word in str(message["Subject"])]


@contextmanager
def mail_server(port: int) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def window_open_now() -> tuple[dict[str, Any], datetime]:
    """A schedule whose window is open now and will be for half a minute at least, and when it closes (UTC)."""
    now = datetime.now(UTC)
    minutes = 1 if now.second < 30 else 2
    closes = now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    schedule = f"{now.minute} {now.hour} * * *"
    return {
        "suppression_enabled": True,
        "suppression_schedule": schedule,
        "suppression_duration": f"{minutes}m",
        "suppression_timezone": "UTC",
    }, closes


def variant(ports: Ports, receiver: str, smtp: int, window: dict[str, Any]) -> dict[str, Any]:
    """The example with each alert told by itself, and an alert for each state that it has none for."""
    spec = quick_variant(ports, receiver)
    spec["routing"]["group_by"] = ["..."]
    alerts = {alert["name"]: alert for alert in spec["alert_rules"]}
    exhausted = alerts[EXHAUSTED]
    exhausted["notification_channels"] = ["audit", "email-team"]
    exhausted["query"] = 'proxywhirl_pool_healthy{pool=~"us-.*"}'
    others = {**exhausted, "notification_channels": ["audit"], "severity": "warning", "suppression_enabled": False}
    query = 'proxywhirl_pool_healthy{pool="%s"}'
    pending = {**others, "name": PENDING, "duration": "1h", "query": query % "eu-central"}
    quiet = {**others, "name": QUIET, "query": query % "ap-south", **window}
    spec["alert_rules"] = [exhausted, pending, quiet]
    spec["dashboards"] = []
    for channel in spec["notification_channels"]:
        if channel["type"] == "email":
            channel |= {"smarthost": f"127.0.0.1:{smtp}", "require_tls": False}
            del channel["auth_username"], channel["auth_password_file"]
    spec["notification_channels"] = [c for c in spec["notification_channels"] if c["type"] in ("webhook", "email")]
    return spec


@dataclass(frozen=True, slots=True)
class World:
    """The running servers, the mailbox, and when the schedule's window closes."""

    running: Running
    mailbox: Mailbox
    closes: datetime

    def healthy(self, pool: str, proxies: int) -> None:
        self.running.call(f"/health?pool={pool}&healthy={proxies}")

    def is_in_prometheus(self, alert: str, state: str, pool: str) -> bool:
        series = f'ALERTS{{alertname="{alert}", alertstate="{state}", pool="{pool}"}}'
        return bool(self.running.query(series))

    def state(self, alert: str, pool: str) -> str:
        """Alertmanager's own word for it: active, suppressed, or "" where it does not know it."""
        url = f"http://127.0.0.1:{self.running.ports.alertmanager}/api/v2/alerts"
        found = [one for one in get(url) if (one["labels"]["alertname"], one["labels"].get("pool")) == (alert, pool)]
        return str(found[0]["status"]["state"]) if found else ""

    def told(self) -> list[tuple[str, str, str]]:
        """Every message at the webhook: its status, alert and pool."""
        messages = self.running.receiver.posted_to("/audit")
        return [
            (message["status"], one["labels"]["alertname"], one["labels"]["pool"])
            for message in messages
            for one in message["alerts"]
        ]

    def muted_by_schedule(self) -> bool:
        """Whether Alertmanager counts a notification that a time interval held back."""
        text = get(f"http://127.0.0.1:{self.running.ports.alertmanager}/metrics")
        lines = [line for line in text.splitlines() if line.startswith("alertmanager_notifications_suppressed_total{")]
        return any('"mute_time_interval"' in line and float(line.split()[-1]) > 0 for line in lines)

    def wait(self, what: str, condition: Any, seconds: float = 40) -> Any:
        return self.running.servers.wait_for(what, condition, seconds)


@pytest.fixture
def world(tmp_path: Path, prometheus_server: Path, alertmanager_server: Path) -> Iterator[World]:
    *four, smtp = free_ports(5)
    ports = Ports(*four)
    window, closes = window_open_now()
    with Receiver() as receiver, mail_server(smtp) as mailbox, stack(tmp_path) as servers:
        outputs = build(variant(ports, receiver.address, smtp, window), tmp_path)
        write_secrets(outputs, receiver.address)
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
        servers.wait_for("the service answers", lambda: found.call("/health?pool=ap-south&healthy=0"))
        servers.wait_for("Prometheus scrapes the service", lambda: found.query('up{job="proxywhirl"} == 1'))
        yield World(found, mailbox, closes)


def test_an_alert_goes_through_every_state_and_nobody_hears_more_or_less_of_it(world: World) -> None:
    """The window of the schedule is open from the start: that alert fires in it, and is told when it closes."""
    world.wait("the quiet alert fires", lambda: world.is_in_prometheus(QUIET, "firing", "ap-south"))
    if datetime.now(UTC) < world.closes - timedelta(seconds=5):
        world.wait("the schedule mutes it", world.muted_by_schedule)

    world.healthy("eu-central", 0)
    world.wait("pending", lambda: world.is_in_prometheus(PENDING, "pending", "eu-central"))
    world.healthy("eu-central", 20)
    world.wait("inactive again", lambda: not world.is_in_prometheus(PENDING, "pending", "eu-central"))

    assert not world.is_in_prometheus(EXHAUSTED, "pending", "us-east")
    world.healthy("us-east", 0)
    world.wait("firing", lambda: world.is_in_prometheus(EXHAUSTED, "firing", "us-east"))
    world.wait("told", lambda: ("firing", EXHAUSTED, "us-east") in world.told())

    world.running.call("/maintenance?mode=on")
    world.wait("suppressed", lambda: world.state(EXHAUSTED, "us-east") == "suppressed")
    world.healthy("us-west", 0)
    world.wait("suppressed from the start", lambda: world.state(EXHAUSTED, "us-west") == "suppressed")
    assert ("firing", EXHAUSTED, "us-west") not in world.told()
    world.running.call("/maintenance?mode=off")
    world.wait("firing again", lambda: world.state(EXHAUSTED, "us-east") == "active")
    world.wait("told at the end", lambda: ("firing", EXHAUSTED, "us-west") in world.told())

    world.healthy("us-east", 20)
    world.healthy("us-west", 20)
    for pool in ("us-east", "us-west"):
        world.wait("resolved", lambda pool=pool: ("resolved", EXHAUSTED, pool) in world.told())

    world.wait("told when the window closes", lambda: ("firing", QUIET, "ap-south") in world.told(), 150)
    assert datetime.now(UTC) >= world.closes
    world.healthy("ap-south", 20)
    world.wait("resolved after the window", lambda: ("resolved", QUIET, "ap-south") in world.told())

    pools = [(EXHAUSTED, "us-east"), (EXHAUSTED, "us-west"), (QUIET, "ap-south")]
    assert sorted(world.told()) == sorted((status, *one) for one in pools for status in ("firing", "resolved"))
    check_mail(world)


def check_mail(world: World) -> None:
    """The same channel's alerts by mail: one message for each, with the text that people read."""
    world.wait("all mail is there", lambda: len(world.mailbox.messages) >= 4)
    assert sorted(str(mail["Subject"])[:9] for mail in world.mailbox.messages) == 2 * ["[FIRING:1"] + 2 * ["[RESOLVED"]
    assert len(world.mailbox.about(EXHAUSTED)) == 4
    (east, *_) = (mail for mail in world.mailbox.messages if "us-east" in str(mail["Subject"]))
    assert (east["To"], east["From"]) == ("proxy-platform@example.com", "alertmanager@example.com")
    body = east.get_body(("html",))
    assert body is not None
    assert "No healthy proxy in us-east" in body.get_content()
    assert "Pool us-east has no healthy proxy left, so its requests fail." in body.get_content()
