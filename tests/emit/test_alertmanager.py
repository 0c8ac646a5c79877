"""alertmanager.yml: every alert reaches its channels and no other, and is muted when the spec says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import alertmanager, routes
from gaugewright.model.model import Model
from gaugewright.model.receiver_table import RECEIVERS
from gaugewright.model.rules import AlertRule
from gaugewright.model.service import Channel
from gaugewright.spec.schema import ChannelType
from hypothesis import given
from hypothesis import strategies as st

from tests.emit.hostile import texts
from tests.fragments import spec_with

EXAMPLE = Path(__file__).parents[2] / "specs" / "proxywhirl.yaml"
SEVERITIES = ("info", "warning", "critical")


@cache
def example() -> Model:
    compilation = compile_text(EXAMPLE.read_text(), EXAMPLE.name)
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


def text_of(model: Model) -> str:
    return alertmanager.emit(model)["alertmanager/alertmanager.yml"].decode()


def loaded(model: Model) -> dict[str, Any]:
    read = yaml.safe_load(text_of(model))
    assert isinstance(read, dict)
    return read


def written(model: Model, folder: Path) -> Path:
    file = folder / "alertmanager.yml"
    file.write_text(text_of(model))
    return file


def made(seed: int, alerts: int, channels: int) -> Model:
    """A model of so many alerts that go to one to ten channels each; some are muted."""
    random = Random(seed)
    base = next(channel for channel in example().channels if channel.type == "webhook")
    webhooks = tuple(replace(base, name=f"hook {n}") for n in range(channels))
    muted = [alert.suppression for alert in example().alert_rules if alert.suppression]
    rules = tuple(
        replace(
            example().alert_rules[0],
            name=f"alert_{n}",
            severity=random.choice(SEVERITIES),
            channels=tuple(random.sample(webhooks, random.randint(1, min(10, channels)))),
            suppression=random.choice((None, None, *muted)),
        )
        for n in range(alerts)
    )
    return replace(example(), channels=webhooks, alert_rules=rules)


def receivers_of(amtool: Path, file: Path, alert: AlertRule) -> set[str]:
    """Where amtool's own routing sends the alert."""
    labels = [f"alertname={alert.name}", f"severity={alert.severity}", "pool=us-east"]
    command = [amtool, "config", "routes", "test", f"--config.file={file}", *labels]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.strip() for name in run.stdout.strip().split(",")}


def test_alertmanager_takes_the_configuration(amtool: Path, tmp_path: Path) -> None:
    run = subprocess.run([amtool, "check-config", written(example(), tmp_path)], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_amlint_finds_nothing_but_the_receiver_that_is_meant_to_be_empty(tmp_path: Path) -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("amlint"), "check", "--format", "github", written(example(), tmp_path)],
        capture_output=True,
        text=True,
    )
    findings = [line for line in run.stdout.splitlines() if line.startswith("::")]
    assert [line for line in findings if "empty-receiver" not in line] == []
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_alert_reaches_exactly_its_channels(amtool: Path, tmp_path: Path) -> None:
    for seed, (alerts, channels) in enumerate([(24, 6), (6, 1), (12, 14)]):
        model = made(seed, alerts, channels)
        file = written(model, tmp_path)
        with ThreadPoolExecutor(4) as pool:
            reached = list(pool.map(lambda alert: receivers_of(amtool, file, alert), model.alert_rules))  # noqa: B023
        for alert, receivers in zip(model.alert_rules, reached, strict=True):
            assert receivers == {channel.name for channel in alert.channels}
            answer = routes.route(model, alert.name)
            assert answer is not None
            assert {delivery.channel for delivery in answer.deliveries} == receivers


def test_the_maintenance_alert_and_strangers_reach_nobody(amtool: Path, tmp_path: Path) -> None:
    file = written(example(), tmp_path)
    for name in ("proxywhirl_maintenance", "another_services_alert", "proxy_pool_exhausted_2"):
        stranger = replace(example().alert_rules[0], name=name)
        assert receivers_of(amtool, file, stranger) == {"null"}


