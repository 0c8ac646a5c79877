"""Every transition of an alert's state in the data model, and exactly the messages that belong to them.

inactive, pending, inactive again, firing, suppressed by the maintenance gauge or by a schedule, firing again when
that ends, resolved. The receiver is a web server and an SMTP server. The schedule's clock on the wall is set by the
test, in the time zone that Alertmanager is given (`moved_zones`).
"""

from __future__ import annotations

import email
import email.policy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.e2e.moved_zones import moved_zone
from tests.e2e.stack import Receiver, free_ports, get, stack
from tests.e2e.test_end_to_end import PASSWORD, SERVICE, Ports, Running, build, quick_variant, write_secrets

pytestmark = pytest.mark.e2e

EXHAUSTED, PENDING, QUIET = "proxy_pool_exhausted", "proxy_pool_failing", "proxy_pool_quiet"
ZONE = "America/Bogota"
WINDOW = {
    "suppression_enabled": True,
    "suppression_schedule": "30 23 * * 6",
    "suppression_duration": "2h",
    "suppression_timezone": ZONE,
}
MUTED = f"suppressed 30 23 * * 6 for 2h in {ZONE}"
BEFORE, INSIDE, AFTER = (datetime.fromisoformat(f"2026-11-{day}Z") for day in ("28T23:29", "29T01:29", "29T01:30"))
"""What the wall's clock shows: a Saturday's last minute before the window, its own last, and the next."""


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


def variant(ports: Ports, receiver: str, smtp: int) -> dict[str, Any]:
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
    quiet = {**others, "name": QUIET, "query": 'proxywhirl_pool_healthy{pool=~"ap-south|eu-central"}', **WINDOW}
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
    """The running servers, the mailbox, and the folder of Alertmanager's time zones."""

    running: Running
    mailbox: Mailbox
    zones: Path

    def healthy(self, pool: str, proxies: int) -> None:
        self.running.call(f"/health?pool={pool}&healthy={proxies}")

    def is_in_prometheus(self, alert: str, state: str, pool: str) -> bool:
        series = f'ALERTS{{alertname="{alert}", alertstate="{state}", pool="{pool}"}}'
        return bool(self.running.query(series))

    @property
    def alertmanager(self) -> str:
        return f"http://127.0.0.1:{self.running.ports.alertmanager}"

    def state(self, alert: str, pool: str) -> str:
        """Alertmanager's own word for it: active or suppressed, with what mutes it; "" where it does not know it."""
        found = {
            f"{one['status']['state']} {' '.join(one['status']['mutedBy'])}".strip()
            for group in get(f"{self.alertmanager}/api/v2/alerts/groups")
            for one in group["alerts"]
            if (one["labels"]["alertname"], one["labels"].get("pool")) == (alert, pool)
        }
        return found.pop() if len(found) == 1 else ""

    def set_clock(self, wall: datetime) -> None:
        """From now on the wall's clock in the schedule's zone stands at this minute."""
        show_on_the_wall(self.zones, wall)
        with urlopen(Request(f"{self.alertmanager}/-/reload", b""), timeout=10):
            pass

    def told(self) -> list[tuple[str, str, str]]:
        """Every message at the webhook: its status, alert and pool."""
        messages = self.running.receiver.posted_to("/audit")
        return [
            (message["status"], one["labels"]["alertname"], one["labels"]["pool"])
            for message in messages
            for one in message["alerts"]
        ]

    def wait(self, what: str, condition: Any, seconds: float = 40) -> Any:
        return self.running.servers.wait_for(what, condition, seconds)


def show_on_the_wall(zones: Path, wall: datetime) -> None:
    """`wall` is the wall's time, said as one of UTC."""
    zone = zones / ZONE
    zone.parent.mkdir(parents=True, exist_ok=True)
    zone.write_bytes(moved_zone("UTC", wall, datetime.now(UTC)))


@pytest.fixture
def world(tmp_path: Path, prometheus_server: Path, alertmanager_server: Path) -> Iterator[World]:
    *four, smtp = free_ports(5)
    ports = Ports(*four)
    zones = tmp_path / "zones"
    show_on_the_wall(zones, BEFORE)
    with Receiver() as receiver, mail_server(smtp) as mailbox, stack(tmp_path) as servers:
        outputs = build(variant(ports, receiver.address, smtp), tmp_path)
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
            ZONEINFO=str(zones),
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
        servers.wait_for("the service answers", lambda: found.call("/health?pool=ap-south&healthy=20"))
        servers.wait_for("Prometheus scrapes the service", lambda: found.query('up{job="proxywhirl"} == 1'))
        yield World(found, mailbox, zones)


def test_an_alert_goes_through_every_state_and_nobody_hears_more_or_less_of_it(world: World) -> None:
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

    pass_a_window(world)

    for pool in ("us-east", "us-west", "ap-south", "eu-central"):
        world.healthy(pool, 20)
    pools = [(EXHAUSTED, "us-east"), (EXHAUSTED, "us-west"), (QUIET, "ap-south"), (QUIET, "eu-central")]
    for one in pools:
        world.wait("resolved", lambda one=one: ("resolved", *one) in world.told())
    assert sorted(world.told()) == sorted((status, *one) for one in pools for status in ("firing", "resolved"))
    check_mail(world)


def pass_a_window(world: World) -> None:
    """One alert fires before the schedule's window and through it, another in it; that one is told at its end."""
    world.healthy("ap-south", 0)
    world.wait("firing before the window", lambda: world.state(QUIET, "ap-south") == "active")
    world.wait("told before the window", lambda: ("firing", QUIET, "ap-south") in world.told())

    world.set_clock(INSIDE)
    world.wait("suppressed by schedule", lambda: world.state(QUIET, "ap-south") == MUTED)
    world.healthy("eu-central", 0)
    world.wait("suppressed at once", lambda: world.state(QUIET, "eu-central") == MUTED)
    assert world.state(EXHAUSTED, "us-east") == "active"
    assert ("firing", QUIET, "eu-central") not in world.told()

    world.set_clock(AFTER)
    world.wait("firing again", lambda: world.state(QUIET, "ap-south") == "active")
    world.wait("told when the window closes", lambda: ("firing", QUIET, "eu-central") in world.told())


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
