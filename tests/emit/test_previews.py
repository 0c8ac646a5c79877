"""The previews of messages are the very texts that promtool compares with Prometheus's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import docs, unit_tests
from gaugewright.emit.previews import preview
from gaugewright.model.model import Model

EXAMPLE = Path(__file__).parents[2] / "specs" / "proxywhirl.yaml"
SPECS = (EXAMPLE, Path(__file__).parent / "everything.yaml")


def model_of(path: Path) -> Model:
    compilation = compile_text(path.read_text(), path.name)
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


def expected(model: Model) -> dict[str, dict[str, Any]]:
    """By alert: what its unit test expects to see firing first, where the test knows the texts."""
    found: dict[str, dict[str, Any]] = {}
    for content in unit_tests.emit(model).values():
        for case in yaml.safe_load(content)["tests"]:
            for judged in case.get("alert_rule_test", ()):
                for alert in judged["exp_alerts"][:1]:
                    found.setdefault(judged["alertname"], alert)
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_preview_is_what_the_unit_test_expects(path: Path) -> None:
    model = model_of(path)
    judged = expected(model)
    seen = 0
    for alert in model.alert_rules:
        message = preview(model, alert)
        if alert.name in judged and message is not None:
            assert message.annotations == judged[alert.name]["exp_annotations"]
            assert message.labels == judged[alert.name]["exp_labels"]
            seen += 1
    assert seen > len(model.alert_rules) / 2


def test_the_reference_page_shows_the_message_of_each_alert_of_the_example() -> None:
    model = model_of(EXAMPLE)
    page = docs.emit(model)["docs/METRICS.md"].decode()
    assert page.count("When it fires, it reads for example:") == len(model.alert_rules)
    assert "> **High error rate in proxy pool us-east**\n>\n> 10% of the requests through us-east failed" in page
    assert "`pool` = `us-east`, `severity` = `warning` at `0.1`" in page