def matching(route: Mapping[str, Any], alert: str) -> list[Mapping[str, Any]]:
    """The routes that deliver the alert, as Alertmanager walks its tree; settings are inherited."""
    found: list[Mapping[str, Any]] = []
    for child in route.get("routes", ()):
        [matcher] = child["matchers"]
        names = matcher.partition("=")[2].strip('~"').split("|")
        if alert in names:
            inherited = {key: value for key, value in route.items() if key in ("receiver", "repeat_interval")}
            found.extend(matching({**inherited, **child}, alert) or [{**inherited, **child}])
            if not child.get("continue"):
                break
    return found


@given(seed=st.integers(0, 10**6), alerts=st.integers(1, 12), channels=st.integers(1, 6))
def test_repeat_intervals_and_mutes_are_those_of_each_alert(seed: int, alerts: int, channels: int) -> None:
    model = made(seed, alerts, channels)
    read = loaded(model)
    for alert in model.alert_rules:
        schedule = routes.schedule_of(alert)
        delivered = matching(read["route"], alert.name)
        assert sorted(route["receiver"] for route in delivered) == sorted(c.name for c in alert.channels)
        for route in delivered:
            assert route["repeat_interval"] == model.routing.repeat_interval[alert.severity]
            assert route.get("mute_time_intervals", []) == ([routes.mute_name(schedule)] if schedule else [])
        answer = routes.route(model, alert.name)
        assert answer is not None
        assert {d.repeat_interval for d in answer.deliveries} == {route["repeat_interval"] for route in delivered}
        assert {d.mute for d in answer.deliveries} == {schedule}


def test_only_the_root_delivers_to_nobody_and_the_last_route_does_not_continue() -> None:
    read = loaded(example())
    assert read["route"]["receiver"] == "null"
    assert read["receivers"][0] == {"name": "null"}
    assert [route.get("continue", False) for route in read["route"]["routes"]] == [True, True, True, False]


def test_a_schedule_mutes_in_its_own_time_zone() -> None:
    [interval] = loaded(example())["time_intervals"]
    assert interval["name"] == "30 23 * * 6 for 2h in Europe/Berlin"
    assert {part["location"] for part in interval["time_intervals"]} == {"Europe/Berlin"}
    assert interval["time_intervals"][0]["times"] == [{"start_time": "23:30", "end_time": "24:00"}]


def test_maintenance_mutes_exactly_the_alerts_without_a_schedule() -> None:
    [rule] = loaded(example())["inhibit_rules"]
    assert rule["source_matchers"] == ['alertname="proxywhirl_maintenance"']
    assert rule["target_matchers"] == ['alertname="proxy_pool_exhausted"']
    labelled = replace(example().service, external_labels={"cluster": "eu", "environment": "x", "region": "y"})
    [rule] = loaded(replace(example(), service=labelled))["inhibit_rules"]
    assert rule["equal"] == ["cluster"]


def test_many_names_in_one_matcher_stand_one_on_a_line(amtool: Path, tmp_path: Path) -> None:
    model = made(7, 40, 1)
    file = written(model, tmp_path)
    assert max(map(len, file.read_text().splitlines())) < 120
    assert receivers_of(amtool, file, model.alert_rules[39]) == {"hook 0"}


def test_a_channel_may_be_named_as_the_receiver_of_nobody(amtool: Path, tmp_path: Path) -> None:
    hook = replace(example().channels[-1], name="null")
    alert = replace(example().alert_rules[0], channels=(hook,), suppression=None)
    model = replace(example(), channels=(hook,), alert_rules=(alert,))
    file = written(model, tmp_path)
    assert receivers_of(amtool, file, alert) == {"null"}
    assert receivers_of(amtool, file, replace(alert, name="stranger")) == {"none"}


