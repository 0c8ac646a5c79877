"""No text of a spec breaks out of its place in the files of bigger engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import mimir, prometheus, prometheus_operator, victoriametrics
from gaugewright.model.model import Model
from gaugewright.model.service import Channel
from hypothesis import given

from tests.emit.hostile import texts
from tests.fragments import BASE

RULES = 'recording_rules: [{name: "a:b:c", query: sum(shop_queue_length), description: What waits.}]\n'


def hostile(text: str) -> Model:
    """The shop with this text wherever a spec takes any."""
    model = compile_text(BASE + RULES, "shop.yaml").model
    assert model is not None
    (alert,), (rule,), (ops,) = model.alert_rules, model.recording_rules, model.channels
    settings = {"url": text, "max_alerts": 3}
    channel = Channel(ops.name, "webhook", "webhook_configs", True, settings, (), ops.source)
    labels, annotations = {"team": text}, {"note": text}
    return replace(
        model,
        spec_name=text,
        channels=(channel,),
        alert_rules=(
            replace(alert, summary=text, description=text, labels=labels, annotations=annotations, channels=(channel,)),
        ),
        recording_rules=(replace(rule, description=text, labels=labels),),
        service=replace(model.service, target_labels={"zone": text}, external_labels={"cluster": text}),
        config=replace(model.config, basic_auth_username=text + "me"),
    )


@given(texts)
def test_what_is_read_is_what_prometheus_reads(text: str) -> None:
    model = hostile(text)
    plain = prometheus.emit(model)
    wanted: list[dict[str, Any]] = [
        yaml.safe_load(plain[f"prometheus/rules/{name}.yml"])["groups"][0]["rules"] for name in ("records", "alerts")
    ]
    operator, there = prometheus_operator.emit(model), "prometheus-operator/"
    groups = {
        "operator": yaml.safe_load(operator[f"{there}prometheusrule.yaml"])["spec"]["groups"],
        "mimir": yaml.safe_load(mimir.emit(model)["mimir/rules.yml"])["groups"],
        "victoriametrics": yaml.safe_load(victoriametrics.emit(model)["victoriametrics/rules.yml"])["groups"],
    }
    for engine, found in groups.items():
        assert [group["rules"] for group in found] == wanted, engine
    receivers = yaml.safe_load(operator[f"{there}alertmanagerconfig.yaml"])["spec"]["receivers"]
    assert receivers[1]["webhookConfigs"] == [{"sendResolved": True, "url": text, "maxAlerts": 3}]
    receivers = yaml.safe_load(mimir.emit(model)["mimir/alertmanager.yml"])["receivers"]
    assert receivers[1]["webhook_configs"] == [{"send_resolved": True, "url": text, "max_alerts": 3}]
    [static] = yaml.safe_load(operator[f"{there}scrapeconfig.yaml"])["spec"]["staticConfigs"]
    assert static["labels"] == {"zone": text}
    [job] = yaml.safe_load(victoriametrics.emit(model)["victoriametrics/scrape.yml"])["scrape_configs"]
    assert (job["static_configs"][0]["labels"], job["basic_auth"]["username"]) == ({"zone": text}, text + "me")
