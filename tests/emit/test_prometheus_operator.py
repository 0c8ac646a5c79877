"""The operator's resources: every field is one of its definitions', and they say what alertmanager.yml says.

`tests/schemas/prometheus-operator/fields.yaml` holds the fields in short. GAUGEWRIGHT_CRDS names a folder with the
definitions themselves (alertmanagerconfigs.yaml, prometheusrules.yaml, scrapeconfigs.yaml), which then judge, too.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import alertmanager, prometheus, prometheus_operator
from gaugewright.model.model import Model
from jsonschema import Draft202012Validator

from tests.emit.test_routes import generated
from tests.fragments import BASE, spec_with
from tests.model import test_receivers

ROOT = Path(__file__).parents[2]
FIELDS = ROOT / "tests" / "schemas" / "prometheus-operator" / "fields.yaml"
DEFINITIONS = os.environ.get("GAUGEWRIGHT_CRDS", "")
EXAMPLE = (ROOT / "specs" / "proxywhirl.yaml").read_text().replace("Europe/Berlin", "UTC")


def model_of(text: str) -> Model:
    compilation = compile_text(text, "spec.yaml")
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


def resources(model: Model) -> dict[str, Any]:
    assert prometheus_operator.limits(model) == []
    made = [yaml.safe_load(text) for text in prometheus_operator.emit(model).values()]
    return {resource["kind"]: resource for resource in made}


@cache
def fields() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FIELDS.read_text())
    return found


def misfits(value: Any, shape: Any, at: str) -> Iterator[str]:
    """Where a value is not what the fields say."""
    if shape in ("http", "tls"):
        shape = fields()[shape]
    if shape == "secret":
        shape = {"name": "text", "key": "text"}
    if isinstance(shape, dict) and isinstance(value, dict):
        for name, item in value.items():
            if name not in shape and "*" not in shape:
                yield f"{at}.{name} is no field"
            else:
                yield from misfits(item, shape.get(name, shape.get("*")), f"{at}.{name}")
    elif isinstance(shape, list) and isinstance(value, list):
        for number, item in enumerate(value):
            yield from misfits(item, shape[0], f"{at}[{number}]")
    elif shape == "any" and isinstance(value, dict):
        yield from misfits(value, fields()["AlertmanagerConfig"]["route"], at)
    elif type(value) is not {"text": str, "bool": bool, "int": int}.get(str(shape)) or value == "":
        yield f"{at} is {value!r}"


@cache
def definition(kind: str) -> Draft202012Validator:
    """The definition's schema, taking no field that it does not name. YAML 1.1 gives `=` a meaning of its own, and
    Python does not know how Go writes a pattern's flag."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))
    [path] = Path(DEFINITIONS).glob(f"{kind.lower()}s.yaml")
    loaded = yaml.load(path.read_text(), Loader)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return Draft202012Validator(closed(json.loads(json.dumps(loaded["properties"]["spec"]).replace("(?i)", ""))))


def closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema and "additionalProperties" not in schema:
        made["additionalProperties"] = False
    return made


def judged(made: dict[str, Any]) -> None:
    assert set(made) == {"AlertmanagerConfig", "PrometheusRule", "ScrapeConfig"}
    for kind, resource in made.items():
        version = "v1" if kind == "PrometheusRule" else "v1alpha1"
        assert resource["apiVersion"] == f"monitoring.coreos.com/{version}"
        assert list(misfits(resource["spec"], fields()[kind], kind)) == []
        if DEFINITIONS:
            assert [error.message for error in definition(kind).iter_errors(resource["spec"])] == []


def test_the_example_in_utc_is_what_the_operator_defines() -> None:
    made = resources(model_of(EXAMPLE))
    judged(made)
    assert made["ScrapeConfig"]["spec"]["basicAuth"] == {
        "username": {"name": "proxywhirl-endpoint", "key": "username"},
        "password": {"name": "proxywhirl-endpoint", "key": "password"},
    }


@pytest.mark.parametrize("seed", range(3))
def test_generated_specs_are_what_the_operator_defines_and_say_the_same_routes(seed: int) -> None:
    spec = generated(seed, 30, 8)
    for rule in spec["alert_rules"]:
        if rule.get("suppression_timezone") == "Europe/Berlin":
            rule["suppression_timezone"] = "UTC"
    model = model_of(yaml.safe_dump(spec))
    made = resources(model)
    judged(made)
    plain = yaml.safe_load(alertmanager.emit(model)["alertmanager/alertmanager.yml"])
    assert in_alertmanagers_words(made["AlertmanagerConfig"]["spec"]["route"]) == with_receivers(plain["route"])
    mutes = {item["name"] for item in made["AlertmanagerConfig"]["spec"].get("muteTimeIntervals", [])}
    assert mutes == {item["name"] for item in plain.get("time_intervals", [])}