@given(name=texts, value=texts)
def test_no_text_of_a_channel_breaks_out_of_its_place(name: str, value: str) -> None:
    settings = {"url": value, "payload": {"key": [value, {"inner": value}], value: None}, "max_alerts": 3}
    channel = Channel(name, "webhook", "webhook_configs", False, settings, (), example().source)
    alert = replace(example().alert_rules[0], channels=(channel,))
    read = loaded(replace(example(), channels=(channel,), alert_rules=(alert,), spec_name=value))
    assert read["receivers"][1:] == [{"name": name, "webhook_configs": [{"send_resolved": False, **settings}]}]
    assert [route["receiver"] for route in read["route"]["routes"]] == [name]


def test_a_spec_says_which_release_its_channels_need() -> None:
    settings = {"url_file": "secrets/hook", "payload": {"a": "b"}}
    channel = replace(example().channels[-1], settings=settings)
    text = text_of(replace(example(), channels=(channel,), alert_rules=()))
    assert "# Needs Alertmanager 0.32 or later: payload of audit." in text
    assert "Needs" not in text_of(example())


def test_a_mute_names_the_channels_whose_incidents_may_stay_open() -> None:
    assert alertmanager.lost_resolutions(example()) == ("pagerduty-oncall",)


def test_an_unknown_alert_has_no_route() -> None:
    assert routes.route(example(), "nobody") is None


def test_the_answer_names_the_maintenance_gauge() -> None:
    answer = routes.route(example(), "proxy_pool_exhausted")
    assert answer is not None
    assert answer.maintenance_gauge == "proxywhirl_maintenance_mode"
    assert [delivery.type for delivery in answer.deliveries] == ["slack", "pagerduty", "webhook"]


MAIL = "to: a@example.com, from: b@example.com, smarthost: 'smtp.example.com:587', auth_password_file: secrets/p"
CHANNELS = {
    "email": MAIL,
    "slack": "channel: '#ops', api_url_file: secrets/s",
    "pagerduty": "routing_key_file: secrets/k",
    "webhook": "url: 'http://localhost:5001/alerts'",
    "opsgenie": "api_key_file: secrets/k",
    "msteams": "webhook_url_file: secrets/k",
    "msteamsv2": "webhook_url_file: secrets/k",
    "discord": "webhook_url_file: secrets/k",
    "telegram": "bot_token_file: secrets/k, chat_id: -5",
    "victorops": "api_key_file: secrets/k, routing_key: shop",
    "sns": "topic_arn: 'arn:aws:sns:eu-west-1:123456789012:shop', sigv4: {region: eu-west-1}",
    "webex": "room_id: r, http_config: {authorization: {credentials_file: secrets/k}}",
    "pushover": "user_key_file: secrets/k, token_file: secrets/t",
}
"""The least that a channel of each type says."""


def test_a_channel_of_each_type_is_there() -> None:
    assert set(CHANNELS) == set(RECEIVERS) == set(get_args(ChannelType))


@pytest.mark.parametrize("kind", CHANNELS)
def test_no_judge_objects_to_a_channel_of_any_type(kind: str, amtool: Path, tmp_path: Path) -> None:
    """Where the older amtool does not know the receiver, or the file of its secret, a warning says so."""
    spec = spec_with(f"notification_channels:\n  - {{name: ops, type: {kind}, {CHANNELS[kind]}}}\n")
    compilation = compile_text(spec)
    assert compilation.model is not None, compilation.diagnostics
    file = written(compilation.model, tmp_path)
    checked = subprocess.run([amtool, "check-config", file], capture_output=True, text=True)
    is_old = "0.25" in subprocess.run([amtool, "--version"], capture_output=True, text=True).stdout
    warned = [item.code for item in compilation.diagnostics]
    assert set(warned) <= {"newer-alertmanager"}
    assert (checked.returncode == 0) is not (is_old and bool(warned)), checked.stdout + checked.stderr
    lint = [Path(sys.executable).with_name("amlint"), "check", "--format", "github", file]
    run = subprocess.run(lint, capture_output=True, text=True)
    findings = [line for line in run.stdout.splitlines() if line.startswith("::")]
    assert [line for line in findings if "empty-receiver" not in line] == []
    assert run.returncode == 0
