"""Generated specs: for every alert, amtool and `route` agree on who is told, and it is who the spec says."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from gaugewright.commands.route import route
from gaugewright.compile import compile_text
from gaugewright.emit import alertmanager, routes
from gaugewright.model.model import Model

from tests.fragments import BASE

SCHEDULES = ("0 2 * * *", "30 23 * * 6", "* 2-4 * * 6", "0 0 1,15 * *")


def generated(seed: int, alerts: int, channels: int) -> dict[str, Any]:
    """A spec of so many alerts, each of one to ten channels: muted, in maintenance, repeated as it comes."""
    random = Random(seed)
    spec: dict[str, Any] = yaml.safe_load(BASE)
    names = [f"hook-{n}" for n in range(channels)]
    spec["notification_channels"] = [{"name": n, "type": "webhook", "url": f"http://localhost/{n}"} for n in names]
    shared = [random.sample(names, random.randint(1, min(10, channels))) for _ in range(6)]
    spec["alert_rules"] = [
        {
            "name": f"alert_{n}",
            "query": 'sum by (route) (rate(shop_requests_total{status="error"}[5m]))',
            "threshold": n + 1,
            "comparison": random.choice(("greater_than", "less_than")),
            "severity": random.choice(("info", "warning", "critical")),
            "summary": f"Alert {n} on {{{{ $labels.route }}}}",
            "description": f"Alert {n} has {{{{ $value }}}} on {{{{ $labels.route }}}}.",
            "notification_channels": random.choice(
                (random.choice(shared), random.sample(names, random.randint(1, min(10, channels))))
            ),
            **random.choice(({}, {}, {"suppression_enabled": True}, muted(random))),
        }
        for n in range(alerts)
    ]
    repeat = {"critical": "1h", "warning": random.choice(("1h", "4h")), "info": random.choice(("4h", "12h"))}
    spec["routing"] = {
        "repeat_interval": repeat,
        "group_by": random.choice((["alertname"], ["alertname", "route"], ["..."])),
    }
    return spec


def muted(random: Random) -> dict[str, Any]:
    schedule, zone = random.choice(SCHEDULES), random.choice(("UTC", "Europe/Berlin", "Asia/Kolkata"))
    length = random.choice(("30m", "2h", "1d"))
    return {
        "suppression_enabled": True,
        "suppression_schedule": schedule,
        "suppression_duration": length,
        "suppression_timezone": zone,
    }


def written(spec: dict[str, Any], folder: Path) -> tuple[Model, Path]:
    """The model, and the configuration beside the spec (`spec.yaml`) that it comes from."""
    text = yaml.safe_dump(spec, sort_keys=False)
    (folder / "spec.yaml").write_text(text)
    model = compile_text(text).model
    assert model is not None
    file = folder / "alertmanager.yml"
    file.write_bytes(alertmanager.emit(model)["alertmanager/alertmanager.yml"])
    return model, file


def receivers_of(amtool: Path, file: Path, alert: dict[str, Any]) -> set[str]:
    labels = [f"alertname={alert['name']}", f"severity={alert['severity']}", "route=home"]
    command = [amtool, "config", "routes", "test", f"--config.file={file}", *labels]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.strip() for name in run.stdout.strip().split(",")}


def answered(output: str) -> set[str]:
    """The channels in the answer of `route`."""
    block = output.partition("\nreaches\n")[2].partition("\n\n")[0]
    return {line.split()[0] for line in block.splitlines()}


@pytest.mark.parametrize(("seed", "alerts", "channels"), [(1, 200, 10), (2, 40, 25), (3, 12, 1), (4, 1, 10)])
def test_every_alert_of_a_generated_spec_reaches_its_channels_and_no_other(
    amtool: Path, tmp_path: Path, seed: int, alerts: int, channels: int
) -> None:
    spec = generated(seed, alerts, channels)
    _, file = written(spec, tmp_path)
    checked = subprocess.run([amtool, "check-config", file], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with ThreadPoolExecutor(4) as pool:
        reached = list(pool.map(lambda alert: receivers_of(amtool, file, alert), spec["alert_rules"]))
    wanted = [set(alert["notification_channels"]) for alert in spec["alert_rules"]]
    assert reached == wanted


def test_the_answers_of_route_are_those_of_amtool(tmp_path: Path) -> None:
    """amtool's are the spec's own, as shown above."""
    spec = generated(1, 200, 10)
    model, _ = written(spec, tmp_path)
    for alert in spec["alert_rules"]:
        answer = routes.route(model, alert["name"])
        assert answer is not None
        assert [delivery.channel for delivery in answer.deliveries] == sorted(
            alert["notification_channels"], key=lambda name: int(name.removeprefix("hook-"))
        )
        assert {delivery.repeat_interval for delivery in answer.deliveries} == {
            spec["routing"]["repeat_interval"][alert["severity"]]
        }
        assert {bool(delivery.mute) for delivery in answer.deliveries} == {"suppression_schedule" in alert}
        assert (answer.maintenance_gauge is not None) == (
            "suppression_enabled" in alert and "suppression_schedule" not in alert
        )


def test_what_route_prints_for_every_alert_is_what_amtool_says(amtool: Path, tmp_path: Path) -> None:
    spec = generated(2, 40, 25)
    _, file = written(spec, tmp_path)
    for alert in spec["alert_rules"]:
        output, code = route(str(tmp_path / "spec.yaml"), alert["name"])
        assert code == 0
        assert answered(output) == receivers_of(amtool, file, alert)


def test_many_alerts_of_few_channels_make_few_routes_that_can_be_read(tmp_path: Path) -> None:
    """200 alerts by 10 channels: one route a channel, below it one for each way of muting and repeating."""
    _, file = written(generated(1, 200, 10), tmp_path)
    text = file.read_text()
    channels = yaml.safe_load(text)["route"]["routes"]
    assert len(channels) == 10
    ways = len(SCHEDULES) * 3 * 3 + 1
    assert all(len(channel.get("routes", ())) <= 3 * ways for channel in channels)
    assert max(map(len, text.splitlines())) < 120
