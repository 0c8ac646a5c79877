"""An inhibition that nobody asked for never costs a message; the others are the spec's own."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.model.inhibitions import Inhibition, implies, inhibitions
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule

from tests.fragments import BASE

COMPARISONS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "equal")
ERRORS = 'sum by (route) (rate(shop_requests_total{status="error"}[5m]))'


def alert(name: str, severity: str, threshold: float, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "query": ERRORS,
        "threshold": threshold,
        "comparison": "greater_than",
        "severity": severity,
        "summary": "Many errors of the shop",
        "description": "Too many requests of the shop failed.",
        "notification_channels": ["ops"],
        **fields,
    }


def model_of(*alerts: dict[str, Any], **sections: Any) -> Model:
    spec = yaml.safe_load(BASE)
    spec["notification_channels"].append({"name": "team", "type": "webhook", "url": "http://localhost:5001/team"})
    for section, fields in sections.items():
        spec[section] = {**spec.get(section, {}), **fields}
    spec["alert_rules"] = list(alerts)
    compilation = compile_text(yaml.safe_dump(spec))
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


PAGE = alert("page", "critical", 5)
WARN = alert("warn", "warning", 1)
NOTE = alert("note", "info", 0.5)


def test_the_more_severe_of_one_query_mutes_the_others_for_the_same_labels() -> None:
    assert inhibitions(model_of(NOTE, PAGE, WARN)) == (
        Inhibition("page", ("note", "warn"), ("route", "cluster"), asked=False),
        Inhibition("warn", ("note",), ("route", "cluster"), asked=False),
    )


def test_it_can_be_turned_off() -> None:
    assert inhibitions(model_of(PAGE, WARN, routing={"inhibit_lower_severities": False})) == ()


SCHEDULE = {"suppression_enabled": True, "suppression_schedule": "0 2 * * 6", "suppression_duration": "2h"}

MESSAGES_LOST = {
    "another query": (PAGE, alert("warn", "warning", 1, query="sum by (route) (rate(shop_requests_total[5m]))")),
    "other labels": (PAGE, alert("warn", "warning", 1, query=ERRORS.replace("by (route)", ""))),
    "another direction": (PAGE, alert("warn", "warning", 1, comparison="less_than")),
    "a condition that does not follow": (PAGE, alert("warn", "warning", 6)),
    "a channel that hears nothing of the other": (PAGE, alert("warn", "warning", 1, notification_channels=["team"])),
    "a source muted at other times": (alert("page", "critical", 5, **SCHEDULE), WARN),
    "a source muted in maintenance": (alert("page", "critical", 5, suppression_enabled=True), WARN),
    "a source that goes on for longer": (alert("page", "critical", 5, keep_firing_for="1h"), WARN),
    "a label of the scope set by hand": (alert("page", "critical", 5, labels={"route": "home"}), WARN),
    "labels that are not known": (
        alert("page", "critical", 5, query="ALERTS_FOR_STATE"),
        alert("warn", "warning", 1, query="ALERTS_FOR_STATE"),
    ),
}


@pytest.mark.parametrize("case", MESSAGES_LOST)
def test_nothing_is_muted_where_a_message_could_be_lost(case: str) -> None:
    source, target = MESSAGES_LOST[case]
    assert inhibitions(model_of(source, target)) == ()


def test_alerts_that_are_muted_alike_still_spare_each_other() -> None:
    model = model_of(alert("page", "critical", 5, **SCHEDULE), alert("warn", "warning", 1, **SCHEDULE))
    assert [(rule.source, rule.targets) for rule in inhibitions(model)] == [("page", ("warn",))]


def holds(value: float, rule: AlertRule) -> bool:
    return {
        ">": value > rule.threshold,
        ">=": value >= rule.threshold,
        "<": value < rule.threshold,
        "<=": value <= rule.threshold,
        "==": value == rule.threshold,
    }[rule.comparison]


@pytest.mark.parametrize(("one", "other"), list(product(COMPARISONS, COMPARISONS)))
def test_a_condition_implies_another_exactly_where_each_value_says_so(one: str, other: str) -> None:
    values = (0.5, 1, 1.5, 2, 2.5)
    for first, second in product((1, 2), (1, 2)):
        source = alert("source", "critical", first, comparison=one)
        target = alert("target", "warning", second, comparison=other)
        rules = model_of(source, target).alert_rules
        wanted = all(holds(value, rules[1]) for value in values if holds(value, rules[0]))
        assert implies(rules[0], rules[1]) is wanted, (one, first, other, second)


def asked(model: Model) -> list[Inhibition]:
    return [rule for rule in inhibitions(model) if rule.asked]


def test_a_rule_of_the_spec_agrees_in_all_labels_that_both_keep() -> None:
    by_status = alert("by_status", "warning", 1, query="sum by (route, status) (rate(shop_requests_total[5m]))")
    whole = alert("whole", "info", 1, query="sum(rate(shop_requests_total[5m]))")
    model = model_of(
        alert("page", "critical", 5, labels={"team": "shop"}),
        by_status,
        whole,
        routing={"inhibit_rules": [{"source": "page", "targets": ["by_status", "whole"]}]},
    )
    assert asked(model) == [
        Inhibition("page", ("by_status",), ("route", "cluster"), asked=True),
        Inhibition("page", ("whole",), ("cluster",), asked=True),
    ]


def test_external_labels_keep_environments_apart() -> None:
    model = model_of(
        PAGE,
        WARN,
        service={"external_labels": {"cluster": "eu", "stage": "test"}},
        routing={"inhibit_rules": [{"source": "warn", "targets": ["page"], "equal": ["stage"]}]},
    )
    assert [rule.equal for rule in inhibitions(model)] == [("route", "cluster", "stage"), ("stage", "cluster")]