def in_alertmanagers_words(route: dict[str, Any]) -> dict[str, Any]:
    names = {"groupBy": "group_by", "groupWait": "group_wait", "groupInterval": "group_interval"}
    names |= {"repeatInterval": "repeat_interval", "muteTimeIntervals": "mute_time_intervals"}
    made = {names.get(key, key): value for key, value in route.items()}
    if "matchers" in made:
        made["matchers"] = [f'{item["name"]}{item["matchType"]}"{item["value"]}"' for item in made["matchers"]]
    if "routes" in made:
        made["routes"] = [in_alertmanagers_words(child) for child in made["routes"]]
    return made


def with_receivers(route: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Each route with the receiver that it inherits."""
    receiver = route.get("receiver", above)
    made = {**route, "receiver": receiver}
    if "routes" in made:
        made["routes"] = [with_receivers(child, receiver) for child in made["routes"]]
    return made


def test_the_rules_are_prometheuss_own_with_their_interval() -> None:
    model = model_of(EXAMPLE)
    groups = resources(model)["PrometheusRule"]["spec"]["groups"]
    plain = prometheus.emit(model)
    wanted = [yaml.safe_load(plain[f"prometheus/rules/{name}.yml"])["groups"][0] for name in ("records", "alerts")]
    assert groups == [{"name": group["name"], "interval": "15s", "rules": group["rules"]} for group in wanted]


INSTEAD: dict[str, Any] = {"slack": {"api_url": {"env": "SECRET"}}, "telegram": {"chat_id": 7}}
"""For receivers of which a field that is needed has no place in the resource: the other one."""


@pytest.mark.parametrize("pick", range(4))
@pytest.mark.parametrize("kind", test_receivers.RECEIVERS)
def test_every_field_of_a_receiver_has_a_place_or_a_finding(kind: str, pick: int) -> None:
    settings = {**test_receivers.example(kind, pick, newest=True)}
    text = spec_with("notification_channels:\n  - " + json.dumps({"name": "ops", "type": kind, **settings}) + "\n")
    model = model_of(text)
    for finding in prometheus_operator.limits(model):
        assert finding.code == "target-limit"
        remove(settings, finding.message.split("`")[1].split("."))
    settings = {**INSTEAD.get(kind, {}), **settings}
    text = spec_with("notification_channels:\n  - " + json.dumps({"name": "ops", "type": kind, **settings}) + "\n")
    made = resources(model_of(text))
    judged(made)
    [block] = next(v for k, v in made["AlertmanagerConfig"]["spec"]["receivers"][1].items() if k != "name")
    assert len(block) == len(settings) + 1


def remove(settings: Any, path: list[str]) -> None:
    """Takes the field that a finding names out of the spec; a secret's is named with its file."""
    for step in path[:-1]:
        settings = settings[int(step)] if isinstance(settings, list) else settings[step]
    settings.pop(path[-1] if path[-1] in settings else path[-1].removesuffix("_file"))


def test_secrets_are_told_from_where_the_user_keeps_them() -> None:
    text = spec_with(
        "notification_channels:\n"
        "  - {name: a, type: slack, api_url: {env: SLACK}, channel: '#a'}\n"
        "  - {name: b, type: pagerduty, routing_key_file: /etc/it's/key}\n"
        "  - {name: ops, type: webhook, url: 'http://x/',"
        " http_config: {basic_auth: {username: me, password_file: p}}}\n"
    )
    written = prometheus_operator.emit(model_of(text))["prometheus-operator/alertmanagerconfig.yaml"].decode()
    lines = [line.strip("# ") for line in written.splitlines() if line.startswith("#     ")]
    words = shlex.split(" ".join(line.removesuffix("\\") for line in lines))
    spec = yaml.safe_load(written)["spec"]
    keys = [
        spec["receivers"][1]["slackConfigs"][0]["apiURL"]["key"],
        spec["receivers"][2]["pagerdutyConfigs"][0]["routingKey"]["key"],
        *(item["key"] for item in spec["receivers"][3]["webhookConfigs"][0]["httpConfig"]["basicAuth"].values()),
    ]
    assert words == [
        f"--from-literal={keys[0]}=$SLACK",
        f"--from-file={keys[1]}=/etc/it's/key",
        f"--from-literal={keys[2]}=me",
        f"--from-file={keys[3]}=p",
    ]
    assert len(set(keys)) == 4


def test_a_schedule_in_a_zone_whose_clocks_change_is_refused() -> None:
    [finding] = prometheus_operator.limits(model_of(EXAMPLE.replace("timezone: UTC", "timezone: Europe/Berlin")))
    assert finding.code == "target-limit"
    assert "Europe/Berlin" in finding.message


def test_a_service_may_be_named_as_kubernetes_does_not() -> None:
    made = resources(model_of(BASE.replace("shop_", "my_shop_").replace("name: shop\n", "name: my_shop_\n")))
    assert {resource["metadata"]["name"] for resource in made.values()} == {"my-shop"}
